package archiveread

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/rand"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/archive/transfer"
	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/launch/submit"
	"github.com/stepherd/stepherd/internal/logs"
	"github.com/stepherd/stepherd/internal/podspec"
)

// A user may create Jobs and read Pods' logs, but see no volume. So an archive is read by a Job that prints it: a few
// mebibytes at a time, because a node keeps no more of a log (package archive says how losses show).

// Jobs runs the Jobs that read archives.
type Jobs interface {
	// DeleteJob deletes that very Job and, by the garbage collector, what it owns.
	DeleteJob(ctx context.Context, namespace, name, uid string) error
	// WatchJobPods calls seen with each Pod of the Job of that UID as it is and after every change; gone means that the Pod does not
	// exist any more. It ends with its context or when the user may not watch; every other break is ridden out and told to trouble.
	WatchJobPods(ctx context.Context, namespace, uid string, seen func(pod *corev1.Pod, gone bool), trouble func(error)) error
	// Events are those about the object of that UID, PodEvents those about the Pod of that name.
	Events(ctx context.Context, namespace, uid string) ([]corev1.Event, error)
	PodEvents(ctx context.Context, namespace, pod string) ([]corev1.Event, error)
}

// Ports are what a Reader asks of the cluster.
type Ports struct {
	Create submit.Jobs
	Jobs   Jobs
}

// Reader reads the archives of runs.
type Reader struct {
	Client *client.Client
	// Logs opens the logs of the Jobs that read archives.
	Logs logs.Source
	Ports
}

// archiveDeleteLimit is how long the deletion of such a Job may take; it goes by itself, only later.
const archiveDeleteLimit = 10 * time.Second

// askArchive asks until all has come that the receiver wants. Two answers that bring nothing are the end.
func (a *Reader) askArchive(ctx context.Context, run *batchv1.Job, r *transfer.Receiver) error {
	for vain := 0; ; {
		rest, more := r.Rest()
		if !more {
			return nil
		}
		got := r.Got()
		if n := r.Bytes() >> 20; n > 0 {
			a.Client.Note("%d MiB of the run's archive have come, and there is more", n)
		}
		err := a.oneAnswer(ctx, run, rest, r)
		var hopeless *permanentError
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case r.Got() > got:
			vain = 0
			continue
		case errors.As(err, &hopeless):
			return err
		}
		if _, more := r.Rest(); !more {
			return nil
		}
		if vain++; vain == 2 {
			return err
		}
	}
}

// permanentError is one that another try would meet again.
type permanentError struct{ error }

func (e *permanentError) Unwrap() error { return e.error }

// oneAnswer creates a Job, reads what it prints, and deletes it.
func (a *Reader) oneAnswer(ctx context.Context, run *batchv1.Job, rest transfer.Request, r *transfer.Receiver) error {
	job := podspec.ArchiveJob(run, podspec.ArchiveJobName(run.Name, rand.String(submit.RandomLength)), rest.Encode())
	created, err := (&submit.Poster{Client: a.Client, Jobs: a.Create}).Post(ctx, job, false)
	if err != nil {
		switch {
		case client.IsTemporary(err):
			return a.Client.Sentence(err)
		case client.IsRefused(err) || client.IsQuota(err):
			err = fmt.Errorf("the cluster refuses job %q: %s", job.Name, client.Message(err))
		}
		return &permanentError{a.Client.Sentence(err)}
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), archiveDeleteLimit)
		defer cancel()
		_ = a.Jobs.DeleteJob(ctx, a.Client.Namespace, created.Name, string(created.UID)) // or its time to live does
	}()
	ctx, cancel := context.WithCancel(ctx)
	w := newArchivePod(a.Client, a.Jobs, created)
	var watching sync.WaitGroup
	watching.Go(func() { w.watch(ctx) })
	defer watching.Wait()
	defer cancel()
	pod, err := w.await(ctx)
	if err != nil {
		return err
	}
	r.Begin()
	c := logs.Container{Pod: pod, Name: v1alpha1.ArchiveContainer, Ended: w.ended}
	if err := logs.Follow(ctx, a.Logs, c, answerSink{r}); err != nil {
		return w.why(err)
	}
	if err := r.End(); err != nil {
		return w.why(err)
	}
	return nil
}

// answerSink hands the lines of an answer to its receiver.
type answerSink struct{ r *transfer.Receiver }

// Line implements logs.Sink.
func (s answerSink) Line(l logs.Line, _ logs.Position) error {
	if l.Continues {
		return fmt.Errorf("this is not the archive's: %.300q", l.Text)
	}
	return s.r.Line(bytes.Clone(l.Text))
}

// Gap implements logs.Sink. What is missing is asked for again.
func (answerSink) Gap(g logs.Gap) error { return errors.New(g.String()) }
