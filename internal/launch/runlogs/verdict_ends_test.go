package runlogs_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/launch/control"
	"github.com/stepherd/stepherd/internal/launch/follow"
	"github.com/stepherd/stepherd/internal/launch/launchtest"
)

const holdUp = "the run is over, but container istio-proxy of its driver Pod driver-1 is still running, so that its Job does not end; " +
	"to end it: launcher cancel r --force -n ml"

// TestVerdictEndsEveryVerb: a container beside the driver that does not end keeps no verb waiting, and is named.
func TestVerdictEndsEveryVerb(t *testing.T) {
	verbs := map[string]func(*launchtest.Bench, context.Context, string) (follow.Ending, error){
		"wait": (*launchtest.Bench).Wait, "submit --follow": (*launchtest.Bench).Follow,
		"watch": (*launchtest.Bench).Watch, "cancel --wait": (*launchtest.Bench).WaitForCancel,
	}
	for verb, do := range verbs {
		t.Run(verb, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := launchtest.Begun(t)
				b.DriverUp()
				b.DriverPod(launchtest.DriverRunning, launchtest.Sidecar)
				begin := time.Now()
				launchtest.Script(func() { time.Sleep(time.Minute); b.HeldUp(v1alpha1.RunSucceeded) })
				ended, err := do(b, t.Context(), "r")
				if err != nil || ended.Phase != v1alpha1.RunSucceeded {
					t.Fatalf("got %s, %v", ended.Phase, err)
				}
				if took := time.Since(begin); took < time.Minute || took > time.Minute+5*time.Second {
					t.Errorf("ended after %s", took)
				}
				if err := b.Verdict(ended); err != nil {
					t.Error(err)
				}
				if want := "run r Succeeded after 0s: " + holdUp + "\n"; !strings.HasSuffix(b.Err.String(), want) {
					t.Errorf("said %s\nwant %s", b.Err, want)
				}
			})
		})
	}
}

// TestVerdictWaitsForTheDriver: a driver that still writes its logs has not ended the run for those who wait.
func TestVerdictWaitsForTheDriver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		b.HeldUp(v1alpha1.RunSucceeded)
		b.DriverPod(launchtest.DriverRunning)
		begin := time.Now()
		launchtest.Script(func() { time.Sleep(time.Minute); b.End(v1alpha1.RunSucceeded) })
		ended, err := b.Wait(t.Context(), "r")
		if err != nil || ended.Phase != v1alpha1.RunSucceeded || ended.HoldUp != "" || time.Since(begin) < time.Minute {
			t.Errorf("got %s %q, %v after %s", ended.Phase, ended.HoldUp, err, time.Since(begin))
		}
	})
}

// TestCancelAfterTheVerdict: the run is left as it is, and --force ends the Job that is held up.
func TestCancelAfterTheVerdict(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		b.HeldUp(v1alpha1.RunSucceeded)
		run, asked, err := b.Cancel(t.Context(), "r", control.CancelOptions{})
		if err != nil || asked || run.Phase != v1alpha1.RunSucceeded || run.HoldUp != holdUp || b.CallsFrom(1) != "" {
			t.Errorf("got %s %q, %v, %v; sent %s", run.Phase, run.HoldUp, asked, err, b.CallsFrom(1))
		}
		b.Cluster.OnPatch = func(job *batchv1.Job) {
			job.Status.Conditions = []batchv1.JobCondition{{Type: batchv1.JobFailed, Status: corev1.ConditionTrue, Reason: batchv1.JobReasonDeadlineExceeded}}
		}
		run, asked, err = b.Cancel(t.Context(), "r", control.CancelOptions{Force: true})
		if err != nil || asked || run.Phase != v1alpha1.RunSucceeded || run.HoldUp != "" {
			t.Errorf("by force: got %s %q, %v, %v", run.Phase, run.HoldUp, asked, err)
		}
		const want = `patch r {"metadata":{"uid":"uid-r"},"spec":{"activeDeadlineSeconds":1}}`
		if got := b.CallsFrom(1); !strings.HasPrefix(got, want) || strings.Contains(got, "annotations") {
			t.Errorf("sent %s", got)
		}
	})
}

func TestDeleteAfterTheVerdict(t *testing.T) {
	b := launchtest.Begun(t)
	b.HeldUp(v1alpha1.RunFailed)
	if alive, err := b.Controller().Delete(t.Context(), "r"); err != nil || alive || b.CallsFrom(1) != "delete r uid-r" {
		t.Errorf("got %v, %v; sent %s", alive, err, b.CallsFrom(1))
	}
}

// notStarted is the driver's container, which does not start.
func notStarted(reason, message string) corev1.ContainerStatus {
	return corev1.ContainerStatus{Name: v1alpha1.DriverContainer, Image: "driver:1", State: corev1.ContainerState{
		Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}}
}

// TestCancelWithoutADriver: a cancel that no driver carries out is reported with the reason and the way out, and the wait ends.
func TestCancelWithoutADriver(t *testing.T) {
	const why = `the driver's Pod driver-1 does not start: CreateContainerConfigError: secret "aws-credentials" not found`
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		b.DriverPod(notStarted("CreateContainerConfigError", `secret "aws-credentials" not found`))
		asked := time.Now().UTC().Format(time.RFC3339)
		want := "a cancel was asked for at " + asked + ", and no driver is at work to carry it out: " + why +
			"; to end the run without one: launcher cancel r --force -n ml"
		run, _, err := b.Cancel(t.Context(), "r", control.CancelOptions{})
		if err != nil || run.Message != want {
			t.Errorf("cancel says %q, %v\nwant %q", run.Message, err, want)
		}
		if run, _, err := b.Get(t.Context(), "r"); err != nil || run.Message != want {
			t.Errorf("get says %q, %v\nwant %q", run.Message, err, want)
		}
		begin := time.Now()
		_, err = b.WaitForCancel(t.Context(), "r")
		const gaveUp = `run "r" is not cancelled yet, because no driver has been at work for 20s: ` + why +
			`; the cancel stands until there is one; to end the run without one: launcher cancel r --force -n ml`
		if err == nil || err.Error() != gaveUp || client.ClassOf(err) != client.ClassCluster {
			t.Errorf("cancel --wait says %v\nwant %s", err, gaveUp)
		}
		if took := time.Since(begin); took < 20*time.Second || took > 30*time.Second {
			t.Errorf("cancel --wait gave up after %s", took)
		}
		if got := strings.Count(b.Err.String(), "note: "+want); got != 1 {
			t.Errorf("cancel --wait said it %d times:\n%s", got, b.Err)
		}
	})
}

// TestCancelWaitsForADriver that starts late, and for one that is at work, for as long as it takes.
func TestCancelWaitsForADriver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		b.DriverPod(notStarted("CreateContainerConfigError", "not yet"))
		launchtest.Script(
			func() { time.Sleep(15 * time.Second); b.DriverUp(); b.DriverPod(launchtest.DriverRunning) },
			func() { time.Sleep(time.Hour); b.End(v1alpha1.RunCancelled) },
		)
		if ended, err := b.WaitForCancel(t.Context(), "r"); err != nil || ended.Phase != v1alpha1.RunCancelled {
			t.Errorf("got %s, %v", ended.Phase, err)
		}
	})
}

// TestAbsentDriverImageIsToldOnce though the kubelet tells of the pull, and of the pause after it, by turns, and its words hold
// the port of each try.
func TestAbsentDriverImageIsToldOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		go func() {
			for i := range 20 {
				cause := fmt.Sprintf("dial tcp 10.0.0.1:443: read from 10.1.1.1:%d: i/o timeout", 40000+i)
				b.DriverPod(notStarted("ErrImagePull", cause))
				time.Sleep(3 * time.Second)
				b.DriverPod(notStarted("ImagePullBackOff", `Back-off pulling image "driver:1": ErrImagePull: `+cause))
				time.Sleep(3 * time.Second)
			}
			b.DriverPod(notStarted("ErrImagePull", "driver:1: not found"))
			time.Sleep(3 * time.Second)
			b.End(v1alpha1.RunFailed)
		}()
		if _, err := b.Wait(t.Context(), "r"); err != nil {
			t.Error(err)
		}
		lines := strings.Split(strings.TrimSpace(b.Err.String()), "\n")
		if len(lines) != 2 || !strings.Contains(lines[0], "i/o timeout") || !strings.Contains(lines[1], "not found") {
			t.Errorf("said\n%s", b.Err)
		}
	})
}
