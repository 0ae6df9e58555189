package main

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/bench/podwatch"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/podspec"
	"github.com/stepherd/stepherd/internal/usage"
)

// try runs the pipeline once and leaves no Pod behind.
func (b *bench) try(ctx context.Context, run string, who contestant, p *v1alpha1.Pipeline) (trial, *tracker, error) {
	if err := b.quiet(ctx); err != nil {
		return trial{}, nil, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, b.options.patience, fmt.Errorf("not over after %s", b.options.patience))
	defer cancel()
	seen := newTracker(p)
	stream, err := b.watch(ctx)
	if err != nil {
		return trial{}, nil, err
	}
	defer stream.Stop()
	if err := b.submit(ctx, run, who, p); err != nil {
		return trial{}, nil, err
	}
	if err := b.observe(ctx, stream, seen, seen.finished); err != nil {
		return trial{}, nil, b.explain(ctx, seen, err)
	}
	if n := stream.Reopened(); n > 0 {
		b.say("%s: the server ended the observer's watch %d times; its times are those of a machine with too much to do\n", run, n)
	}
	one, err := seen.times()
	if err != nil {
		return trial{}, nil, b.explain(ctx, seen, err)
	}
	if one.usage, err = b.usageOf(ctx, seen.job); err != nil {
		return trial{}, nil, err
	}
	if err := b.remove(ctx, run); err != nil {
		return trial{}, nil, err
	}
	if err := b.observe(ctx, stream, seen, seen.gone); err != nil {
		return trial{}, nil, fmt.Errorf("remove its Pods: %w", err)
	}
	return one, seen, nil
}

// watch begins before the submit, and wants to find no Pod.
func (b *bench) watch(ctx context.Context) (*podwatch.Stream, error) {
	list, err := b.pods().List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, fmt.Errorf("list pods: %w", err)
	}
	if len(list.Items) > 0 {
		return nil, fmt.Errorf("namespace %s still has %d Pods, such as %s", b.options.namespace, len(list.Items), list.Items[0].Name)
	}
	life := int64(b.options.patience.Seconds()) + 60
	return podwatch.Open(ctx, b.pods(), metav1.ListOptions{ResourceVersion: list.ResourceVersion, TimeoutSeconds: &life})
}

// observe feeds the tracker until done. The time of an event is when it came out of the stream: while it runs this goroutine
// does nothing else.
func (b *bench) observe(ctx context.Context, stream *podwatch.Stream, seen *tracker, done func() bool) error {
	for !done() {
		kind, pod, err := stream.Next(ctx)
		at := time.Now()
		if err != nil {
			return err
		}
		if err := seen.see(at, kind, pod); err != nil {
			return err
		}
	}
	return nil
}

func (b *bench) submit(ctx context.Context, run string, who contestant, p *v1alpha1.Pipeline) error {
	job, err := podspec.DriverJob(p, podspec.JobOptions{Run: run, Namespace: b.options.namespace, DriverImage: b.options.images[who]})
	if err != nil {
		return err
	}
	if _, err := b.client.BatchV1().Jobs(b.options.namespace).Create(ctx, job, metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("create job %s: %w", run, err)
	}
	return nil
}

func (b *bench) usageOf(ctx context.Context, pod string) (usage.Line, error) {
	log, err := b.pods().GetLogs(pod, &corev1.PodLogOptions{Container: v1alpha1.DriverContainer}).Stream(ctx)
	if err != nil {
		return usage.Line{}, fmt.Errorf("read the log of pod %s: %w", pod, err)
	}
	defer log.Close()
	line, err := usage.Parse(log)
	if err != nil {
		return usage.Line{}, fmt.Errorf("pod %s: %w", pod, err)
	}
	return line, nil
}

// remove deletes the Job; its Pods, and the step Pods that it owns, go with it.
func (b *bench) remove(ctx context.Context, run string) error {
	background := metav1.DeletePropagationBackground
	err := b.client.BatchV1().Jobs(b.options.namespace).Delete(ctx, run, metav1.DeleteOptions{PropagationPolicy: &background})
	if err != nil {
		return fmt.Errorf("delete job %s: %w", run, err)
	}
	return nil
}

// explain adds the last lines of the contestant's own log to why a trial failed.
func (b *bench) explain(ctx context.Context, seen *tracker, cause error) error {
	if seen.job == "" {
		return fmt.Errorf("%w; the Job has no Pod", cause)
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	lines := int64(10)
	log, err := b.pods().GetLogs(seen.job, &corev1.PodLogOptions{TailLines: &lines}).DoRaw(ctx)
	if err != nil {
		return fmt.Errorf("%w; its log cannot be read: %w", cause, err)
	}
	return fmt.Errorf("%w; the last lines of pod %s (phase %s):\n%s", cause, seen.job, seen.driver, log)
}
