package driver_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap/zapcore"

	"github.com/stepherd/stepherd/internal/driver"
	"github.com/stepherd/stepherd/internal/driver/drivertest"
	"github.com/stepherd/stepherd/internal/podspec"
)

// fails is a step that fails.
func fails(string, int) drivertest.Act { return drivertest.Act{Exit: 1} }

// TestOtherContainers: what the driver does about containers in its Pod that do not end.
func TestOtherContainers(t *testing.T) {
	const endPod = "driver: {endPod: true}"
	type row struct {
		name   string
		driver string
		others []string
		play   func(string, int) drivertest.Act
		// took, if any, is the URL that a container listens to; it ends after that time.
		took     string
		ends     time.Duration
		archived bool
		// breaks: with the container the way to the API server has gone.
		breaks bool

		code    int
		asked   []string
		looks   int // after the first
		deleted bool
		within  time.Duration // from the verdict to the end
		said    string
	}
	istio, linkerd := "http://127.0.0.1:15020/quitquitquit", "http://127.0.0.1:4191/shutdown"
	for _, r := range []row{
		{name: "alone", play: fails, code: podspec.ExitFailed},
		{name: "alone and Succeeded", code: podspec.ExitSucceeded},
		{
			name: "Succeeded is never deleted", driver: endPod, others: []string{"holder"}, code: podspec.ExitSucceeded,
			asked: []string{istio, linkerd}, looks: 10, within: 10 * time.Second, said: "other containers keep this pod, and the run's job, from ending",
		},
		{
			name: "Failed without a word", play: fails, others: []string{"holder"}, code: podspec.ExitFailed,
			asked: []string{istio, linkerd}, looks: 10, within: 10 * time.Second, said: "other containers keep this pod, and the run's job, from ending",
		},
		{
			name: "Failed with endPod", driver: endPod, play: fails, others: []string{"holder"}, code: podspec.ExitFailed, deleted: true,
			asked: []string{istio, linkerd}, looks: 10, within: 10 * time.Second, said: "it is deleted",
		},
		{
			name: "Failed with an archive", archived: true, play: fails, others: []string{"holder"}, code: podspec.ExitFailed, deleted: true,
			asked: []string{istio, linkerd}, looks: 10, within: 10 * time.Second, said: "it is deleted",
		},
		{
			name: "a proxy that ends", driver: endPod, play: fails, others: []string{"istio-proxy"}, took: istio, ends: 1500 * time.Millisecond,
			code: podspec.ExitFailed, asked: []string{istio, linkerd}, looks: 3, within: 2 * time.Second,
		},
		{
			name: "a proxy that takes the network along", driver: endPod, play: fails, others: []string{"istio-proxy"}, took: istio, breaks: true,
			code: podspec.ExitFailed, asked: []string{istio, linkerd}, looks: 1,
		},
		{
			name: "URLs of the user's", driver: `driver: {quit: ["http://127.0.0.1:9/x"]}`, others: []string{"holder"}, took: "http://127.0.0.1:9/x", ends: 500 * time.Millisecond,
			code: podspec.ExitSucceeded, asked: []string{"http://127.0.0.1:9/x"}, looks: 2, within: time.Second,
		},
		{
			name: "no URLs", driver: `driver: {quit: []}`, others: []string{"holder"}, code: podspec.ExitSucceeded, looks: 10, within: 10 * time.Second,
			said: "other containers keep this pod, and the run's job, from ending",
		},
	} {
		t.Run(r.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := drivertest.NewCluster()
				c.Play = r.play
				own := c.Own(r.others...)
				var asked []string
				gone := false
				c.Weather = func(call string) error {
					if gone && call == "own" {
						return errors.New("connection refused")
					}
					return nil
				}
				urls := make(chan string, 10)
				mod := func(config *driver.Config) {
					config.Own = own
					if r.archived {
						config.Archive = &shelf{has: map[string]*book{}}
					}
					config.Quit = func(_ context.Context, url string) error {
						urls <- url
						if url != r.took {
							return errors.New("connection refused")
						}
						if r.breaks {
							gone = true
						}
						time.AfterFunc(r.ends, func() { own.End(r.others[0]) })
						return nil
					}
				}
				run := drive(t, c, "d1", plan("a", slices.DeleteFunc([]string{r.driver}, func(s string) bool { return s == "" })...), mod)
				run.ends(r.code)
				left := time.Now()
				close(urls)
				for url := range urls {
					asked = append(asked, url)
				}
				slices.Sort(asked)
				equal(t, "asked", asked, r.asked)
				if got := len(c.Calls("own")) - 1; got != r.looks {
					t.Errorf("%d looks after the first, want %d", got, r.looks)
				}
				if own.Deleted() != r.deleted {
					t.Errorf("deleted: %v, want %v", own.Deleted(), r.deleted)
				}
				saves := c.Calls("save")
				if got := left.Sub(saves[len(saves)-1].At).Round(10 * time.Millisecond); got > r.within+200*time.Millisecond {
					t.Errorf("left %v after the last word of the record, want %v", got, r.within)
				}
				if got := run.said(zapcore.WarnLevel, "other containers"); (len(got) > 0) != (r.said != "") {
					t.Errorf("said %v, want %q", got, r.said)
				}
				if r.said != "" && len(run.said(zapcore.WarnLevel, r.said)) != 1 {
					t.Errorf("not said: %s", r.said)
				}
			})
		})
	}
}

// TestOtherContainersOfADriverThatGoes: without a verdict the other containers are asked to end, so that another driver can
// come, and nothing more is done.
func TestOtherContainersOfADriverThatGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		own := c.Own("holder")
		asked := make(chan string, 10)
		r := drive(t, c, "d1", plan("a", "driver: {endPod: true}"), func(config *driver.Config) {
			config.Own = own
			config.Quit = func(_ context.Context, url string) error { asked <- url; return errors.New("refused") }
		})
		time.Sleep(700 * time.Millisecond)
		r.stop()
		r.ends(podspec.ExitTerminated)
		if len(asked) != 2 || own.Deleted() || len(c.Calls("own")) != 1 {
			t.Errorf("asked %d, deleted %v, looked %d times", len(asked), own.Deleted(), len(c.Calls("own")))
		}
	})
}

// TestOtherContainersOfARefusedPlan: an invalid plan's word on endPod is not known.
func TestOtherContainersOfARefusedPlan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		own := c.Own("holder")
		asked := make(chan string, 10)
		r := drive(t, c, "d1", []byte("driver: {endPod: true}"), func(config *driver.Config) {
			config.Own = own
			config.Quit = func(_ context.Context, url string) error { asked <- url; own.End("holder"); return nil }
		})
		r.ends(podspec.ExitInvalidPlan)
		if len(asked) != 2 || own.Deleted() {
			t.Errorf("asked %d, deleted %v", len(asked), own.Deleted())
		}
	})
}

// TestPlanForANewerDriver: what a driver says of a plan that it does not understand.
func TestPlanForANewerDriver(t *testing.T) {
	known, unknown := plan("a"), plan("a", "ttll: 1h", "driver: {weather: fine}")
	for _, row := range []struct {
		name, version, needs string
		plan                 []byte
		code                 int
		says                 string
	}{
		{"a key of a newer version", "v0.1.0", "v0.2.0", unknown, podspec.ExitInvalidPlan, "plan keys ttll, driver.weather are unknown to driver v0.1.0; it needs driver v0.2.0 or later: set driver.image"},
		{"all keys known", "v0.1.0", "v0.2.0", known, podspec.ExitInvalidPlan, "the plan needs driver v0.2.0 or later, and this is driver v0.1.0: set driver.image"},
		{"a key that nobody knows", "v0.2.0", "v0.2.0", unknown, podspec.ExitInvalidPlan, "plan keys ttll, driver.weather are unknown to driver v0.2.0: correct the pipeline, or set driver.image to a driver that knows it"},
		{"a plan written by hand", "v0.1.0", "", unknown, podspec.ExitInvalidPlan, "plan keys ttll, driver.weather are unknown to driver v0.1.0: correct the pipeline, or set driver.image to a driver that knows it"},
		{"a build of that version", "v0.2.0-rc.1", "v0.2.0", known, podspec.ExitSucceeded, ""},
		{"a version that is none", "dev", "v0.2.0", known, podspec.ExitSucceeded, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := drivertest.NewCluster()
				r := drive(t, c, "d1", row.plan, func(config *driver.Config) { config.Version, config.MinDriver = row.version, row.needs })
				r.ends(row.code)
				if got := c.Kept().Head.Message; !strings.Contains(got, row.says) || row.says == "" && got != "" {
					t.Errorf("the record says %q, want %q", got, row.says)
				}
			})
		})
	}
}
