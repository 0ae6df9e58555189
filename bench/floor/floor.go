package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/stepherd/stepherd/bench/podwatch"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/podspec"
)

// floor is one run. Its loop owns graph and followed; a worker that fails ends the loop by giveUp.
type floor struct {
	client   typedcorev1.PodInterface
	selector string
	stdout   io.Writer

	pods     map[string]*corev1.Pod // by step, made before the first create
	graph    *graph
	followed map[string]bool

	workers sync.WaitGroup
	giveUp  context.CancelCauseFunc
}

// execute runs the pipeline and returns when all steps have ended and their logs are drained.
func execute(ctx context.Context, client kubernetes.Interface, p *v1alpha1.Pipeline, id podspec.Identity, stdout io.Writer) error {
	ctx, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	f := &floor{
		client:   client.CoreV1().Pods(id.Namespace),
		selector: v1alpha1.LabelRunUID + "=" + id.RunUID,
		stdout:   &oneAtATime{writer: stdout},
		pods:     map[string]*corev1.Pod{},
		graph:    newGraph(p),
		followed: map[string]bool{},
		giveUp:   giveUp,
	}
	for _, step := range p.Steps {
		pod, err := podspec.StepPod(p, step.Name, podspec.Attempt{Number: 1}, id)
		if err != nil {
			return err
		}
		f.pods[step.Name] = pod
	}
	if err := f.loop(ctx, f.graph.roots(p)); err != nil {
		giveUp(err)
	}
	f.workers.Wait()
	return context.Cause(ctx)
}

func (f *floor) loop(ctx context.Context, roots []string) error {
	list, err := f.client.List(ctx, metav1.ListOptions{LabelSelector: f.selector})
	if err != nil {
		return fmt.Errorf("list pods: %w", err)
	}
	if len(list.Items) > 0 {
		return errors.New("an earlier floor of this run left Pods behind")
	}
	stream, err := podwatch.Open(ctx, f.client, metav1.ListOptions{LabelSelector: f.selector, ResourceVersion: list.ResourceVersion})
	if err != nil {
		return err
	}
	defer stream.Stop()
	f.create(ctx, roots)
	for !f.graph.done() {
		_, pod, err := stream.Next(ctx)
		if err != nil {
			return err
		}
		if err := f.see(ctx, pod); err != nil {
			return err
		}
	}
	return nil
}

// see reacts to the container's status, not to the Pod's phase, which comes a second later.
func (f *floor) see(ctx context.Context, pod *corev1.Pod) error {
	if len(pod.Status.ContainerStatuses) == 0 {
		return nil
	}
	state := pod.Status.ContainerStatuses[0].State
	step := pod.Labels[v1alpha1.LabelStep]
	switch {
	case state.Terminated != nil && state.Terminated.ExitCode != 0:
		return fmt.Errorf("step %s ended with exit code %d", step, state.Terminated.ExitCode)
	case state.Terminated != nil:
		f.create(ctx, f.graph.end(step))
		f.follow(ctx, step, pod.Name)
	case state.Running != nil:
		f.follow(ctx, step, pod.Name)
	}
	return nil
}

func (f *floor) create(ctx context.Context, steps []string) {
	for _, step := range steps {
		f.workers.Go(func() {
			if _, err := f.client.Create(ctx, f.pods[step], metav1.CreateOptions{}); err != nil {
				f.giveUp(fmt.Errorf("create pod of step %s: %w", step, err))
			}
		})
	}
}

// follow copies main's log to stdout until the container has ended.
func (f *floor) follow(ctx context.Context, step, pod string) {
	if f.followed[step] {
		return
	}
	f.followed[step] = true
	f.workers.Go(func() {
		options := &corev1.PodLogOptions{Container: v1alpha1.MainContainer, Follow: true, Timestamps: true}
		stream, err := f.client.GetLogs(pod, options).Stream(ctx)
		if err != nil {
			f.giveUp(fmt.Errorf("read the log of step %s: %w", step, err))
			return
		}
		defer stream.Close()
		if _, err := io.Copy(f.stdout, stream); err != nil {
			f.giveUp(fmt.Errorf("copy the log of step %s: %w", step, err))
		}
	})
}

// oneAtATime keeps the chunks of several logs from being written into each other.
type oneAtATime struct {
	mutex  sync.Mutex
	writer io.Writer
}

func (o *oneAtATime) Write(p []byte) (int, error) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.writer.Write(p)
}
