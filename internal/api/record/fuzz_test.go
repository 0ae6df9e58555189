package record

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// FuzzDecodeRecord holds, for any bytes: an error of one line that names the record, or a record that this build could
// have written and that is the same when it is written and read again. The bytes are taken for a head, for a piece, and
// for what a piece unpacks to, because chance does not hit upon gzip's checksum.
func FuzzDecodeRecord(f *testing.F) {
	at := metav1.NewTime(time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC))
	code := int32(137)
	head, _ := EncodeHead(Head{
		Version: Version, Holder: "uid", Phase: v1alpha1.RunFailed, Reason: v1alpha1.ReasonStepFailed, Message: "m", StepCount: 2, StartedAt: &at, FinishedAt: &at, CancelledAt: &at,
		Provisional: &Verdict{Phase: v1alpha1.RunSucceeded}, FinallyStartedAt: &at,
	})
	piece, _ := EncodePiece([]v1alpha1.StepStatus{{Name: "a", Phase: v1alpha1.StepSucceeded}, {Name: "b", Phase: v1alpha1.StepFailed, Reason: v1alpha1.ReasonOOMKilled, Message: "m", Needs: []string{"a"},
		Results: map[string]v1alpha1.Value{"k": v1alpha1.Value(`"v"`)}, Attempts: []v1alpha1.AttemptStatus{{Number: 1, Pod: "p", Node: "n", Phase: v1alpha1.StepFailed, ExitCode: &code, CreatedAt: &at, StartedAt: &at}, {Number: 2}}}})
	for _, seed := range [][]byte{
		head, head[:len(head)/2], bytes.Replace(head, []byte(`:1,`), []byte(`:2,`), 1), []byte(`{"version":1}`), []byte(`{"version":1,"phase":"Paused"}`), []byte(`null`),
		[]byte(`{"version":1,"phase":"Running","startedAt":"9999-12-31T23:59:59-01:00"}`), []byte(`[{"attempts":[{"number":1,"createdAt":"0000-01-01T00:00:00+01:00"}]}]`),
		piece, piece[:len(piece)/2], append(bytes.Clone(piece), piece...), []byte(`[null]`), []byte(`[{"name":"a","phase":"Done"}]`), []byte(`[{"name":"a","attempts":[{"number":3}]}]`),
		[]byte(`{"version":1,"phase":"Running","provisional":{"phase":"Failed","message":"é"},"finallyStartedAt":"2030-01-02T03:04:05Z"}`),
		[]byte(`[{"name":"a","phase":"Failed","attempts":[{"number":1,"log":{"at":{"main":"../.."}}}]}]`),
		[]byte(`[{"name":"a","phase":"Failed","attempts":[{"number":1,"log":{"open":true,"at":{"main":"AgICAg","side":""},"exact":true,"tail":"é\nx"}},{"number":2,"log":{"at":{}}}]}]`),
		[]byte(`[{"attempts":[{"number":1,"log":{"tail":"` + strings.Repeat("é\\n", 2000) + `"}}]}]`),
		[]byte(`[{"name":"a","phase":"Failed","message":"` + strings.Repeat("é", 200) + `","attempts":[{"number":1,"startedAt":"0001-01-01T00:00:00Z"}]}]`),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if h, err := DecodeHead(b); err != nil {
			checkSentence(t, err)
		} else {
			checkRecordHead(t, h)
		}
		for _, data := range [][]byte{b, zip(b)} {
			if steps, err := DecodePiece(data); err != nil {
				checkSentence(t, err)
			} else {
				checkRecordPiece(t, steps)
			}
		}
	})
}

func checkSentence(t *testing.T, err error) {
	t.Helper()
	if text := err.Error(); !strings.Contains(text, "the record") || strings.ContainsAny(text, "\n\r\x00\x1b") {
		t.Errorf("no sentence: %q", text)
	}
}

func checkRecordHead(t *testing.T, h Head) {
	t.Helper()
	if h.Version != Version || h.Phase != v1alpha1.RunRunning && !h.Phase.Ended() || h.StepCount < 0 || h.StepCount > v1alpha1.MaxSteps {
		t.Errorf("took %+v", h)
	}
	data, err := EncodeHead(h)
	if err != nil {
		t.Fatal(err)
	}
	h.Message = cutMessage(h.Message)
	if h.Provisional != nil {
		h.Provisional.Message = cutMessage(h.Provisional.Message)
	}
	asWritten(&h.StartedAt, &h.FinishedAt, &h.CancelledAt, &h.FinallyStartedAt)
	if again, err := DecodeHead(data); err != nil || !reflect.DeepEqual(again, h) {
		t.Errorf("%v\ngot  %+v\nwant %+v", err, again, h)
	}
}

func checkRecordPiece(t *testing.T, steps []v1alpha1.StepStatus) {
	t.Helper()
	data, err := EncodePiece(steps)
	if err != nil {
		t.Fatal(err)
	}
	steps = cutSteps(steps, maxTail)
	if whole, err := encodePiece(steps); err != nil || len(whole) > maxPiece {
		return // it keeps less
	}
	for i := range steps {
		s := &steps[i]
		if len(s.Needs) == 0 {
			s.Needs = nil
		}
		if len(s.Attempts) == 0 {
			s.Attempts = nil
		}
		for k := range s.Attempts {
			a := &s.Attempts[k]
			asWritten(&a.CreatedAt, &a.ScheduledAt, &a.StartedAt, &a.FinishedAt)
			if a.Log != nil && len(a.Log.At) == 0 {
				a.Log.At = nil
			}
			if a.Number != k+1 {
				t.Errorf("took attempt %d for attempt %d", a.Number, k+1)
			}
		}
	}
	if again, err := DecodePiece(data); err != nil || !reflect.DeepEqual(again, steps) {
		t.Errorf("%v\ngot  %+v\nwant %+v", err, again, steps)
	}
}

// asWritten makes of times what writing makes of them: whole seconds; and nothing of no time.
func asWritten(times ...**metav1.Time) {
	for _, t := range times {
		switch {
		case *t == nil:
		case (*t).IsZero():
			*t = nil
		default:
			*t = &metav1.Time{Time: (*t).Truncate(time.Second)}
		}
	}
}
