package v1alpha1

import (
	"bytes"
	"compress/gzip"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestHeadRoundTrip(t *testing.T) {
	now := metav1.NewTime(time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC).Local())
	want := RecordHead{Version: RecordVersion, Holder: "u", Phase: RunFailed, Reason: ReasonStepFailed, Message: "m", StartedAt: &now, CancelledAt: &now, StepCount: 7}
	b, err := EncodeHead(want)
	if err != nil {
		t.Fatal(err)
	}
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
		{"damaged", `{"version":1,"phase":5}`, "run.json of the record is damaged: json: cannot unmarshal number into Go struct field RecordHead.phase of type v1alpha1.RunPhase"},
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
	long := strings.Repeat("x", 255) + "éé"
	given := []StepStatus{
		{Name: "a", Phase: StepSucceeded},
		{Name: "b", Phase: StepFailed, Reason: ReasonError, Message: long, Attempts: []AttemptStatus{{Number: 1, Pod: "p", ExitCode: &code, Message: long}}},
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
	want := []StepStatus{given[0], given[1]}
	want[1].Message = strings.Repeat("x", 255)
	want[1].Attempts = []AttemptStatus{given[1].Attempts[0]}
	want[1].Attempts[0].Message = strings.Repeat("x", 255)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
}

func TestCutMessage(t *testing.T) {
	for _, pad := range []int{250, 253, 254, 255, 256} {
		got := cutMessage(strings.Repeat("x", pad) + strings.Repeat("日", 10))
		if len(got) > 256 || len(got) < 254 || !utf8.ValidString(got) {
			t.Errorf("pad %d: %d bytes, valid %v", pad, len(got), utf8.ValidString(got))
		}
	}
}

func TestPieceRefused(t *testing.T) {
	good, err := EncodePiece([]StepStatus{{Name: "a"}})
	if err != nil {
		t.Fatal(err)
	}
	zip := func(text []byte) []byte {
		var out bytes.Buffer
		w := gzip.NewWriter(&out)
		_, _ = w.Write(text)
		_ = w.Close()
		return out.Bytes()
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
	steps := make([]StepStatus, StepsPerPiece)
	at := metav1.NewTime(time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC))
	for i := range steps {
		name := strings.Repeat("n", 40) + strings.Repeat(string(rune('a'+i%26)), i%20)
		at = metav1.NewTime(at.Add(time.Duration(i*i) * time.Second))
		steps[i] = StepStatus{Name: name, Phase: StepSucceeded, Attempts: []AttemptStatus{{Number: 1, Pod: "run-" + name + "-1-abcde", Node: "node-7", Phase: StepSucceeded,
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

func FuzzRecord(f *testing.F) {
	head, _ := EncodeHead(RecordHead{Version: 1, Phase: RunRunning})
	piece, _ := EncodePiece([]StepStatus{{Name: "a"}})
	f.Add(head)
	f.Add(piece)
	f.Fuzz(func(t *testing.T, b []byte) {
		if h, err := DecodeHead(b); err == nil && h.Version != RecordVersion {
			t.Errorf("took version %d", h.Version)
		}
		if steps, err := DecodePiece(b); err == nil {
			if _, err := EncodePiece(steps); err != nil {
				t.Error(err)
			}
		}
	})
}
