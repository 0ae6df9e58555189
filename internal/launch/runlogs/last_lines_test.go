package runlogs

import (
	"fmt"
	"testing"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/launch/status"
	"github.com/stepherd/stepherd/internal/logs"
	"github.com/stepherd/stepherd/internal/logview"
)

// TestTails: whose last lines are shown of a step that failed.
func TestTails(t *testing.T) {
	failed := func(tail string, attempts ...int) v1alpha1.StepStatus {
		s := v1alpha1.StepStatus{Name: "a", Phase: v1alpha1.StepFailed}
		for _, n := range attempts {
			s.Attempts = append(s.Attempts, v1alpha1.AttemptStatus{Number: n, Phase: v1alpha1.StepFailed, Log: &v1alpha1.LogStatus{Tail: tail}})
		}
		return s
	}
	succeeded := failed("never", 1)
	succeeded.Phase = v1alpha1.StepSucceeded
	for _, tc := range []struct {
		name  string
		step  v1alpha1.StepStatus
		shown []string // attempt/container, each with a line of that text
		want  string
	}{
		{"nothing", failed("", 1), nil, "map[]"},
		{"a step that succeeded", succeeded, []string{"1/main"}, "map[]"},
		{"the record's", failed("x\n\x1b[31my\x07", 1), nil, "map[a:[x y^G]]"},
		{"what was shown", failed("x", 1), []string{"1/main"}, "map[a:[1/main]]"},
		{"the latest attempt's", failed("x", 1, 2), []string{"1/main", "2/main"}, "map[a:[2/main]]"},
		{"the latest attempt was not shown", failed("x", 1, 2), []string{"1/main"}, "map[a:[x]]"},
		{"main before all others", failed("x", 1), []string{"1/init", "1/main", "1/mesh"}, "map[a:[1/main]]"},
		{"where main wrote nothing, what ended last", failed("x", 1), []string{"1/first", "1/second"}, "map[a:[1/second]]"},
		{"no attempt", v1alpha1.StepStatus{Name: "a", Phase: v1alpha1.StepFailed}, nil, "map[]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			v := session{client: &client.Client{}, ends: logEnds{}, run: v1alpha1.Run{Steps: []v1alpha1.StepStatus{tc.step}}}
			for _, name := range tc.shown {
				o := logview.Origin{Step: "a"}
				if _, err := fmt.Sscanf(name, "%d/%s", &o.Attempt, &o.Container); err != nil {
					t.Fatal(err)
				}
				s := v.sink(o, func(logview.Stream, []byte) error { return nil })
				_ = s.Line(logs.Line{Text: []byte(name)}, logs.Position{})
				v.ends.keep(o, s)
			}
			if got := fmt.Sprint(v.ends.of(v.run, &record.Record{Steps: []v1alpha1.StepStatus{tc.step}})); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
	if got := status.LastLines(nil); len(got) != 0 {
		t.Errorf("without a record: %v", got)
	}
}
