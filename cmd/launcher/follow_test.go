package main

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// nasty are lines that would hide, rename, move and color if a terminal obeyed them.
var nasty = []string{
	"\x1b[1mreading\x1b[0m data.csv", "\r  0%|    |\r 50%|##  |\r100%|####|\r", "\x1b]0;owned\x07\x1b[2J\x1b[10Aup", "größe\t\xff\x00\u009b31m", "no such file",
}

// lives is a cluster in which a run of iris lives for some seconds: load prepares and works, train-a works, train-b fails twice,
// and evaluate is skipped.
func (d *desk) lives() {
	d.logs.Lines["pod-load/prepare"] = []string{"fetched 3 files"}
	d.logs.Lines["pod-load/main"] = []string{"hello from load", "  done"}
	d.logs.Lines["pod-train-a/main"] = []string{"hello from train-a"}
	d.logs.Lines["pod-train-b/main"] = []string{"first try"}
	d.logs.Lines["pod-train-b-2/main"] = nasty
	three, zero := int32(3), int32(0)
	begun := func(s v1alpha1.StepStatus) v1alpha1.StepStatus {
		s.Attempts[0].Phase, s.Attempts[0].FinishedAt, s.Attempts[0].ExitCode, s.Attempts[0].Reason = v1alpha1.StepRunning, nil, nil, ""
		return s
	}
	load, a, b := attempt("load", "node-1", v1alpha1.StepSucceeded, &zero), attempt("train-a", "node-1", v1alpha1.StepSucceeded, &zero), attempt("train-b", "node-2", v1alpha1.StepFailed, &three)
	load.Attempts[0].Others = []v1alpha1.OtherContainer{{Name: "prepare", StartedAt: at(3), Ended: true}}
	preparing := begun(attempt("load", "node-1", v1alpha1.StepRunning, nil))
	preparing.Attempts[0].Phase, preparing.Attempts[0].StartedAt = v1alpha1.StepPending, nil
	preparing.Attempts[0].Others = load.Attempts[0].Others
	again := b.Attempts[0]
	again.Number, again.Pod = 2, "pod-train-b-2"
	twice := b
	twice.Attempts = []v1alpha1.AttemptStatus{b.Attempts[0], again}
	recorded := twice
	again.Log = &v1alpha1.LogStatus{Tail: strings.Join(nasty, "\n")}
	recorded.Attempts = []v1alpha1.AttemptStatus{b.Attempts[0], again}
	d.cluster.OnCreate = func(job *batchv1.Job) error {
		uid := string(job.UID)
		name := job.Name
		go func() {
			for _, pods := range [][]v1alpha1.StepStatus{
				{preparing}, {begun(attempt("load", "node-1", v1alpha1.StepRunning, nil))}, {load},
				{load, begun(attempt("train-a", "node-1", v1alpha1.StepRunning, nil))}, {load, a},
				{load, a, b}, {load, a, twice},
			} {
				time.Sleep(time.Second)
				d.cluster.Change(func() {
					d.cluster.StepPodsOf[uid] = pods
					d.cluster.RecordOf[uid] = &record.Record{Head: record.Head{Version: 1, Phase: v1alpha1.RunRunning, StartedAt: at(2), StepCount: 4}, Steps: pods}
				})
			}
			time.Sleep(time.Second)
			d.cluster.Change(func() {
				end(d.cluster.JobsByName[name], 100)
				d.cluster.RecordOf[uid] = &record.Record{
					Head: record.Head{
						Version: 1, Phase: v1alpha1.RunFailed, Reason: v1alpha1.ReasonStepFailed, Message: "step train-b failed: exit code 3",
						StartedAt: at(2), FinishedAt: at(90), StepCount: 4,
					},
					Steps: []v1alpha1.StepStatus{load, a, recorded, {Name: "evaluate", Phase: v1alpha1.StepSkipped, Reason: v1alpha1.ReasonUpstreamFailed, Message: "needs train-b"}},
				}
			})
		}()
		return nil
	}
}

// TestFollowTranscript: what --follow writes to a pipe, and what watch, wait and get say of the run when it has ended.
func TestFollowTranscript(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk()
		d.lives()
		for _, args := range []string{"submit - --follow --name iris-1", "watch iris-1", "wait iris-1", "get iris-1"} {
			got := d.run(t.Context(), iris, strings.Fields(args)...)
			if want := map[bool]int{true: exitFailed}[!strings.HasPrefix(args, "get")]; got.code != want {
				t.Errorf("%s: exit code %d, want %d", args, got.code, want)
			}
			got.stdout, got.stderr = visible(got.stdout), visible(got.stderr)
			d.record(strings.Fields(args), got)
		}
		d.golden(t, "follow")
	})
}
