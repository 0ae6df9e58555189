package driver

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/driver/recorder"
	"github.com/stepherd/stepherd/internal/driver/stdout"
	"github.com/stepherd/stepherd/internal/driver/steplogs"
	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/expr"
	"github.com/stepherd/stepherd/internal/podspec"
	"github.com/stepherd/stepherd/internal/run"
)

// Run runs the run to its end, or until ctx is done (SIGTERM, which is no cancel: the step Pods stay, and the next driver
// takes the run up), and gives the exit code of the process.
func Run(ctx context.Context, c Config) int {
	c.Logger = c.Logger.With(zap.String("run", c.Identity.Run))
	others := lookForOthers(&c)
	code, w := drive(ctx, c)
	others.leave(ctx, w)
	return code
}

// drive is Run but for the other containers of the driver's Pod.
func drive(ctx context.Context, c Config) (int, wayOut) {
	pods, plan, err := readPlan(c.Plan, c.Identity)
	if err := unfit(c.Version, c.MinDriver, err); err != nil {
		code := refuse(ctx, c, err)
		return code, wayOut{verdict: code == podspec.ExitInvalidPlan, quit: (&v1alpha1.Driver{}).Quits()}
	}
	pipeline := pods.pipeline
	warnOfArchive(c, pipeline)
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	l := newLoop(work, &c, pods, plan)
	l.begin(work)
	code := l.run(ctx, work)
	stop()
	l.tasks.Wait()
	l.finishStdout(ctx)
	var failed []failedStep
	if l.begun && l.closing.verdict != nil {
		failed = l.failed()
	}
	l.transcript.verdict(l.closing.final(), failed, code)
	return code, wayOutOf(code, l.closing.recorded && ctx.Err() == nil, l.followers.Archived() && !l.closing.stuck, &pipeline.Driver)
}

// readPlan returns what makes the pipeline's Pods, and its plan. It makes each step's Pod once, so that all steps that cannot have
// one are told before anything is done.
func readPlan(plan []byte, id podspec.Identity) (*podMaker, *run.Plan, error) {
	pipeline, err := podspec.DecodePlan(plan)
	if err != nil {
		return nil, nil, err
	}
	exclusive := make([]bool, pipeline.StepCount())
	var faults []error
	for i, step := range pipeline.EachStep() {
		pod, err := podspec.StepPod(pipeline, step.Name, podspec.Attempt{Number: 1}, id)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		exclusive[i] = podspec.Exclusive(pod)
	}
	p, err := run.NewPlan(pipeline, exclusive, expr.RunInfo{
		Name: id.Run, UID: id.RunUID, Namespace: id.Namespace, Pipeline: pipeline.Metadata.Name,
	})
	pods, noEnv := newPodMaker(pipeline, id)
	return pods, p, errs.Join(append(faults, err, noEnv)...)
}

func newLoop(ctx context.Context, c *Config, pods *podMaker, plan *run.Plan) *loop {
	pipeline := pods.pipeline
	in, tasks := make(inbox), &sync.WaitGroup{}
	out := stdout.New(c.Stdout, c.Unread, c.Logger, func(all []stdout.Progress) { in.send(ctx, printed{all}) })
	book := steplogs.Book{}
	rec := recorder.New(c.Record(pipeline.Metadata.Name), c.Logger, listener{in, c.Logger})
	timer, logTimer := time.NewTimer(time.Hour), time.NewTimer(time.Hour)
	timer.Stop()
	logTimer.Stop()
	l := &loop{
		config: c, plan: plan, state: run.New(plan), transcript: transcript{c.Logger}, inbox: in, tasks: tasks, timer: timer, logTimer: logTimer, recorder: rec,
		continues: pipeline.FailurePolicy == v1alpha1.ContinueOnFailure,
		held:      heldActions{},
		refusals:  map[int]string{},
		strays:    map[string]bool{},
		executor: &executor{
			pods: c.Pods, fence: rec, log: c.Logger, inbox: in, tasks: tasks,
			render: pods.make,
		},
		waits: newWaits(c.Warnings, c.Logger, in, tasks),
		out:   out, book: book,
		followers: steplogs.New(steplogs.Config{
			Source: c.Logs, Archive: c.Archive, Streams: c.Streams, Out: out, Book: book, Log: c.Logger, Listener: in, Tasks: tasks,
		}),
	}
	return l
}
