package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/podspec"
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
    touch /told/written
    until [ -e /told/end ]; do sleep 0.2; done
`

// tryPace lets all read the log of one Pod, one after the other. The driver, which follows the log from the beginning, is
// stopped while the step writes, and so finds all of it written, as the others do.
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
	pipeline, err := v1alpha1.Decode("bench/logs", []byte(file))
	if err != nil {
		return p, fmt.Errorf("the benchmark's own pipeline: %w", err)
	}
	if err := b.submit(ctx, run, theDriver, pipeline); err != nil {
		return p, err
	}
	defer func() { err = errors.Join(err, b.remove(context.WithoutCancel(ctx), run)) }()
	d, pod, err := b.stoppedDriver(ctx, run, told)
	if err != nil {
		return p, err
	}
	readers := []func() error{
		func() (err error) { p.driver, err = b.driverPace(ctx, d); return err },
		func() (err error) { p.podKubectl, err = b.podPace(ctx, run, pod); return err },
		func() (err error) { p.launcher, err = b.hostPace(ctx, b.launcherLogs(run)); return err },
		func() (err error) { p.hostKubectl, err = b.hostPace(ctx, b.kubectlLogs(pod)); return err },
	}
	for i := range readers {
		if number%2 == 1 { // who is first alternates in each pair
			i ^= 1
		}
		if err := readers[i](); err != nil {
			return p, err
		}
	}
	return p, tell(told, "end")
}

// tell is how steps are told something.
func tell(dir, word string) error { return os.WriteFile(filepath.Join(dir, word), nil, 0o644) }

// stoppedDriver waits for the run's driver to follow the step, stops it, and lets the step write.
func (b *bench) stoppedDriver(ctx context.Context, run, told string) (d rig.Driver, pod string, err error) {
	err = rig.Insist(ctx, func(ctx context.Context) error {
		pods, err := b.pods().List(ctx, metav1.ListOptions{LabelSelector: v1alpha1.LabelRun + "=" + run, FieldSelector: "status.phase=Running"})
		if err != nil || len(pods.Items) == 0 {
			return errors.Join(err, errors.New("the step does not run"))
		}
		pod = pods.Items[0].Name
		for _, found := range rig.FindDrivers(b.options.cluster, b.options.namespace) {
			if found.Run == run {
				d = found
				return nil
			}
		}
		return errors.New("no process is its driver")
	})
	if err != nil {
		return d, pod, fmt.Errorf("wait for %s to be under way: %w", run, err)
	}
	if err := pause(ctx, 2*time.Second); err != nil { // for the driver to see the step begin, and to follow its log
		return d, pod, err
	}
	if err := d.Signal(syscall.SIGSTOP); err != nil {
		return d, pod, fmt.Errorf("stop the driver: %w", err)
	}
	if err := tell(told, "begin"); err != nil {
		return d, pod, err
	}
	return d, pod, rig.Insist(ctx, func(context.Context) error {
		_, err := os.Stat(filepath.Join(told, "written"))
		return err
	})
}

// driverPace lets the driver go on and reads from the node what its runtime has written down of its stdout, and when.
func (b *bench) driverPace(ctx context.Context, d rig.Driver) (float64, error) {
	if err := d.Signal(syscall.SIGCONT); err != nil {
		return 0, fmt.Errorf("let the driver go on: %w", err)
	}
	return b.nodePace(ctx, "shout | ", d.Pod, v1alpha1.DriverContainer)
}

// podPace lets kubectl read in a Pod like the driver's.
func (b *bench) podPace(ctx context.Context, run, pod string) (float64, error) {
	like, err := driverContainer()
	if err != nil {
		return 0, err
	}
	name, yes, kubectl := run+"-kubectl", true, filepath.Dir(b.options.kubectl)
	reader := &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name},
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
		return 0, fmt.Errorf("create kubectl's Pod: %w", err)
	}
	defer func() { _ = b.pods().Delete(context.WithoutCancel(ctx), name, metav1.DeleteOptions{}) }() // it goes with the namespace
	return b.nodePace(ctx, "", name, "kubectl")
}
