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

func sideGrace(d time.Duration) *v1alpha1.SideContainers {
	return &v1alpha1.SideContainers{Grace: duration(d)}
}

func TestStepDeadline(t *testing.T) {
	const (
		week   = 7 * 24 * 60 * 60
		plain  = `{"initContainers":[{"name":"fetch","image":"i"}]}`
		native = `{"initContainers":[{"name":"mesh","image":"i","restartPolicy":"Always"}]}`
		mixed  = `{"initContainers":[{"name":"mesh","image":"i","restartPolicy":"Always"},{"name":"fetch","image":"i"}]}`
	)
	phases := func(init time.Duration, podSettings string) v1alpha1.Settings {
		s := v1alpha1.Settings{Timeout: duration(time.Hour), PodSettings: v1alpha1.PodSettings(podSettings)}
		if init > 0 {
			s.InitTimeout = duration(init)
		}
		return s
	}
	longest := phases(8760*time.Hour, `{"terminationGracePeriodSeconds":9223372036854775807,"initContainers":[{"name":"fetch","image":"i"}]}`)
	longest.Timeout, longest.StartTimeout = duration(8760*time.Hour), duration(8760*time.Hour)
	for _, row := range []struct {
		name     string
		settings v1alpha1.Settings
		want     int64
	}{
		{"no timeout", v1alpha1.Settings{}, week},
		{"only a start timeout", v1alpha1.Settings{StartTimeout: duration(time.Hour)}, week},
		{"only a queue timeout, which the deadline does not count", v1alpha1.Settings{QueueTimeout: duration(time.Hour)}, week},
		{"a timeout, with the start's default", v1alpha1.Settings{Timeout: duration(time.Hour)}, 3600 + 900 + 60 + 30},
		{"both", v1alpha1.Settings{Timeout: duration(time.Hour), StartTimeout: duration(30 * time.Second)}, 3600 + 30 + 60 + 30},
		{"a long grace of side containers", v1alpha1.Settings{Timeout: duration(time.Hour), SideContainers: sideGrace(5 * time.Minute)}, 3600 + 900 + 60 + 30 + 290},
		{"a short grace of side containers", v1alpha1.Settings{Timeout: duration(time.Hour), SideContainers: sideGrace(0)}, 3600 + 900 + 60 + 30},
		{"parts of seconds", v1alpha1.Settings{Timeout: duration(time.Millisecond), StartTimeout: duration(time.Second)}, 62 + 30},
		{"longer than the backstop", v1alpha1.Settings{Timeout: duration(30 * 24 * time.Hour)}, 30*24*3600 + 900 + 60 + 30},
		{"init containers without a bound", phases(0, plain), week},
		{"init containers with a bound", phases(time.Minute, plain), 3600 + 900 + 60 + 60 + 30},
		{"a bound for init containers that a webhook may add", phases(time.Minute, `{}`), 3600 + 900 + 60 + 60 + 30},
		{"a native side container", phases(0, native), 3600 + 900 + 60 + 30},
		{"a native side container beside an init container", phases(0, mixed), week},
		{"init containers with a bound, but no timeout", v1alpha1.Settings{InitTimeout: duration(time.Minute), PodSettings: v1alpha1.PodSettings(plain)}, week},
		{"a longer grace", phases(0, `{"terminationGracePeriodSeconds":600}`), 3600 + 900 + 60 + 600},
		{"no grace", phases(0, `{"terminationGracePeriodSeconds":0}`), 3600 + 900 + 60},
		{"a grace without end", phases(0, `{"terminationGracePeriodSeconds":9223372036854775807}`), 3600 + 900 + 60 + 365*24*3600},
		{"the longest", longest, 4*8760*3600 + 60},
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
		{"a step's grace of side containers", duration(time.Hour), ``, []v1alpha1.Step{plain, {Name: "sides", Settings: v1alpha1.Settings{SideContainers: sideGrace(5 * time.Minute)}}}, `4220`},
		{"no grace", duration(time.Hour), ``, []v1alpha1.Step{graceful("0")}, `3900`},
		{"the pipeline's grace", duration(time.Hour), `{"terminationGracePeriodSeconds":120}`, []v1alpha1.Step{plain, graceful("1")}, `4020`},
		{"a step's over the pipeline's", duration(time.Hour), `{"terminationGracePeriodSeconds":120}`, []v1alpha1.Step{graceful("1")}, `3901`},
		{"the pipeline's taken back", duration(time.Hour), `{"terminationGracePeriodSeconds":120}`, []v1alpha1.Step{graceful("null")}, `3930`},
		{"parts of seconds", duration(time.Nanosecond), ``, []v1alpha1.Step{graceful("0")}, `301`},
		{"both without end", duration(time.Hour), ``, []v1alpha1.Step{graceful("9223372036854775807"), {Name: "sides", Settings: v1alpha1.Settings{SideContainers: sideGrace(8760 * time.Hour)}}}, `31539900`},
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

// TestRunDeadlineOfFinally: the run's timeout, what its Pods take to end, finallyTimeout, and what the Pods under finally take.
func TestRunDeadlineOfFinally(t *testing.T) {
	finally := []v1alpha1.Step{{Name: "tidy", Settings: podSettings(`{"terminationGracePeriodSeconds":100}`)}}
	for _, row := range []struct {
		name           string
		timeout, limit *v1alpha1.Duration
		finally        []v1alpha1.Step
		want           string
	}{
		{"no timeout of the run", nil, duration(time.Minute), finally, `null`},
		{"no finally", duration(time.Hour), duration(time.Minute), nil, `3930`},
		{"the default", duration(time.Hour), nil, finally, `4700`},
		{"its own", duration(time.Hour), duration(time.Minute), finally, `4160`},
	} {
		t.Run(row.name, func(t *testing.T) {
			p := onePipeline(v1alpha1.Settings{})
			p.Timeout, p.FinallyTimeout, p.Finally = row.timeout, row.limit, row.finally
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
