package podspec

import (
	"testing"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

func duration(d time.Duration) *v1alpha1.Duration {
	own := v1alpha1.Duration(d)
	return &own
}

func TestStepDeadline(t *testing.T) {
	const week = 7 * 24 * 60 * 60
	for _, row := range []struct {
		name     string
		settings v1alpha1.Settings
		want     int64
	}{
		{"no timeout", v1alpha1.Settings{}, week},
		{"only a start timeout", v1alpha1.Settings{StartTimeout: duration(time.Hour)}, week},
		{"only a queue timeout, which the deadline does not count", v1alpha1.Settings{QueueTimeout: duration(time.Hour)}, week},
		{"a timeout, with the start's default", v1alpha1.Settings{Timeout: duration(time.Hour)}, 3600 + 900 + 60},
		{"both", v1alpha1.Settings{Timeout: duration(time.Hour), StartTimeout: duration(30 * time.Second)}, 3600 + 30 + 60},
		{"parts of seconds", v1alpha1.Settings{Timeout: duration(time.Millisecond), StartTimeout: duration(time.Second)}, 62},
		{"longer than the backstop", v1alpha1.Settings{Timeout: duration(30 * 24 * time.Hour)}, 30*24*3600 + 900 + 60},
		{"the longest", v1alpha1.Settings{Timeout: duration(8760 * time.Hour), StartTimeout: duration(8760 * time.Hour)}, 2*8760*3600 + 60},
	} {
		t.Run(row.name, func(t *testing.T) {
			got := mustStepPod(t, row.settings).Spec.ActiveDeadlineSeconds
			if got == nil || *got != row.want || *got > 1<<31-1 {
				t.Errorf("got %s, want %d", toJSON(got), row.want)
			}
		})
	}
}

func TestRunDeadline(t *testing.T) {
	graceful := func(text string) v1alpha1.Step {
		return v1alpha1.Step{Name: "s" + text, Settings: podSettings(`{"terminationGracePeriodSeconds":` + text + `}`)}
	}
	plain := v1alpha1.Step{Name: "plain"}
	for _, row := range []struct {
		name     string
		timeout  *v1alpha1.Duration
		pipeline string
		steps    []v1alpha1.Step
		want     string
	}{
		{"no timeout", nil, ``, []v1alpha1.Step{graceful("600")}, `null`},
		{"the default grace", duration(time.Hour), ``, []v1alpha1.Step{plain}, `3930`},
		{"a step's grace", duration(time.Hour), ``, []v1alpha1.Step{plain, graceful("600"), graceful("60")}, `4500`},
		{"no grace", duration(time.Hour), ``, []v1alpha1.Step{graceful("0")}, `3900`},
		{"the pipeline's grace", duration(time.Hour), `{"terminationGracePeriodSeconds":120}`, []v1alpha1.Step{plain, graceful("1")}, `4020`},
		{"a step's over the pipeline's", duration(time.Hour), `{"terminationGracePeriodSeconds":120}`, []v1alpha1.Step{graceful("1")}, `3901`},
		{"the pipeline's taken back", duration(time.Hour), `{"terminationGracePeriodSeconds":120}`, []v1alpha1.Step{graceful("null")}, `3930`},
		{"parts of seconds", duration(time.Nanosecond), ``, []v1alpha1.Step{graceful("0")}, `301`},
		{"a grace without end", duration(time.Hour), ``, []v1alpha1.Step{graceful("9223372036854775807")}, `31539900`},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := onePipeline(v1alpha1.Settings{})
			p.Timeout, p.Settings, p.Steps = row.timeout, podSettings(row.pipeline), row.steps
			job, err := DriverJob(p, JobOptions{DriverImage: goldenImage})
			if err != nil {
				t.Fatal(err)
			}
			if got := toJSON(job.Spec.ActiveDeadlineSeconds); got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}
