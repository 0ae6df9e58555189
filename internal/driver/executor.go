package driver

import (
	"context"
	"sync"
	"time"

	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/retry"
	"github.com/stepherd/stepherd/internal/run"
)

// workers is how many creates are under way at once at most, and as many deletes: what a bare client needs to get the most
// out of an API server.
const workers = 64

// executor carries out creates and deletes, each in a goroutine of its own that answers on the inbox. The loop alone
// uses it; what waits for a free worker waits here.
type executor struct {
	pods   Pods
	render func(run.CreatePod) (*corev1.Pod, error)
	fence  interface{ Confirm(context.Context) error }
	log    *zap.Logger
	inbox  inbox
	tasks  *sync.WaitGroup

	creates  []run.CreatePod
	creating int
	deletes  []run.DeletePod
	deleting int
}

// create asks for a Pod; it is answered by created.
func (x *executor) create(ctx context.Context, a run.CreatePod) {
	x.creates = append(x.creates, a)
	x.dispatch(ctx)
}

// delete asks for the end of a Pod; it is answered by deleted once the server has accepted.
func (x *executor) delete(ctx context.Context, a run.DeletePod) {
	x.deletes = append(x.deletes, a)
	x.dispatch(ctx)
}

// createdOne and deletedOne free a worker.
func (x *executor) createdOne(ctx context.Context) {
	x.creating--
	x.dispatch(ctx)
}

func (x *executor) deletedOne(ctx context.Context) {
	x.deleting--
	x.dispatch(ctx)
}

// withdraw gives back the creates that have not been begun.
func (x *executor) withdraw() []run.CreatePod {
	queued := x.creates
	x.creates = nil
	return queued
}

func (x *executor) dispatch(ctx context.Context) {
	for len(x.creates) > 0 && x.creating < workers {
		a := x.creates[0]
		x.creates = x.creates[1:]
		x.creating++
		x.tasks.Go(func() { x.inbox.send(ctx, created{x.doCreate(ctx, a)}) })
	}
	for len(x.deletes) > 0 && x.deleting < workers {
		a := x.deletes[0]
		x.deletes = x.deletes[1:]
		x.deleting++
		x.tasks.Go(func() {
			x.doDelete(ctx, a)
			x.inbox.send(ctx, deleted{})
		})
	}
}

func (x *executor) doCreate(ctx context.Context, a run.CreatePod) run.Event {
	var failed run.CreateFailed
	pod, err := x.render(a)
	if err != nil {
		failed = refused(a, err)
	} else if err = x.fence.Confirm(ctx); err != nil {
		failed = run.CreateFailed{Step: a.Step, Attempt: a.Attempt, Class: run.CreateTransient, Message: err.Error()}
	} else {
		return x.pods.Create(ctx, pod)
	}
	failed.Now = time.Now()
	return failed
}

// doDelete repeats a delete until it is accepted: package run does not ask twice.
func (x *executor) doDelete(ctx context.Context, a run.DeletePod) {
	for failures := 0; ctx.Err() == nil; failures++ {
		err := x.fence.Confirm(ctx)
		if err == nil {
			err = x.pods.Delete(ctx, a.Name, a.UID, a.Grace)
		}
		if err == nil || ctx.Err() != nil {
			return
		}
		wait := retry.APICalls.Delay(failures)
		logRetry(x.log.With(zap.String("step", a.Step), zap.String("pod", a.Name)), "delete the pod", err, wait)
		_ = retry.Sleep(ctx, wait) // the loop looks at ctx
	}
}
