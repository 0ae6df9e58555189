package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/pipelinefile"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/podspec"
	"github.com/stepherd/stepherd/internal/retry"
	"github.com/stepherd/stepherd/test/rig"
)

// logLines are those of one Pod that both contestants read.
const logLines = 300_000

// pace is how many lines a second each reader has read of one and the same log.
type pace struct {
	driver, podKubectl    float64 // in Pods: their stdout goes through a container runtime
	launcher, hostKubectl float64 // on this machine, through the same door
}

// logPipeline is one step that writes its lines when it is told to, and ends when it is told to.
const logPipeline = `  podSettings:
    volumes: [{name: told, hostPath: {path: %s, type: Directory}}]
    containers: [{name: main, volumeMounts: [{name: told, mountPath: /told}]}]
steps:
- name: shout
  command:
  - sh
  - -c
  - |
    until [ -e /told/begin ]; do sleep 0.2; done
    awk 'BEGIN { while (i < %d) print "epoch 3 step " ++i " loss 0.12345 accuracy 0.98765 and some more words here" }'
    until [ -e /told/end ]; do sleep 0.2; done
`

// tryPace lets driver and kubectl follow one Pod side by side while it writes, and then launcher and kubectl read what it has
// written, side by side, too: one machine, one minute, one kubelet for both of a pair.
func (b *bench) tryPace(ctx context.Context, number int) (p pace, err error) {
	if err := b.quiet(ctx); err != nil {
		return p, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, b.options.patience, fmt.Errorf("not over after %s", b.options.patience))
	defer cancel()
	told := filepath.Join(filepath.Dir(b.options.kubeconfig), "bench-logs", fmt.Sprint(number+1))
	if err := os.MkdirAll(told, 0o755); err != nil {
		return p, err
	}
	run := fmt.Sprintf("pace-%d", number+1)
	file := fmt.Sprintf(headWithoutSteps+logPipeline, "bench-logs", told, logLines)
	pipeline, err := pipelinefile.Decode("bench/logs", []byte(file))
	if err != nil {
		return p, fmt.Errorf("the benchmark's own pipeline: %w", err)
	}
	if err := b.submit(ctx, run, theDriver, pipeline); err != nil {
		return p, err
	}
	defer func() { err = errs.Join(err, b.remove(context.WithoutCancel(ctx), run)) }()
	step, err := b.runningPod(ctx, v1alpha1.LabelRun+"="+run)
	if err != nil {
		return p, err
	}
	driver, err := b.runningPod(ctx, v1alpha1.LabelJobName+"="+run)
	if err != nil {
		return p, err
	}
	kubectl := run + "-kubectl"
	if err := b.followByKubectl(ctx, kubectl, step); err != nil {
		return p, err
	}
	defer func() { _ = b.pods().Delete(context.WithoutCancel(ctx), kubectl, metav1.DeleteOptions{}) }() // it goes with the namespace

	if err := retry.Sleep(ctx, 2*time.Second); err != nil { // for both to follow the log
		return p, err
	}
	if err := tell(told, "begin"); err != nil {
		return p, err
	}
	err = sideBySide(
		func() (err error) {
			p.driver, err = b.nodePace(ctx, "shout | ", driver, v1alpha1.DriverContainer)
			return err
		},
		func() (err error) { p.podKubectl, err = b.nodePace(ctx, "", kubectl, "kubectl"); return err },
	)
	if err != nil {
		return p, err
	}
	err = sideBySide(
		func() (err error) { p.launcher, err = b.hostPace(ctx, b.launcherLogs(run)); return err },
		func() (err error) { p.hostKubectl, err = b.hostPace(ctx, b.kubectlLogs(step)); return err },
	)
	if err != nil {
		return p, err
	}
	return p, tell(told, "end")
}

// sideBySide does both at once.
func sideBySide(one, other func() error) (err error) {
	done := make(chan error)
	go func() { done <- other() }()
	err = one()
	return errs.Join(err, <-done)
}

// tell is how steps are told something.
func tell(dir, word string) error { return os.WriteFile(filepath.Join(dir, word), nil, 0o644) }

// runningPod waits for a Pod to run, and gives its name.
func (b *bench) runningPod(ctx context.Context, selector string) (name string, err error) {
	err = rig.Insist(ctx, func(ctx context.Context) error {
		pods, err := b.pods().List(ctx, metav1.ListOptions{LabelSelector: selector, FieldSelector: "status.phase=Running"})
		if err != nil || len(pods.Items) == 0 {
			return errs.Join(err, fmt.Errorf("no Pod with %s runs", selector))
		}
		name = pods.Items[0].Name
		return nil
	})
	return name, err
}

// followByKubectl lets kubectl follow a Pod's log in a Pod of that name, like the driver's.
func (b *bench) followByKubectl(ctx context.Context, name, pod string) error {
	like, err := driverContainer()
	if err != nil {
		return err
	}
	yes, kubectl := true, filepath.Dir(b.options.kubectl)
	reader := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: map[string]string{readerLabel: name}},
		Spec: corev1.PodSpec{
			RestartPolicy:      corev1.RestartPolicyNever,
			ServiceAccountName: podspec.DriverServiceAccount(b.options.namespace).Name, AutomountServiceAccountToken: &yes,
			Containers: []corev1.Container{{
				Name: "kubectl", Image: "docker.io/library/busybox:latest", ImagePullPolicy: corev1.PullIfNotPresent,
				Command:      []string{"/kubectl/" + filepath.Base(b.options.kubectl), "logs", "-f", pod, "-n", b.options.namespace},
				Resources:    like.Resources,
				VolumeMounts: []corev1.VolumeMount{{Name: "kubectl", MountPath: "/kubectl"}},
			}},
			Volumes: []corev1.Volume{{Name: "kubectl", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: kubectl}}}},
		},
	}
	if _, err := b.pods().Create(ctx, reader, metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("create kubectl's Pod: %w", err)
	}
	_, err = b.runningPod(ctx, readerLabel+"="+name)
	return err
}

const readerLabel = "bench.example/reader"
