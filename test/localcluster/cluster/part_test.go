package cluster

import (
	"context"
	"errors"
	"os"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stepherd/stepherd/test/localcluster/ns"
	"github.com/stepherd/stepherd/test/localcluster/plan"
)

// verdict is what the commands on a node have to say before they do anything: "" = do it.
type verdict struct{ stop, start, cut, join, restart string }

func verdictOn(s nodeState) verdict {
	text := func(said string, err error) string {
		if err != nil {
			return "error: " + err.Error()
		}
		return said
	}
	v := verdict{stop: s.nothingToStop(), start: s.nothingToStart(), restart: text("", s.refuseStopped("it has no kubelet"))}
	v.cut, v.join = text(s.nothingToCut()), text(s.nothingToJoin())
	return v
}

func TestWhatThereIsToDo(t *testing.T) {
	all := []string{"containerd-node-2", "kubelet-node-2", "kube-proxy-node-2"}
	noLink := "error: node-2 of cluster \"chaos\" is stopped, so there is no link to "
	refused := ": run localcluster node start node-2 --name chaos first"
	noKubelet := "error: node-2 of cluster \"chaos\" is stopped, so it has no kubelet" + refused
	tests := []struct {
		name  string
		state nodeState
		want  verdict
	}{
		{"all runs", nodeState{cable: ns.CableJoined, running: all},
			verdict{start: "node-2 runs already", join: "node-2 was on the network already"}},
		{"the kubelet crashed", nodeState{cable: ns.CableJoined, running: all[:1], missing: all[1:]},
			verdict{join: "node-2 was on the network already"}},
		{"cut off", nodeState{cable: ns.CableCut, running: all},
			verdict{start: "node-2 runs already, but it is cut off: run localcluster node join node-2 --name chaos", cut: "node-2 was cut off already"}},
		{"cut off, and the kubelet crashed", nodeState{cable: ns.CableCut, running: all[:1], missing: all[1:]},
			verdict{cut: "node-2 was cut off already"}},
		{"stopped", nodeState{stopped: true, missing: all},
			verdict{stop: "node-2 was stopped already", cut: noLink + "cut" + refused, join: noLink + "join" + refused, restart: noKubelet}},
		{"a stop was killed while it ended processes", nodeState{stopped: true, running: all[:2], missing: all[2:]},
			verdict{cut: noLink + "cut" + refused, join: noLink + "join" + refused, restart: noKubelet}},
		{"a stop was killed after its mark", nodeState{stopped: true, cable: ns.CableJoined, running: all},
			verdict{cut: noLink + "cut" + refused, join: noLink + "join" + refused, restart: noKubelet}},
		{"never made", nodeState{missing: all},
			verdict{cut: noLink + "cut" + refused, join: noLink + "join" + refused, restart: noKubelet}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.state.Node, tt.state.of = plan.Node{Number: 2, Name: "node-2"}, plan.Instance{Name: "chaos"}
			if got := verdictOn(tt.state); got != tt.want {
				t.Errorf("got  %+v\nwant %+v", got, tt.want)
			}
		})
	}
}

func TestAway(t *testing.T) {
	tests := []struct {
		name       string
		state      nodeState
		apiStopped bool
		want       string
	}{
		{"all runs", nodeState{cable: ns.CableJoined}, false, ""},
		{"stopped", nodeState{stopped: true}, false, "stopped\tlocalcluster node start node-2 brings it back"},
		{"cut off", nodeState{cable: ns.CableCut}, false, "cut off\tlocalcluster node join node-2 puts it back"},
		{"the API server is stopped", nodeState{cable: ns.CableJoined}, true, "not known\tlocalcluster apiserver start starts the API server again"},
		{"stopped, and the API server, too", nodeState{stopped: true}, true, "stopped\tlocalcluster node start node-2 brings it back"},
		{"a link that is not there is a crash", nodeState{}, false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.state.Node, tt.state.of = plan.Node{Number: 2, Name: "node-2"}, plan.Instance{Name: "dev"}
			if got := tt.state.away(tt.apiStopped); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestStoppedProcesses(t *testing.T) {
	nodes := []nodeState{
		{stopped: true, running: []string{"kubelet-node-1"}, missing: []string{"kube-proxy-node-1"}},
		{missing: []string{"kubelet-node-2"}},
	}
	want := map[string]bool{"kube-apiserver": true, "kube-controller-manager": true, "kube-scheduler": true, "kubelet-node-1": true, "kube-proxy-node-1": true, "kubelet-node-2": false}
	if got := stoppedProcesses(true, nodes); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if stoppedProcesses(false, nil)["kube-apiserver"] {
		t.Error("an API server that nobody stopped counts as stopped")
	}
}

func TestWhileHope(t *testing.T) {
	why := errors.New("it was stopped")
	after := func(d time.Duration) func() error {
		begin := time.Now()
		return func() error {
			if time.Since(begin) >= d {
				return why
			}
			return nil
		}
	}
	waitFor := func(d time.Duration, end error) func(context.Context) error {
		return func(ctx context.Context) error {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(d):
				return end
			}
		}
	}
	other := errors.New("refused")
	tests := []struct {
		name       string
		lost, wait time.Duration
		end, want  error
		took       time.Duration
	}{
		{"it comes", time.Hour, time.Second, nil, nil, time.Second},
		{"it fails by itself", time.Hour, time.Second, other, other, time.Second},
		{"it becomes vain", 10 * time.Second, time.Hour, nil, why, 10 * time.Second},
		{"it was vain from the beginning", 0, time.Hour, nil, why, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				err := whileHope(after(tt.lost), waitFor(tt.wait, tt.end))(t.Context())
				if !errors.Is(err, tt.want) || (err == nil) != (tt.want == nil) {
					t.Errorf("got %v, want %v", err, tt.want)
				}
				if took := time.Since(begin); took < tt.took || took > tt.took+time.Second {
					t.Errorf("it took %v, want %v", took, tt.took)
				}
			})
		})
	}
}

func TestCommandsOnNoCluster(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	i := plan.Instance{Name: "verbs-nobody"}
	for name, command := range map[string]func() error{
		"node stop":       func() error { return StopNode(t.Context(), i, "node-1", t.Output()) },
		"node start":      func() error { return StartNode(t.Context(), i, "node-1", t.Output()) },
		"node cut":        func() error { return CutNode(t.Context(), i, "node-1", t.Output()) },
		"node join":       func() error { return JoinNode(t.Context(), i, "node-1", t.Output()) },
		"apiserver stop":  func() error { return StopAPIServer(t.Context(), i, false, t.Output()) },
		"apiserver start": func() error { return StartAPIServer(t.Context(), i, t.Output()) },
		"kubelet restart": func() error { return RestartKubelet(t.Context(), i, "node-1", t.Output()) },
	} {
		err := command()
		if want := `cluster "verbs-nobody" is not there: run localcluster up --name verbs-nobody`; err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", name, err, want)
		}
		if _, err := os.Stat(i.LockFile()); err == nil {
			t.Errorf("%s leaves %s", name, i.LockFile())
		}
	}
}
