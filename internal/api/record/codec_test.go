package record

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/api/wording"
)

func TestHeadRoundTrip(t *testing.T) {
	now := metav1.NewTime(time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC).Local())
	want := Head{Version: Version, Holder: "u", Phase: v1alpha1.RunFailed, Reason: v1alpha1.ReasonStepFailed, Message: "m", StartedAt: &now, CancelledAt: &now, StepCount: 7,
		Provisional: &Verdict{Phase: v1alpha1.RunCancelled, Reason: v1alpha1.ReasonCancelled, Message: strings.Repeat("x", MaxMessage+1)}, FinallyStartedAt: &now}
	b, err := EncodeHead(want)
	if err != nil {
		t.Fatal(err)
	}
	if len(want.Provisional.Message) != MaxMessage+1 {
		t.Error("EncodeHead wrote to what it was given")
	}
	want.Provisional.Message = wording.Elide(want.Provisional.Message, MaxMessage)
	got, err := DecodeHead(b)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v\nwant %+v", got, err, want)
	}
}

func TestHeadRefused(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"empty", ``, "run.json of the record is not JSON: unexpected end of JSON input"},
		{"cut", `{"version":1,"pha`, "run.json of the record is not JSON: unexpected end of JSON input"},
		{"foreign", `{"a":1}`, "run.json of the record has no version: it is not a record of Stepherd"},
		{"newer", `{"version":2,"phase":5}`, "the record has version 2, this build knows version 1: use the build that started the run"},
		{"damaged", `{"version":1,"phase":5}`, "run.json of the record is damaged: json: cannot unmarshal number into Go struct field Head.phase of type v1alpha1.RunPhase"},
		{"no phase", `{"version":1}`, `run.json of the record is damaged: a run in a record has no phase ""`},
		{"unknown phase", `{"version":1,"phase":"Paused"}`, `run.json of the record is damaged: a run in a record has no phase "Paused"`},
		{"too many steps", `{"version":1,"phase":"Running","stepCount":10001}`, "run.json of the record is damaged: a run has no 10001 steps"},
		{"no time", `{"version":1,"phase":"Running","startedAt":"9999-12-31T23:59:59-01:00"}`, "run.json of the record is damaged: a time in it is outside the years 0 to 9999"},
		{"half of a provisional verdict", `{"version":1,"phase":"Running","finallyStartedAt":"2030-01-02T03:04:05Z"}`,
			"run.json of the record is damaged: it has the provisional verdict or the time when finally began, and not both"},
		{"no provisional verdict", `{"version":1,"phase":"Running","provisional":{"phase":"Running"},"finallyStartedAt":"2030-01-02T03:04:05Z"}`,
			`run.json of the record is damaged: a provisional verdict has no phase "Running"`},
		{"less than no step", `{"version":1,"phase":"Running","stepCount":-1}`, "run.json of the record is damaged: a run has no -1 steps"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := DecodeHead([]byte(tt.text))
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestPieceRoundTrip(t *testing.T) {
	code := int32(3)
	long := strings.Repeat("x", MaxMessage) + "éé"
	given := []v1alpha1.StepStatus{
		{Name: "a", Phase: v1alpha1.StepSucceeded},
		{Name: "b", Phase: v1alpha1.StepFailed, Reason: v1alpha1.ReasonError, Message: long, Attempts: []v1alpha1.AttemptStatus{{Number: 1, Pod: "p", ExitCode: &code, Message: long}}},
	}
	b, err := EncodePiece(given)
	if err != nil {
		t.Fatal(err)
	}
	if given[1].Message != long || given[1].Attempts[0].Message != long {
		t.Error("EncodePiece wrote to what it was given")
	}
	got, err := DecodePiece(b)
	if err != nil {
		t.Fatal(err)
	}
	want := []v1alpha1.StepStatus{given[0], given[1]}
	want[1].Message = wording.Elide(long, MaxMessage)
	want[1].Attempts = []v1alpha1.AttemptStatus{given[1].Attempts[0]}
	want[1].Attempts[0].Message = wording.Elide(long, MaxMessage)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestPieceRefused(t *testing.T) {
	good, err := EncodePiece([]v1alpha1.StepStatus{{Name: "a"}})
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(good)
	flipped[len(flipped)-5] ^= 1
	tests := []struct {
		name string
		data []byte
		want string
	}{
		{"empty", nil, "is not gzip"},
		{"plain", []byte(`[{"name":"a"}]`), "is not gzip"},
		{"cut", good[:len(good)-9], "is cut short"},
		{"one bit flipped", flipped, "is damaged"},
		{"not JSON", zip([]byte("hello")), "is damaged"},
		{"not a list", zip([]byte(`{"a":1}`)), "is damaged"},
		{"unknown phase", zip([]byte(`[{"name":"a","phase":"succeeded"}]`)), `is damaged: step "a" has the phase "succeeded", which there is not`},
		{"unknown phase of an attempt", zip([]byte(`[{"name":"a","attempts":[{"number":1,"phase":"Paused"}]}]`)), `is damaged: attempt 1 of step "a" has the phase "Paused", which there is not`},
		{"attempt missing", zip([]byte(`[{"name":"a","attempts":[{"number":2}]}]`)), `is damaged: attempt 1 of step "a" has the number 2`},
		{"no place in a log", zip([]byte(`[{"name":"a","attempts":[{"number":1,"log":{"at":{"main":"a b"}}}]}]`)), `is damaged: attempt 1 of step "a" has something else for how far its log was printed`},
		{"a bomb", zip(make([]byte, maxPieceBytes+1)), "unpacks to more than 64 MiB: it is not a record of Stepherd"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := DecodePiece(tt.data)
			if err == nil || !strings.Contains(err.Error(), "steps.json.gz of the record "+tt.want) {
				t.Errorf("got %v, want it to say %q", err, tt.want)
			}
		})
	}
}

// TestPieceSize holds the promise of StepsPerPiece: far below the 32 KiB that a piece may have, also at its worst.
func TestPieceSize(t *testing.T) {
	steps := make([]v1alpha1.StepStatus, StepsPerPiece)
	at := metav1.NewTime(time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC))
	for i := range steps {
		name := strings.Repeat("n", 40) + strings.Repeat(string(rune('a'+i%26)), i%20)
		at = metav1.NewTime(at.Add(time.Duration(i*i) * time.Second))
		steps[i] = v1alpha1.StepStatus{Name: name, Phase: v1alpha1.StepSucceeded, Attempts: []v1alpha1.AttemptStatus{{Number: 1, Pod: "run-" + name + "-1-abcde", Node: "node-7", Phase: v1alpha1.StepSucceeded,
			CreatedAt: &at, ScheduledAt: &at, StartedAt: &at, FinishedAt: &at}}}
	}
	b, err := EncodePiece(steps)
	if err != nil {
		t.Fatal(err)
	}
	if len(b) > 16<<10 {
		t.Errorf("a full piece has %d bytes", len(b))
	}
	t.Logf("%d steps: %d bytes", len(steps), len(b))
}

// TestPieceOfFailures: the last lines of 128 failed steps, which hardly shrink, do not make a piece too large; each step keeps
// the last of them, and how far its log was printed.
func TestPieceOfFailures(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	steps := make([]v1alpha1.StepStatus, StepsPerPiece)
	for i := range steps {
		s := &steps[i]
		s.Name, s.Phase = fmt.Sprintf("step-%d", i), v1alpha1.StepFailed
		for number := range 3 {
			var tail []string
			for range 20 {
				tail = append(tail, fmt.Sprintf("%x%x%x%x%x%x", random.Uint64(), random.Uint64(), random.Uint64(), random.Uint64(), random.Uint64(), random.Uint64()))
			}
			log := &v1alpha1.LogStatus{Open: true, At: map[string]string{"main": fmt.Sprintf("%x", random.Uint64())}, Tail: strings.Join(tail, "\n")}
			s.Attempts = append(s.Attempts, v1alpha1.AttemptStatus{Number: number + 1, Phase: v1alpha1.StepFailed, Log: log})
		}
	}
	given := len(steps[0].Attempts[0].Log.Tail)
	b, err := EncodePiece(steps)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes", len(b))
	if len(b) > maxPiece {
		t.Errorf("a piece of %d bytes", len(b))
	}
	got, err := DecodePiece(b)
	if err != nil {
		t.Fatal(err)
	}
	for i, s := range got {
		for k, a := range s.Attempts {
			if want := steps[i].Attempts[k].Log; !a.Log.Open || !maps.Equal(a.Log.At, want.At) || !strings.HasSuffix(want.Tail, a.Log.Tail) {
				t.Fatalf("step %d, attempt %d: %+v", i, k+1, a.Log)
			}
		}
		if last := s.Attempts[2].Log.Tail; len(last) < 97 || strings.Contains(last, "\n") && len(strings.Split(last, "\n")[0]) < 80 {
			t.Fatalf("step %d has kept %q", i, last)
		}
	}
	if len(steps[0].Attempts[0].Log.Tail) != given {
		t.Error("EncodePiece wrote to what it was given")
	}
}

func TestCutTail(t *testing.T) {
	tests := []struct{ name, tail, want string }{
		{"short", "a\nb", "a\nb"},
		{"whole lines", "12345\n6789\nabcd", "6789\nabcd"},
		{"at a line's end", "12345\n678\nabcdef", "678\nabcdef"},
		{"a line that is too long", "x123456789abcdef", "6789abcdef"},
		{"a rune is not cut", "xxxxééééé", "ééééé"},
		{"in a rune", "xxxxxxéxxxxxxxxx", "xxxxxxxxx"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := cutTail(tt.tail, 10); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func zip(text []byte) []byte {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write(text)
	_ = w.Close()
	return out.Bytes()
}
