package launchtest

import (
	"context"
	"fmt"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/launch/client"
)

// patchContract: a merge patch changes what it names and nothing else.
func patchContract(t *testing.T, w World) {
	job := w.create(t)
	patched, err := w.Ports.Edit.PatchJob(t.Context(), w.Namespace, job.Name,
		fmt.Appendf(nil, `{"metadata":{"uid":%q,"annotations":{"a":"b"}},"spec":{"activeDeadlineSeconds":1}}`, job.UID))
	if err != nil {
		t.Fatal(err)
	}
	if d := patched.Spec.ActiveDeadlineSeconds; patched.Annotations["a"] != "b" || d == nil || *d != 1 || len(patched.Labels) != len(job.Labels) || patched.UID != job.UID {
		t.Errorf("got %+v", patched)
	}
}

// patchAnotherContract: a patch with the UID of another Job of that name fails, and so does a delete.
func patchAnotherContract(t *testing.T, w World) {
	job := w.create(t)
	if _, err := w.Ports.Edit.PatchJob(t.Context(), w.Namespace, job.Name, []byte(`{"metadata":{"uid":"another","annotations":{"a":"b"}}}`)); err == nil {
		t.Error("a patch of another's Job succeeds")
	}
	if err := w.Ports.Edit.DeleteJob(t.Context(), w.Namespace, job.Name, "another"); err == nil || errs.IsNotFound(err) {
		t.Errorf("the delete of another's Job: %v", err)
	}
	if got, err := w.Ports.Runs.Job(t.Context(), w.Namespace, job.Name); err != nil || got.UID != job.UID || got.Annotations["a"] != "" {
		t.Errorf("got %+v, %v", got, err)
	}
}

// deleteContract: what was deleted is gone.
func deleteContract(t *testing.T, w World) {
	job := w.create(t)
	if err := w.Ports.Edit.DeleteJob(t.Context(), w.Namespace, job.Name, string(job.UID)); err != nil {
		t.Fatal(err)
	}
	for begin := time.Now(); time.Since(begin) < patience; {
		if _, err := w.Ports.Runs.Job(t.Context(), w.Namespace, job.Name); errs.IsNotFound(err) {
			return
		}
	}
	t.Error("it still exists")
}

// absentContract: what does not exist is NotFound where a name is asked for, nothing where a set is, and no fault where it is to go.
func absentContract(t *testing.T, w World) {
	ctx, p := t.Context(), w.Ports
	_, getErr := p.Runs.Job(ctx, w.Namespace, "none")
	_, patchErr := p.Edit.PatchJob(ctx, w.Namespace, "none", []byte(`{"metadata":{"annotations":{"a":"b"}}}`))
	for what, err := range map[string]error{"get": getErr, "patch": patchErr, "delete": p.Edit.DeleteJob(ctx, w.Namespace, "none", "uid")} {
		if !errs.IsNotFound(err) || client.IsTemporary(err) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if record, err := p.Runs.Record(ctx, w.Namespace, "none", "uid"); record != nil || err != nil {
		t.Errorf("record: %v, %v", record, err)
	}
	steps, stepsErr := p.Runs.StepPods(ctx, w.Namespace, "uid")
	drivers, driversErr := p.Runs.DriverPods(ctx, w.Namespace, "uid")
	live, lost, stopErr := p.Steps.StopStepPods(ctx, w.Namespace, "uid", nil)
	if n := len(steps) + len(drivers) + live + lost; n != 0 || stepsErr != nil || driversErr != nil || stopErr != nil {
		t.Errorf("%d Pods, %v, %v, %v", n, stepsErr, driversErr, stopErr)
	}
	if err := p.Drivers.RemovePod(ctx, w.Namespace, "none", "uid"); err != nil {
		t.Errorf("remove: %v", err)
	}
	if err := p.Drivers.ReleasePod(ctx, w.Namespace, "none", "uid"); err != nil {
		t.Errorf("release: %v", err)
	}
}

// listContract: a list has the runs, without the Jobs that are none.
func listContract(t *testing.T, w World) {
	run := w.create(t)
	stranger := w.aRun("stranger-of-" + run.Name)
	stranger.Labels = nil
	if _, err := w.Ports.Create.CreateJob(t.Context(), stranger, "m", false); err != nil {
		t.Fatal(err)
	}
	var found []*batchv1.Job
	if err := w.Ports.List.EachJob(t.Context(), w.Namespace, func(job *batchv1.Job) {
		if job.Name == run.Name || job.Name == stranger.Name {
			found = append(found, job)
		}
	}); err != nil {
		t.Fatal(err)
	}
	if len(found) != 1 || found[0].UID != run.UID || len(found[0].Labels) != len(run.Labels) {
		t.Errorf("found %+v", found)
	}
	heads, headsErr := w.Ports.List.RecordHeads(t.Context(), w.Namespace)
	pods, podsErr := w.Ports.List.LiveDriverPods(t.Context(), w.Namespace)
	if _, has := heads[string(run.UID)]; has || headsErr != nil || len(pods) > 0 || podsErr != nil {
		t.Errorf("records: %v, %v; drivers: %v, %v", heads, headsErr, pods, podsErr)
	}
}

// watchContract: a watch tells the Job as it is, each change, and that it is gone.
func watchContract(t *testing.T, w World) {
	job := w.create(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var met []string
	err := w.Ports.Watch.WatchJob(ctx, w.Namespace, job.Name, func(now *batchv1.Job) {
		switch {
		case now == nil:
			met = append(met, "gone")
			cancel()
		case now.Annotations["a"] == "b":
			met = append(met, "changed")
			go func() { _ = w.Ports.Edit.DeleteJob(ctx, w.Namespace, job.Name, string(job.UID)) }()
		case len(met) == 0:
			met = append(met, "there")
			go func() {
				_, _ = w.Ports.Edit.PatchJob(ctx, w.Namespace, job.Name, []byte(`{"metadata":{"annotations":{"a":"b"}}}`))
			}()
		}
	}, func(err error) { t.Errorf("trouble: %v", err) })
	if got := fmt.Sprint(met); got != "[there changed gone]" {
		t.Errorf("told %s, ended with %v", got, err)
	}
}
