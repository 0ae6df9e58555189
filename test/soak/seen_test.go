package main

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

func TestParseProof(t *testing.T) {
	got, err := parseProof("start load 1 r-load-1-abcde u1 node-1 1700000000 \nend load 1 r-load-1-abcde u1 node-1 1700000003 x\n")
	want := []line{
		{"start", "load", 1, "r-load-1-abcde", "u1", "node-1", time.Unix(1700000000, 0), ""},
		{"end", "load", 1, "r-load-1-abcde", "u1", "node-1", time.Unix(1700000003, 0), "x"},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("the lines are %v (%v), want %v", got, err, want)
	}
	lives := livesOf(got)
	if want := []life{{"load", "r-load-1-abcde", "u1", "node-1", 1, 1, 1, 0, 1, time.Unix(1700000000, 0), time.Unix(1700000003, 0)}}; !reflect.DeepEqual(lives, want) {
		t.Errorf("the lives are %+v, want %+v", lives, want)
	}
	if len(livesAs(lives, "r-load-1-abcde")) != 1 || len(livesAs(lives, "another")) != 0 || firstStart(got, "load") != 0 || firstStart(got, "w1") != -1 {
		t.Error("what was said is not found")
	}
	for _, bad := range []string{"start load\n", "start load x pod uid node-1 1\n", "start load 1 pod uid node-1 now\n", "given load 1 pod uid node-1 1 two words\n"} {
		if _, err := parseProof(bad); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
}

func TestStuckNode(t *testing.T) {
	says := "r Running driver Pod r-x is stuck on node node-2, which does not answer: launcher recover r -n soak STEP PHASE"
	if node, stuck := stuckNode(says, "r"); node != "node-2" || !stuck {
		t.Errorf("the driver is stuck: %v, on node %q", stuck, node)
	}
	for _, other := range []string{"r Running STEP PHASE", strings.ReplaceAll(says, "recover r", "recover q")} {
		if _, stuck := stuckNode(other, "r"); stuck {
			t.Errorf("%q is taken for a driver that is stuck", other)
		}
	}
}

func TestFateOf(t *testing.T) {
	failed := v1alpha1.AttemptStatus{Phase: v1alpha1.StepFailed, FinishedAt: at(10)}
	for name, c := range map[string]struct {
		step v1alpha1.StepStatus
		want string
		wait time.Duration
	}{
		"success":   {v1alpha1.StepStatus{Attempts: []v1alpha1.AttemptStatus{{Phase: v1alpha1.StepSucceeded}}}, "it had come to its end", 0},
		"again":     {v1alpha1.StepStatus{Attempts: []v1alpha1.AttemptStatus{failed, {CreatedAt: at(12)}}}, "the step ran again", 2 * time.Second},
		"own":       {v1alpha1.StepStatus{Phase: v1alpha1.StepFailed, Attempts: []v1alpha1.AttemptStatus{failed}}, "it failed by itself", 0},
		"over":      {v1alpha1.StepStatus{Phase: v1alpha1.StepCancelled, Attempts: []v1alpha1.AttemptStatus{failed}}, "the run was over", 0},
		"cancelled": {v1alpha1.StepStatus{Attempts: []v1alpha1.AttemptStatus{{Phase: v1alpha1.StepCancelled}}}, "it was cancelled", 0},
	} {
		if got, wait := fateOf(c.step, 0); got != c.want || wait != c.wait {
			t.Errorf("%s: %q after %s, want %q after %s", name, got, wait, c.want, c.wait)
		}
	}
}

func TestLostSteps(t *testing.T) {
	e := good(succeeds())
	e.before("left2", v1alpha1.ReasonNodeLost, saidStart)
	e.step("left2").Attempts[1].StartedAt = at(400)
	h := harm{Lost: []window{{"node-1", at(280).Time, time.Time{}}}}
	e.step("left2").Attempts[0].FinishedAt = nil
	got := lostSteps(e.run, h)
	if len(got) != 1 || got[0].step != "left2" || got[0].after != 120*time.Second {
		t.Errorf("the lost steps are %+v, want left2 after 2 minutes", got)
	}
}
