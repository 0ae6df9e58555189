package record

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"
)

// captured reads a record that a driver wrote on a real cluster.
func captured(t *testing.T, file string) Record {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var object corev1.ConfigMap
	if err := yaml.UnmarshalStrict(data, &object); err != nil {
		t.Fatal(err)
	}
	head, err := DecodeHead([]byte(object.Data[HeadKey]))
	if err != nil {
		t.Fatal(err)
	}
	steps, err := DecodePiece(object.BinaryData[StepsKey])
	if err != nil {
		t.Fatal(err)
	}
	return Record{Head: head, Steps: steps}
}

// TestRecordsOfVersion1AreRead: launchers that are newer than a run's driver look at its record, and newer drivers take it up.
// What version 1 says is understood for good: a file is added here whenever a driver writes more, and none is changed.
func TestRecordsOfVersion1AreRead(t *testing.T) {
	const notStarted = `no-such-command Failed StartFailed [1 Failed exit 128]`
	want := map[string][]string{
		"v1-running.yaml": {
			`Running of 5 steps`,
			`load Succeeded [1 Succeeded exit 0]`,
			`train Failed Error [1 Failed exit 3 tail "epoch 1\nloss is nan"] [2 Failed exit 3 tail "epoch 1\nloss is nan"]`,
			notStarted, `report Skipped UpstreamFailed`,
			`independent Running [1 Running log map[main:INjwp-6r383sMQAAAgEEpNrkmAEAAtig-6oB]]`,
		},
		"v1-failed.yaml": {
			`Failed StepFailed of 5 steps, finished: step "train" failed: Error, exit code 3 (and 1 more step failed)`,
			`load Succeeded [1 Succeeded exit 0]`,
			`train Failed Error [1 Failed exit 3 tail "epoch 1\nloss is nan"] [2 Failed exit 3 tail "epoch 1\nloss is nan"]`,
			notStarted, `report Skipped UpstreamFailed`, `independent Succeeded [1 Succeeded exit 0]`,
		},
		"v1-cancelled.yaml": {
			`Cancelled Cancelled of 1 steps, cancelled, finished: cancelled when 0 of 1 steps had succeeded`,
			`a Cancelled Cancelled [1 Cancelled exit 137]`,
		},
	}
	files, err := filepath.Glob("testdata/record/*.yaml")
	if err != nil || len(files) < len(want) {
		t.Fatalf("%v, %d files", err, len(files))
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			r := captured(t, file)
			if got := told(t, r); !slices.Equal(got, want[filepath.Base(file)]) {
				t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want[filepath.Base(file)], "\n"))
			}
			writtenAgain(t, r)
		})
	}
}

// told is a record in words.
func told(t *testing.T, r Record) []string {
	t.Helper()
	h := r.Head
	if h.Version != 1 || h.Holder == "" || h.StartedAt == nil {
		t.Errorf("the head is %+v", h)
	}
	head := fmt.Sprintf("%s of %d steps", strings.TrimSpace(fmt.Sprint(h.Phase, " ", h.Reason)), h.StepCount)
	if h.CancelledAt != nil {
		head += ", cancelled"
	}
	if h.FinishedAt != nil {
		head += ", finished: " + h.Message
	}
	lines := []string{head}
	for _, s := range r.Steps {
		line := strings.TrimSpace(fmt.Sprint(s.Name, " ", s.Phase, " ", s.Reason))
		for _, a := range s.Attempts {
			if a.Pod == "" || a.Node == "" || a.CreatedAt == nil || a.ScheduledAt == nil || a.Phase.Ended() && a.FinishedAt == nil {
				t.Errorf("an attempt of %s is %+v", s.Name, a)
			}
			line += fmt.Sprintf(" [%d %s", a.Number, a.Phase)
			if a.ExitCode != nil {
				line += fmt.Sprintf(" exit %d", *a.ExitCode)
			}
			if a.Log != nil && a.Log.Tail != "" {
				line += fmt.Sprintf(" tail %q", a.Log.Tail)
			}
			if a.Log != nil && a.Log.Open {
				line += fmt.Sprintf(" log %v", a.Log.At)
			}
			line += "]"
		}
		lines = append(lines, line)
	}
	return lines
}

// writtenAgain: what this build reads and writes says the same, as when another driver takes the run up.
func writtenAgain(t *testing.T, r Record) {
	t.Helper()
	h, err := EncodeHead(r.Head)
	if err != nil {
		t.Fatal(err)
	}
	if head, err := DecodeHead(h); err != nil || !reflect.DeepEqual(head, r.Head) {
		t.Errorf("got %+v, %v", head, err)
	}
	b, err := EncodePiece(r.Steps)
	if err != nil {
		t.Fatal(err)
	}
	if steps, err := DecodePiece(b); err != nil || !reflect.DeepEqual(steps, r.Steps) {
		t.Errorf("got %+v, %v", steps, err)
	}
}
