package runlogs

import (
	"fmt"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/status"
)

func second(n int) *metav1.Time {
	t := metav1.NewTime(time.Unix(int64(1000+n), 0))
	return &t
}

// TestPick: which logs are wanted of a run with a step of three attempts, the Pod of the first gone and that of the last not
// begun, one of a Pod with containers beside main, one whose init container runs, and one that waits.
func TestPick(t *testing.T) {
	of := func(pod string, number int, began bool) v1alpha1.AttemptStatus {
		a := v1alpha1.AttemptStatus{Pod: pod, Number: number}
		if began {
			a.StartedAt = second(10)
		}
		return a
	}
	other := func(name string, at int) v1alpha1.OtherContainer {
		return v1alpha1.OtherContainer{Name: name, StartedAt: second(at)}
	}
	run := v1alpha1.Run{Steps: []v1alpha1.StepStatus{
		{Name: "a", Attempts: []v1alpha1.AttemptStatus{of("a1", 1, true), of("a2", 2, true), of("a3", 3, false)}},
		{Name: "b", Attempts: []v1alpha1.AttemptStatus{of("b1", 1, true)}},
		{Name: "c", Attempts: []v1alpha1.AttemptStatus{of("c1", 1, false)}},
		{Name: "d"},
	}}
	there := map[string]v1alpha1.AttemptStatus{"a2": of("a2", 2, true), "a3": of("a3", 3, false), "b1": of("b1", 1, true), "c1": of("c1", 1, false)}
	b1, c1 := there["b1"], there["c1"]
	b1.Others = []v1alpha1.OtherContainer{other("init", 1), other("mesh", 10), other("late", 11)}
	c1.Others = []v1alpha1.OtherContainer{other("init", 1)}
	there["b1"], there["c1"] = b1, c1
	for _, tc := range []struct {
		name string
		q    Query
		want string
	}{
		{"everything", Query{}, "a#2/main b/init b/mesh b/main b/late c/init"},
		{"all attempts", Query{AllAttempts: true}, "a/*driver a#2/main b/init b/mesh b/main b/late c/init"},
		{"one attempt", Query{Attempt: 1}, "a/*driver b/init b/mesh b/main b/late c/init"},
		{"a step", Query{Step: "b"}, "b/main"},
		{"an attempt of a step", Query{Step: "a", Attempt: 1}, "a/maindriver"},
		{"an attempt that has not begun", Query{Step: "a", Attempt: 3}, ""},
		{"a container of a step", Query{Step: "b", Container: "mesh"}, "b/mesh"},
		{"a container of all steps", Query{Container: "init"}, "b/init c/init"},
		{"a step that waits for its main", Query{Step: "c"}, ""},
		{"a step that waits", Query{Step: "d"}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var got []string
			for _, p := range pick(run, there, &tc.q, stores{driver: &driverLog{}}) {
				name := status.Title(p.Step, p.Attempt) + "/" + p.Container
				if p.Container == "" {
					name += "*"
				}
				got = append(got, name+map[location]string{fromPod: "", fromDriver: "driver"}[p.from])
			}
			if fmt.Sprint(strings.Join(got, " ")) != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
