package driver_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/driver/drivertest"
	"github.com/stepherd/stepherd/internal/podspec"
)

const valuesHead = "apiVersion: stepherd.dev/v1alpha1\nkind: Pipeline\nmetadata: {name: test}\n"

// handsOn is a pipeline in which a result goes from step to step, and one into finally.
const handsOn = valuesHead + `
settings: {image: img, env: [{name: WHO, value: "${{ run.name }} at ${{ run.scheduledAt }}"}]}
steps:
  - {name: plan, results: [{name: best, type: integer}, {name: text, type: string}]}
  - {name: train, needs: [plan], command: [train, "${{ steps.plan.results.best }}"], args: ["-${{ steps.plan.results.text }}-"]}
finally:
  - {name: tidy, args: ["${{ run.phase }}", "${{ steps.plan.results.best }}", "${{ steps.train.phase }}"]}
`

// playOutput lets steps of those names write results.
func playOutput(outputs map[string]string) func(string, int) drivertest.Act {
	return func(step string, _ int) drivertest.Act { return drivertest.Act{Output: outputs[step]} }
}

// scheduled is a cluster in which a CronJob started the run.
func scheduled() *drivertest.Cluster {
	c := drivertest.NewCluster()
	c.ScheduledAt("2031-01-02T03:04:05Z")
	return c
}

func words(c corev1.Container) string {
	all := slices.Concat(c.Command, c.Args)
	for _, v := range c.Env {
		if !strings.HasPrefix(v.Name, "STEPHERD_") {
			all = append(all, v.Name+"="+v.Value)
		}
	}
	return strings.Join(all, " ")
}

func TestResultsAreHandedOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := scheduled()
		c.Play = playOutput(map[string]string{"plan": `{"best": 3, "text": "$(HOME)"}`})
		r := drive(t, c, "d1", []byte(handsOn))
		r.ends(podspec.ExitSucceeded)
		const who = " WHO=r at 2031-01-02T03:04:05Z"
		for attempt, want := range map[string]string{"train#1": "train 3 -$$(HOME)-" + who, "tidy#1": "Succeeded 3 Succeeded" + who} {
			if got := words(c.Main(attempt)); got != want {
				t.Errorf("%s has %q, want %q", attempt, got, want)
			}
		}
		kept := c.Kept()
		if got := kept.Steps[0].Results; string(got["best"]) != "3" || string(got["text"]) != `"$(HOME)"` || !kept.Head.HasResults {
			t.Errorf("the record has the results %s, its head %+v", got, kept.Head)
		}
		if v := kept.Head.Provisional; v == nil || v.Phase != v1alpha1.RunSucceeded || kept.Head.FinallyStartedAt == nil {
			t.Errorf("the provisional verdict is %+v", v)
		}
		// What no Pod proves is in the record before a Pod follows from it.
		calls := r.at("save", "create")
		index := func(what string) int {
			return slices.IndexFunc(calls, func(call string) bool { return strings.HasSuffix(call, what) })
		}
		for _, create := range []string{"create train#1", "create tidy#1"} {
			if i := index(create); i < 1 || !strings.Contains(calls[i-1], "save") {
				t.Errorf("before %s came %q", create, calls)
			}
		}
	})
}

// TestResultsOutliveTheirDriver: the next driver has the results from the record alone.
func TestResultsOutliveTheirDriver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := scheduled()
		c.Play = func(step string, _ int) drivertest.Act {
			act := drivertest.Act{Output: `{"best": 3, "text": "a"}`}
			if step == "train" {
				act.RunsFor = time.Hour
			}
			return act
		}
		d1 := drive(t, c, "d1", []byte(handsOn))
		time.Sleep(time.Minute)
		d1.stop()
		d1.ends(podspec.ExitTerminated)
		for _, pod := range c.Live() {
			if strings.Contains(pod, "plan") {
				c.Remove(pod)
			}
		}
		drive(t, c, "d2", []byte(handsOn)).ends(podspec.ExitSucceeded)
		if got := words(c.Main("tidy#1")); !strings.HasPrefix(got, "Succeeded 3 Succeeded") {
			t.Errorf("tidy has %q", got)
		}
	})
}

func TestInvalidResult(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := scheduled()
		c.Play = playOutput(map[string]string{"plan": `{"best": "x"}`})
		drive(t, c, "d1", []byte(strings.Replace(handsOn, "settings: {", "settings: {retry: {limit: 3}, ", 1))).ends(podspec.ExitFailed)
		s := c.Kept().Steps[0]
		if s.Reason != v1alpha1.ReasonInvalidResult || !strings.Contains(s.Message, `the result "best" is the string "x", not an integer`) || len(s.Attempts) != 1 {
			t.Errorf("got %+v", s)
		}
		// finally used a result that there is not.
		if s := c.Kept().Steps[2]; s.Reason != v1alpha1.ReasonInvalidExpression || !strings.Contains(s.Message, "args[1]: ") || len(c.Calls("create")) != 1 {
			t.Errorf("got %+v", s)
		}
	})
}

// TestSecondCancel: the first lets finally run, the second stops it.
func TestSecondCancel(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(string, int) drivertest.Act { return drivertest.Act{Never: true} }
		const plan = valuesHead + "settings: {image: img}\nsteps: [{name: a}]\nfinally: [{name: tidy}]\n"
		r := drive(t, c, "d1", []byte(plan))
		time.Sleep(10 * time.Second)
		c.Cancel(nil)
		time.Sleep(10 * time.Second)
		if live := c.Live(); len(live) != 1 || !strings.Contains(live[0], "tidy") {
			t.Fatalf("%v live after the first cancel", live)
		}
		grace := 5 * time.Second
		c.CancelFinally(&grace)
		r.ends(podspec.ExitCancelled)
		equal(t, "record", phases(c.Kept()), []string{"a=Cancelled/Cancelled", "tidy=Cancelled/Cancelled"})
		deletes := c.Calls("delete")
		if len(deletes) != 2 || !strings.HasSuffix(deletes[1].What, "within 5s") {
			t.Errorf("deletes: %+v", deletes)
		}
		if got := r.said(zap.InfoLevel, "event"); !slices.ContainsFunc(got, func(m map[string]any) bool { return m["finally"] == true }) {
			t.Error("the transcript does not tell of the second cancel")
		}
	})
}

// TestSecondCancelWhileNoDriverRuns: the next driver finds it on the Job, with its grace.
func TestSecondCancelWhileNoDriverRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := drivertest.NewCluster()
		c.Play = func(step string, _ int) drivertest.Act { return drivertest.Act{Never: step == "tidy"} }
		const plan = valuesHead + "settings: {image: img}\nsteps: [{name: a}]\nfinally: [{name: tidy}]\n"
		d1 := drive(t, c, "d1", []byte(plan))
		time.Sleep(10 * time.Second)
		d1.stop()
		d1.ends(podspec.ExitTerminated)
		grace := 5 * time.Second
		c.CancelFinally(&grace)
		drive(t, c, "d2", []byte(plan)).ends(podspec.ExitCancelled)
		if deletes := c.Calls("delete"); len(deletes) == 0 || !strings.HasSuffix(deletes[len(deletes)-1].What, "within 5s") {
			t.Errorf("deletes: %+v", deletes)
		}
	})
}
