package control_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/control"
	"github.com/stepherd/stepherd/internal/launch/launchtest"
)

func TestCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := launchtest.Begun(t)
		mark := `patch r {"metadata":{"annotations":{"stepherd.dev/cancel":"` + time.Now().UTC().Format(time.RFC3339) + `"},"uid":"uid-r"}}`
		run, asked, err := b.Cancel(t.Context(), "r", control.CancelOptions{})
		if err != nil || !asked || run.Phase != v1alpha1.RunPending {
			t.Errorf("got %s, %v, %v", run.Phase, asked, err)
		}
		time.Sleep(time.Minute)
		if _, asked, err := b.Cancel(t.Context(), "r", control.CancelOptions{}); err != nil || !asked {
			t.Errorf("again: got %v, %v", asked, err)
		}
		if got := b.CallsFrom(1); got != mark {
			t.Errorf("two cancels sent\n%s\nwant\n%s", got, mark)
		}
	})
}

// TestGrace: the grace goes with the mark, and later only ever becomes shorter.
func TestGrace(t *testing.T) {
	for _, tc := range []struct {
		name   string
		graces []time.Duration // of the cancels, in order; negative for none
		want   []string        // what each patch sets: mark, grace
		note   string
	}{
		{"none", []time.Duration{-1, -1}, []string{"mark"}, ""},
		{"at once", []time.Duration{90 * time.Second}, []string{"mark 1m30s"}, ""},
		{"zero is a grace", []time.Duration{0}, []string{"mark 0s"}, ""},
		{"later", []time.Duration{-1, 10 * time.Minute}, []string{"mark", "10m"}, ""},
		{"shorter", []time.Duration{2 * time.Hour, 10 * time.Second}, []string{"mark 2h", "10s"}, ""},
		{"the same", []time.Duration{10 * time.Second, 10 * time.Second}, []string{"mark 10s"}, ""},
		{"none is no other", []time.Duration{10 * time.Second, -1}, []string{"mark 10s"}, ""},
		{"longer", []time.Duration{10 * time.Second, time.Minute, 5 * time.Second}, []string{"mark 10s", "5s"},
			"note: run \"r\" is being cancelled with a grace of 10s already; a longer one changes nothing\n"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := launchtest.Begun(t)
			for _, grace := range tc.graces {
				o := control.CancelOptions{Grace: &grace}
				if grace < 0 {
					o.Grace = nil
				}
				if _, asked, err := b.Cancel(t.Context(), "r", o); err != nil || !asked {
					t.Errorf("got %v, %v", asked, err)
				}
			}
			if got := marks(t, b.Cluster.Calls()[1:]); !slices.Equal(got, tc.want) {
				t.Errorf("sent %q, want %q", got, tc.want)
			}
			if got := b.Err.String(); got != tc.note {
				t.Errorf("said %q, want %q", got, tc.note)
			}
		})
	}
}

// marks are what patches of the Job set, in short.
func marks(t *testing.T, calls []string) []string {
	t.Helper()
	var out []string
	for _, call := range calls {
		var patch struct {
			Metadata struct {
				UID         string
				Annotations map[string]string
			}
		}
		if err := json.Unmarshal([]byte(strings.TrimPrefix(call, "patch r ")), &patch); err != nil || patch.Metadata.UID != launchtest.UID {
			t.Errorf("sent %s: %v", call, err)
		}
		var set []string
		if patch.Metadata.Annotations["stepherd.dev/cancel"] != "" {
			set = append(set, "mark")
		}
		if grace := patch.Metadata.Annotations["stepherd.dev/cancel-grace"]; grace != "" {
			set = append(set, grace)
		}
		out = append(out, strings.Join(set, " "))
	}
	return out
}

// TestForeignGrace: what cannot be read is no grace, nor is one without a mark, and both are written over.
func TestForeignGrace(t *testing.T) {
	for text, mark := range map[string]string{"soon": "2026-03-01T12:01:00Z", "-5s": "2026-03-01T12:01:00Z", "": "2026-03-01T12:01:00Z", "5s": ""} {
		b := launchtest.Begun(t)
		b.Cluster.JobsByName["r"].Annotations = map[string]string{v1alpha1.AnnotationCancel: mark, v1alpha1.AnnotationCancelGrace: text}
		hour := time.Hour
		_, _, err := b.Cancel(t.Context(), "r", control.CancelOptions{Grace: &hour})
		if got := b.Cluster.JobsByName["r"].Annotations[v1alpha1.AnnotationCancelGrace]; err != nil || got != "1h" {
			t.Errorf("%q became %q, %v", text, got, err)
		}
	}
}

func TestCancelAfterTheEnd(t *testing.T) {
	b := launchtest.Begun(t)
	b.End(v1alpha1.RunFailed)
	soon := time.Second
	run, asked, err := b.Cancel(t.Context(), "r", control.CancelOptions{Grace: &soon})
	if err != nil || asked || run.Phase != v1alpha1.RunFailed {
		t.Errorf("got %s, %v, %v", run.Phase, asked, err)
	}
	if got := b.CallsFrom(1); got != "" {
		t.Errorf("a run that has ended was changed: %s", got)
	}
}

func TestDelete(t *testing.T) {
	b := launchtest.Begun(t)
	alive, err := b.Controller().Delete(t.Context(), "r")
	if err != nil || !alive || b.CallsFrom(1) != "delete r uid-r" {
		t.Errorf("got %v, %v; sent %s", alive, err, b.CallsFrom(1))
	}
	if _, err := b.Controller().Delete(t.Context(), "r"); err == nil || err.Error() != `there is no run "r" in namespace "ml"; see: launcher list -n ml` {
		t.Errorf("got %v", err)
	}
}

// TestForeignJob: a Job that is no run must not be touched.
func TestForeignJob(t *testing.T) {
	b := launchtest.NewBench()
	b.Cluster.JobsByName["backup"] = &batchv1.Job{}
	const want = `job "backup" in namespace "ml" is not a run of stepherd; see: launcher list -n ml`
	_, _, getErr := b.Get(t.Context(), "backup")
	_, _, cancelErr := b.Cancel(t.Context(), "backup", control.CancelOptions{Force: true})
	_, recoverErr := b.Controller().Recover(t.Context(), "backup")
	_, deleteErr := b.Controller().Delete(t.Context(), "backup")
	_, waitErr := b.Wait(t.Context(), "backup")
	for verb, err := range map[string]error{"get": getErr, "cancel": cancelErr, "recover": recoverErr, "delete": deleteErr, "wait": waitErr} {
		if err == nil || err.Error() != want {
			t.Errorf("%s: got %v", verb, err)
		}
	}
	if calls := b.Cluster.Calls(); len(calls) > 0 {
		t.Errorf("sent %q", calls)
	}
}

// TestSecondCancel: while the steps under finally run, a cancel sets a mark of its own, with a grace that only shortens, and says so.
func TestSecondCancel(t *testing.T) {
	b := launchtest.Begun(t)
	b.DriverUp()
	head := &b.Cluster.RecordOf[launchtest.UID].Head
	head.Provisional, head.FinallyStartedAt = &record.Verdict{Phase: v1alpha1.RunFailed}, launchtest.In(-time.Second)
	minute, hour := time.Minute, time.Hour
	for _, grace := range []*time.Duration{&minute, &hour} {
		if _, asked, err := b.Cancel(t.Context(), "r", control.CancelOptions{Grace: grace}); err != nil || !asked {
			t.Errorf("got %v, %v", asked, err)
		}
	}
	annotations := b.Cluster.JobsByName["r"].Annotations
	if annotations[v1alpha1.AnnotationCancelFinally] == "" || annotations[v1alpha1.AnnotationCancelFinallyGrace] != "1m" || annotations[v1alpha1.AnnotationCancel] != "" {
		t.Errorf("the Job has %v", annotations)
	}
	for _, want := range []string{
		`note: run "r" has begun its steps under finally; this cancel stops them`,
		`note: run "r" is being cancelled with a grace of 1m already; a longer one changes nothing`,
	} {
		if !strings.Contains(b.Err.String(), want) {
			t.Errorf("said %q, not %q", b.Err, want)
		}
	}
	run, _, err := b.Get(t.Context(), "r")
	if err != nil || !strings.Contains(run.Message, "a cancel of the steps under finally was asked for at ") {
		t.Errorf("get: %q, %v", run.Message, err)
	}
}
