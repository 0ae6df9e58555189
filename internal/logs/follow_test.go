package logs_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/logs"
)

var epoch = time.Date(2031, 5, 6, 7, 8, 9, 0, time.UTC)

// record is a line in the file of a modelled container.
type record struct {
	at   time.Duration // since epoch
	text string
	// late is how much later the runtime wrote the second half of a long line.
	late time.Duration
}

// file is a modelled log file, served as a kubelet does.
func file(records []record, since time.Time) []byte {
	var b bytes.Buffer
	for _, r := range records {
		at := epoch.Add(r.at)
		if at.Before(since) {
			if r.late > 0 && !at.Add(r.late).Before(since) {
				fmt.Fprintf(&b, "%s\n", r.text[len(r.text)/2:]) // its own record, but not the beginning of a line
			}
			continue
		}
		fmt.Fprintf(&b, "%s %s\n", at.Format("2006-01-02T15:04:05.000000000Z07:00"), r.text)
	}
	return b.Bytes()
}

// answer is what a scripted source gives to one Open.
type answer struct {
	openErr error
	// cut is how many bytes come before the stream ends; -1 = all.
	cut int
	// words are appended at the end, wordsAfter how much later they come.
	words      string
	wordsAfter time.Duration
	// end is the error at the end; nil = a clean end.
	end error
	// hangs keeps the stream open after its bytes until ctx is done.
	hangs bool
	// after is how long after the opening the bytes come.
	after time.Duration
	// endsAfter is how long after the opening the stream ends.
	endsAfter time.Duration
}

// source serves records by a script; after the script, whole streams that end at once.
type source struct {
	t       *testing.T
	records []record
	script  []answer
	rotated int

	mu    sync.Mutex
	opens []time.Time // the `since` of each Open
}

func (s *source) Open(ctx context.Context, _, _ string, since time.Time, _ bool) (io.ReadCloser, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if since.Nanosecond() != 0 {
		s.t.Errorf("since %v has a fraction of a second, which the API cuts off", since)
	}
	a := answer{cut: -1}
	if n := len(s.opens); n < len(s.script) {
		a = s.script[n]
	}
	s.opens = append(s.opens, since)
	if a.openErr != nil {
		return nil, a.openErr
	}
	records := s.records
	if len(s.opens) > 1 {
		records = records[s.rotated:]
	}
	data := file(records, since)
	if a.cut >= 0 && a.cut < len(data) {
		data = data[:a.cut]
	}
	return &stream{ctx: ctx, r: bytes.NewReader(data), answer: a}, nil
}

type stream struct {
	ctx    context.Context
	r      io.Reader
	answer answer
	waited bool
	began  bool
}

func (s *stream) Read(b []byte) (int, error) {
	if !s.began {
		s.began = true
		time.Sleep(s.answer.after) // virtual time
	}
	n, err := s.r.Read(b)
	if err == nil {
		return n, nil
	}
	if s.answer.words != "" {
		time.Sleep(s.answer.wordsAfter) // virtual time
		s.r, s.answer.words = strings.NewReader(s.answer.words), ""
		return s.r.Read(b)
	}
	if s.answer.hangs {
		<-s.ctx.Done()
		return 0, s.ctx.Err()
	}
	if !s.waited && s.answer.endsAfter > 0 {
		s.waited = true
		time.Sleep(s.answer.endsAfter) // virtual time
	}
	if s.answer.end != nil {
		return 0, s.answer.end
	}
	return 0, io.EOF
}

func (s *stream) Close() error { return nil }

type goneError struct{ gone, denied bool }

func (e goneError) Error() string  { return "gone or denied" }
func (e goneError) NotFound() bool { return e.gone }
func (e goneError) Denied() bool   { return e.denied }

var errBroken = errors.New("connection reset")

// collect follows and gives what came, printed.
func collect(t *testing.T, src logs.Source, ended <-chan struct{}) (string, error) {
	t.Helper()
	return collectFrom(t, src, logs.Container{Pod: "p", Name: "main", Ended: ended})
}

func collectFrom(t *testing.T, src logs.Source, c logs.Container) (string, error) {
	t.Helper()
	var p printer
	err := logs.Follow(t.Context(), src, c, &p)
	return string(p.out), err
}

func TestFollow(t *testing.T) {
	three := []record{{at: 0, text: "a"}, {at: time.Second, text: "b"}, {at: 90 * time.Second, text: "c"}}
	tests := []struct {
		name    string
		records []record
		script  []answer
		allowed bool
		endsIn  time.Duration // the container's end; 0 = before the first open
		rotated int           // records that are gone when the second stream is opened
		want    string
		opens   int
		took    time.Duration
		err     func(error) bool
	}{
		{name: "one whole stream", records: three, want: "a\nb\nc\n", opens: 1},
		{name: "nothing was logged", want: "", opens: 1},
		{name: "an empty line is a line", records: []record{{text: "a"}, {text: ""}, {text: "b"}}, want: "a\n\nb\n", opens: 1},
		{name: "a break in the middle of a stamp", records: three, script: []answer{{cut: 40, end: errBroken}}, want: "a\nb\nc\n", opens: 2},
		{name: "a break in the middle of a line", records: three, script: []answer{{cut: 33 + 32, end: errBroken}}, want: "a\nb\nc\n", opens: 2},
		{
			name: "ties over a break", want: "a\nb\nc\nd\n", opens: 2, script: []answer{{cut: 2 * 33, end: errBroken}},
			records: []record{{at: 5, text: "a"}, {at: 5, text: "b"}, {at: 5, text: "c"}, {at: 5, text: "d"}},
		},
		{
			name: "a stamp that runs backwards over a break", want: "a\nb\nc\n", opens: 2, script: []answer{{cut: 2 * 33, end: errBroken}},
			records: []record{{text: "a"}, {at: 1001 * time.Millisecond, text: "b"}, {at: 999 * time.Millisecond, text: "c"}},
		},
		{
			name: "a long line that began before the second to resume from", want: "a\nlong line\nb\nc\nd\n", opens: 2,
			script: []answer{{cut: 32 + 1 + 40 + 1 + 33 + 33, end: errBroken}},
			records: []record{
				{at: 0, text: "a"}, {at: 2900 * time.Millisecond, text: "long line", late: 200 * time.Millisecond},
				{at: 3500 * time.Millisecond, text: "b"}, {at: 4500 * time.Millisecond, text: "c"}, {at: 5 * time.Second, text: "d"},
			},
		},
		{
			name: "the file was rotated while no stream was open", want: "a\nb\n" + rotated("10", "12") + "d\n", opens: 2,
			script:  []answer{{cut: 66, end: errBroken}},
			records: []record{{at: 0, text: "a"}, {at: time.Second, text: "b"}, {at: 2 * time.Second, text: "c"}, {at: 3 * time.Second, text: "d"}},
			rotated: 3,
		},
		{
			name: "the file was rotated in the middle of a long line", opens: 2, rotated: 1,
			want:    strings.Repeat("x", logs.MaxLine) + " [line continues]\n" + rotated("09", "10") + "b, which is another line\n",
			script:  []answer{{cut: 20_000, end: errBroken}},
			records: []record{{at: 0, text: strings.Repeat("x", 40_000)}, {at: time.Second, text: "b, which is another line"}},
		},
		{name: "a clean end long before the container's is a break", records: three, script: []answer{{cut: 33}}, endsIn: time.Minute, want: "a\nb\nc\n", opens: 14},
		{name: "the news of the end comes a little after the stream's", records: three, endsIn: time.Second, want: "a\nb\nc\n", opens: 1, took: time.Second},
		{
			name: "a clean end long after the container's must be confirmed", records: three, want: "a\nb\nc\n", opens: 2,
			script: []answer{{cut: 66, endsAfter: 9 * time.Second}},
		},
		{name: "the last line has no newline", records: three, script: []answer{{cut: 98}}, want: "a\nb\nc\n", opens: 1},
		{
			name: "the kubelet's own words, and nothing else", records: three, want: "a\nb\nc\n", opens: 2,
			script: []answer{{cut: 0, words: "unable to retrieve container logs for containerd://0123"}},
		},
		{
			name: "the kubelet's own words are no line", records: three, want: "a\nb\nc\n", opens: 2,
			script: []answer{{cut: 66, words: "failed to create fsnotify watcher: too many open files"}},
		},
		{
			name: "the kubelet's own words on an empty new file", records: three, want: "a\n" + rotated("09", "10") + "b\nc\n", opens: 3, took: 300 * time.Millisecond,
			script:  []answer{{cut: 33, end: errBroken}, {cut: 0, words: "failed to create fsnotify watcher: too many open files"}},
			rotated: 1, endsIn: 50 * time.Millisecond,
		},
		{
			name: "a line without a stamp that others follow is one", want: "x\ny\nz\n", opens: 1,
			script: []answer{{words: "2031-05-06T07:08:09.000000000Z x\ny\n2031-05-06T07:08:09.000000000Z z\n"}},
		},
		{name: "the Pod is gone", script: []answer{{openErr: goneError{gone: true}}}, opens: 1, want: "[stepherd: lines may be missing: the pod is gone]\n", err: errs.IsNotFound},
		{name: "a right is missing", script: []answer{{openErr: goneError{denied: true}}}, opens: 1, err: errs.IsDenied},
		{name: "a server that does not know the rights yet", records: three, allowed: true, script: []answer{{openErr: goneError{denied: true}}}, want: "a\nb\nc\n", opens: 2},
		{name: "a right that was there", records: three, script: []answer{{cut: 33, end: errBroken}, {openErr: goneError{denied: true}}}, want: "a\nb\nc\n", opens: 3},
		{
			name: "a right that does not come back", records: three, want: "a\n" + unreadable, opens: 8, took: 10 * time.Second, err: isLost,
			script: append([]answer{{cut: 33, end: errBroken}}, slices.Repeat([]answer{{openErr: goneError{denied: true}}}, 20)...),
		},
		{name: "an opening that fails is tried again", records: three, script: []answer{{openErr: errBroken}, {openErr: errBroken}}, want: "a\nb\nc\n", opens: 3},
		{
			name: "a log that cannot be had is given up 10 s after the end", opens: 8, took: 10 * time.Second, err: isLost,
			want:   "[stepherd: lines may be missing: the log could not be read to its end]\n",
			script: []answer{{openErr: errBroken}, {openErr: errBroken}, {openErr: errBroken}, {openErr: errBroken}, {openErr: errBroken}, {openErr: errBroken}, {openErr: errBroken}, {openErr: errBroken}},
		},
		{
			name: "a log that always breaks at the same place is given up", records: three, script: slices.Repeat([]answer{{cut: 40, end: errBroken}}, 20),
			want: "a\n" + unreadable, opens: 9, err: isLost,
		},
		{
			name: "a stream that hangs is given up 10 s after the end", records: three, script: []answer{{cut: 33, hangs: true}},
			endsIn: 5 * time.Second, want: "a\n" + unreadable, opens: 1, took: 15 * time.Second, err: isLost,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				src := &source{t: t, records: tt.records, script: tt.script, rotated: tt.rotated}
				ended := make(chan struct{})
				if tt.endsIn == 0 {
					close(ended)
				} else {
					time.AfterFunc(tt.endsIn, func() { close(ended) })
				}
				began := time.Now()
				got, err := collectFrom(t, src, logs.Container{Ended: ended, Allowed: tt.allowed})
				if tt.err == nil && err != nil || tt.err != nil && !tt.err(err) {
					t.Errorf("Follow() gave the error %v", err)
				}
				if got != tt.want {
					t.Errorf("Follow() gave %q, want %q", got, tt.want)
				}
				if len(src.opens) != tt.opens {
					t.Errorf("Follow() opened %d streams, want %d", len(src.opens), tt.opens)
				}
				if took := time.Since(began); tt.took != 0 && took != tt.took {
					t.Errorf("Follow() took %v, want %v", took, tt.took)
				}
			})
		})
	}
}

// rotated is the mark of a rotation between two seconds of the minute.
func rotated(from, to string) string {
	return fmt.Sprintf("[stepherd: lines between 2031-05-06T07:08:%s.000Z and 2031-05-06T07:08:%s.000Z may be missing: the node has rotated the log]\n", from, to)
}

const unreadable = "[stepherd: lines after 2031-05-06T07:08:09.000Z may be missing: the log could not be read to its end]\n"

func isLost(err error) bool {
	var e *logs.LostError
	return errors.As(err, &e) && (errors.Is(err, errBroken) || e.Cause != nil)
}
