package logs_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stepherd/stepherd/internal/logs"
)

// TestStall: a stream of some length that falls silent is checked once.
func TestStall(t *testing.T) {
	text := strings.Repeat("x", 20_000)
	line := func(at time.Duration, text string) record { return record{at: at, text: text} }
	records := []record{line(0, text), line(1, text), line(time.Second, "b")}
	const length = 20_032
	tests := []struct {
		name    string
		records []record
		first   answer
		rotated int
		empty   bool
		ended   time.Duration
		opens   int
		tails   int // one is at the end
		want    string
	}{
		{
			name: "the file was left", records: records, rotated: 2, first: answer{cut: 2 * length, hangs: true},
			ended: time.Minute, opens: 2, tails: 3, want: rotated("09", "10") + "b\n",
		},
		{
			name: "the file is the right one, and all came", records: records[:2], first: answer{cut: -1, endsAfter: time.Minute},
			ended: time.Minute, opens: 1, tails: 2, want: "xx\n",
		},
		{
			name: "the file is the right one, but stalled", records: records, first: answer{cut: 2 * length, hangs: true},
			ended: time.Minute, opens: 2, tails: 3, want: "xx\nb\n",
		},
		{
			name: "a line comes just then", records: records, first: answer{cut: 2 * length, words: "2031-05-06T07:08:10.000000000Z b\n", wordsAfter: 1900 * time.Millisecond, endsAfter: time.Minute},
			ended: time.Minute, opens: 1, tails: 3, want: "xx\nb\n",
		},
		{
			name: "the file was left after a first silence that was right to end", records: append(records[:3:3], line(2*time.Second, "c")), rotated: 3,
			first: answer{cut: 2 * length, words: "2031-05-06T07:08:10.000000000Z b\n", wordsAfter: 1500 * time.Millisecond, hangs: true},
			ended: time.Minute, opens: 2, tails: 4, want: "xx\nb\n" + rotated("10", "11") + "c\n",
		},
		{
			name: "the file is empty, for it was rotated just now", records: records[:2], rotated: 2, empty: true, first: answer{cut: -1, endsAfter: time.Minute},
			ended: time.Minute, opens: 1, tails: 7, want: "xx\n",
		},
		{
			name: "what is short cannot be rotated", records: records[1:2], first: answer{cut: -1, endsAfter: time.Minute},
			ended: time.Minute, opens: 1, tails: 1, want: "xx\n",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				then := answer{cut: -1, endsAfter: tt.ended}
				src := &tailing{empty: tt.empty, source: &source{t: t, records: tt.records, rotated: tt.rotated, script: []answer{tt.first, then}}}
				ended := make(chan struct{})
				time.AfterFunc(tt.ended-time.Second, func() { close(ended) })
				var p printer
				if err := logs.Follow(t.Context(), src, logs.Container{Ended: ended}, &p); err != nil {
					t.Error(err)
				}
				if got := string(p.out); !strings.HasSuffix(got, tt.want) {
					t.Errorf("got %q, want %q", got[max(0, len(got)-200):], tt.want)
				}
				if len(src.opens) != tt.opens || src.tails != tt.tails {
					t.Errorf("%d streams and %d looks at the last line, want %d and %d", len(src.opens), src.tails, tt.opens, tt.tails)
				}
			})
		})
	}
}
