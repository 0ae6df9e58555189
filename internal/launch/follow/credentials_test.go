package follow_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/launch/launchtest"
)

// TestCredentialsAreRenewed: a plugin that needs a moment for new ones, again and again, ends nothing.
func TestCredentialsAreRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		b.DriverUp()
		for i := range 10 {
			at := time.Duration(i+1) * time.Minute
			time.AfterFunc(at, func() { b.Refuse(true) })
			time.AfterFunc(at+15*time.Second, func() { b.Refuse(false) })
		}
		time.AfterFunc(12*time.Minute, func() { b.End(v1alpha1.RunSucceeded) })
		ended, err := b.Wait(t.Context(), "r")
		if err != nil || ended.Phase != v1alpha1.RunSucceeded {
			t.Errorf("got %v, %v", ended.Phase, err)
		}
	})
}

// TestCredentialsAndNoConnection: an API server that is away has refused nothing.
func TestCredentialsAndNoConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		b.DriverUp()
		b.Cluster.Change(func() {
			for _, method := range []string{"WatchJob", "WatchStepPods"} {
				b.Cluster.Fail[method] = &launchtest.Error{Kind: launchtest.Weather, Text: "connection refused"}
			}
		})
		time.AfterFunc(time.Second, func() {
			b.Cluster.Change(func() {
				b.Cluster.Fail["Job"] = &launchtest.Error{Kind: launchtest.Weather, Text: "connection refused"}
			})
		})
		if _, err := b.Wait(t.Context(), "r"); err == nil || strings.Contains(err.Error(), "credentials") {
			t.Errorf("got %v", err)
		}
	})
}

// TestWaitFor looks once, however short the time is.
func TestWaitFor(t *testing.T) {
	for _, tc := range []struct {
		name  string
		limit time.Duration
		phase v1alpha1.RunPhase // of the run; empty while it goes on
		after time.Duration
		class client.Class
		text  string
	}{
		{name: "none, succeeded", phase: v1alpha1.RunSucceeded},
		{name: "none, failed", phase: v1alpha1.RunFailed},
		{name: "a millisecond, cancelled", limit: time.Millisecond, phase: v1alpha1.RunCancelled},
		{name: "none, goes on", class: client.ClassTimeout, text: `run "r" has not ended; it goes on: launcher get r -n ml`},
		{name: "a millisecond, goes on", limit: time.Millisecond, class: client.ClassTimeout, text: `run "r" has not ended within 1ms; it goes on: launcher get r -n ml`},
		{name: "in time", limit: time.Minute, phase: v1alpha1.RunFailed, after: 30 * time.Second},
		{name: "too late", limit: time.Minute, phase: v1alpha1.RunFailed, after: 90 * time.Second, class: client.ClassTimeout,
			text: `run "r" has not ended within 1m0s; it goes on: launcher get r -n ml`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := launchtest.Begun(t)
				b.DriverUp()
				if tc.phase != "" && tc.after == 0 {
					b.End(tc.phase)
				} else if tc.phase != "" {
					time.AfterFunc(tc.after, func() { b.End(tc.phase) })
				}
				ended, err := b.Follower().WaitFor(t.Context(), "r", tc.limit)
				switch {
				case tc.text == "" && (err != nil || ended.Phase != tc.phase):
					t.Errorf("got %s, %v", ended.Phase, err)
				case tc.text != "" && (client.ClassOf(err) != tc.class || err == nil || err.Error() != tc.text):
					t.Errorf("got %v", err)
				}
			})
		})
	}
}
