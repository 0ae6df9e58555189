package runlogs

import (
	"context"
	"slices"
	"strings"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/archiveread"
	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/launch/follow"
	"github.com/stepherd/stepherd/internal/launch/lookup"
	"github.com/stepherd/stepherd/internal/launch/status"
	"github.com/stepherd/stepherd/internal/logs"
	"github.com/stepherd/stepherd/internal/report"
	"github.com/stepherd/stepherd/internal/suggest"
)

// Viewer shows the logs of runs.
type Viewer struct {
	Client *client.Client
	// Logs opens the logs of the namespace's Pods.
	Logs    logs.Source
	Runs    lookup.Runs
	News    lookup.News
	Watcher follow.Watcher
	Archive archiveread.Ports
}

func (w *Viewer) reader() *lookup.Reader {
	return &lookup.Reader{Client: w.Client, Runs: w.Runs, News: w.News}
}

// Show writes logs to Out: step by step in the order of the pipeline, or as they come where a living run is followed.
func (w *Viewer) Show(ctx context.Context, q Query) error {
	job, err := w.reader().Job(ctx, q.Run)
	if err != nil {
		return err
	}
	k, err := w.reader().Snapshot(ctx, job)
	if err != nil {
		return err
	}
	run := status.Of(k)
	if q.Step != "" && !slices.ContainsFunc(run.Steps, func(s v1alpha1.StepStatus) bool { return s.Name == q.Step }) {
		return w.noStepOf(run, q.Step)
	}
	if q.Container != "" {
		q.planned = plannedContainers(status.Plan(job), q.Step)
		if err := w.checkContainer(run, k, q); err != nil {
			return err
		}
	}
	q.marks = q.Follow && !q.bare()
	v := w.newSession(q)
	if !q.Follow || run.Phase.Ended() {
		return v.close(v.showAll(ctx, run, k.StepPods))
	}
	_, err = v.showAndFollow(ctx, run, k.StepPods)
	return v.close(err)
}

func (w *Viewer) noStepOf(run v1alpha1.Run, step string) error {
	names := make([]string, len(run.Steps))
	for i := range run.Steps {
		names[i] = run.Steps[i].Name
	}
	return client.ClusterErrorf("run %q in namespace %q has no step %q%s", run.Metadata.Name, w.Client.Namespace, step, suggest.DidYouMean(step, names))
}

// showAll writes what there is now, or why there is nothing.
func (v *session) showAll(ctx context.Context, run v1alpha1.Run, pods []v1alpha1.StepStatus) error {
	pieces, err := v.pick(ctx, run, pods)
	if err != nil {
		return err
	}
	if len(pieces) == 0 && v.q.Step != "" {
		v.noLogOf(run)
	}
	return v.read(ctx, pieces)
}

// pick is what is wanted of a run.
func (v *session) pick(ctx context.Context, run v1alpha1.Run, pods []v1alpha1.StepStatus) ([]logRef, error) {
	v.run = run
	there := podsByName(pods)
	if gone := goneLogs(run, there, &v.q); len(gone) > 0 {
		if err := v.findStored(ctx, gone); err != nil {
			return nil, err
		}
	}
	return pick(run, there, &v.q, v.stores), nil
}

// noLogOf returns why the one step that is wanted has no log, or not that of the attempt.
func (v *session) noLogOf(run v1alpha1.Run) {
	for i := range run.Steps {
		s := &run.Steps[i]
		if s.Name != v.q.Step {
			continue
		}
		why := strings.TrimSuffix(string(s.Phase)+": "+report.Why(s), ": ")
		if v.q.Attempt != 0 {
			v.client.Note("step %q has no log of attempt %d: %s", s.Name, v.q.Attempt, why)
			return
		}
		v.client.Note("step %q has no log: %s", s.Name, why)
	}
}

func podsByName(pods []v1alpha1.StepStatus) map[string]v1alpha1.AttemptStatus {
	there := map[string]v1alpha1.AttemptStatus{}
	for _, s := range pods {
		for _, a := range s.Attempts {
			there[a.Pod] = a
		}
	}
	return there
}
