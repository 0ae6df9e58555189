package args

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/test/localcluster/plan"
)

func TestParse(t *testing.T) {
	tests := []struct {
		name string
		argv string
		want Request
	}{
		{"default name", "up", Request{Command: "up", Instance: plan.Instance{Name: "dev"}}},
		{"name before", "--name a down", Request{Command: "down", Instance: plan.Instance{Name: "a"}}},
		{"name after", "down --name=a", Request{Command: "down", Instance: plan.Instance{Name: "a"}}},
		{"the last name counts", "--name a down --name b", Request{Command: "down", Instance: plan.Instance{Name: "b"}}},
		{
			"nodes, label and taint with an empty value",
			"up --nodes 2 --label node-1:a/b=c --taint node-2:node.kubernetes.io/name=:NoSchedule",
			Request{Command: "up", Instance: plan.Instance{Name: "dev"}, Wish: plan.Wish{
				Nodes:  2,
				Labels: []plan.NodeLabel{{Node: "node-1", Key: "a/b", Value: "c"}},
				Taints: []plan.NodeTaint{{Node: "node-2", Taint: plan.Taint{Key: "node.kubernetes.io/name", Effect: "NoSchedule"}}},
			}},
		},
		{"log size", "up --kubelet-log-max-size 100Ki", Request{Command: "up", Instance: plan.Instance{Name: "dev"}, Wish: plan.Wish{LogMaxSize: "100Ki"}}},
		{"log sizes", "up --kubelet-log-max-size 4Gi --kubelet-log-max-size node-2:64Ki", Request{Command: "up", Instance: plan.Instance{Name: "dev"},
			Wish: plan.Wish{LogMaxSize: "4Gi", LogSizes: []plan.LogSize{{Node: "node-2", Size: "64Ki"}}}}},
		{"node stop", "node stop node-2", Request{Command: "node stop", Instance: plan.Instance{Name: "dev"}, Node: "node-2"}},
		{"node start, name between", "node start --name a node-2", Request{Command: "node start", Instance: plan.Instance{Name: "a"}, Node: "node-2"}},
		{"node cut, name before the verb", "node --name a cut node-1", Request{Command: "node cut", Instance: plan.Instance{Name: "a"}, Node: "node-1"}},
		{"node join, name last", "node join node-2 --name a", Request{Command: "node join", Instance: plan.Instance{Name: "a"}, Node: "node-2"}},
		{"kubelet restart, name first", "--name a kubelet restart node-1", Request{Command: "kubelet restart", Instance: plan.Instance{Name: "a"}, Node: "node-1"}},
		{"apiserver stop", "apiserver stop", Request{Command: "apiserver stop", Instance: plan.Instance{Name: "dev"}}},
		{"apiserver stop, killed", "apiserver stop --kill --name a", Request{Command: "apiserver stop", Instance: plan.Instance{Name: "a"}, Kill: true}},
		{"kill before the verb", "apiserver --kill stop", Request{Command: "apiserver stop", Instance: plan.Instance{Name: "dev"}, Kill: true}},
		{"apiserver start", "apiserver start", Request{Command: "apiserver start", Instance: plan.Instance{Name: "dev"}}},
		{"flag between files", "load a.tar --name x b.tar", Request{Command: "load", Instance: plan.Instance{Name: "x"}, Args: []string{"a.tar", "b.tar"}}},
		{"file after dashes", "load a.tar -- --name", Request{Command: "load", Instance: plan.Instance{Name: "dev"}, Args: []string{"a.tar", "--name"}}},
		{"kubectl's own flags", "kubectl --name x -- get pods --name y", Request{Command: "kubectl", Instance: plan.Instance{Name: "x"}, Args: []string{"get", "pods", "--name", "y"}}},
		{"kubectl without dashes", "kubectl get pods -n y", Request{Command: "kubectl", Instance: plan.Instance{Name: "dev"}, Args: []string{"get", "pods", "-n", "y"}}},
		{"kubectl with dashes of its own", "kubectl -- exec p -- ls", Request{Command: "kubectl", Instance: plan.Instance{Name: "dev"}, Args: []string{"exec", "p", "--", "ls"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Parse(strings.Fields(tt.argv))
			if err != nil {
				t.Fatalf("Parse(%q): %v", tt.argv, err)
			}
			if len(got.Args) == 0 {
				got.Args = nil
			}
			if !reflect.DeepEqual(got, tt.want) {
				t.Errorf("Parse(%q)\n got %+v\nwant %+v", tt.argv, got, tt.want)
			}
		})
	}
}

func TestParseErrors(t *testing.T) {
	tests := []struct{ argv, want string }{
		{"", "a command is missing"},
		{"fly", `unknown command "fly"`},
		{"up --fast", "localcluster up has no flag --fast"},
		{"--fast up", "localcluster has no flag --fast"},
		{"up --nodes", "localcluster up --nodes needs a value"},
		{"up --nodes two", `localcluster up --nodes: "two" is not a number of nodes: use 1 to 50`},
		{"up --nodes 0", "use 1 to 50"},
		{"up extra", `up takes no argument, but got "extra"`},
		{"down --nodes 2", "localcluster down has no flag --nodes"},
		{"load", "load needs the image files"},
		{"up --label node-1", "has no node"},
		{"up --label node-1:a", "has no '='"},
		{"up --label node-1:=a", "has the key"},
		{"up --taint node-1:a=b", "does not end with an effect"},
		{"up --taint node-1:a=b:Never", "NoSchedule, PreferNoSchedule, NoExecute"},
		{"up --kubelet-log-max-size much", `localcluster up --kubelet-log-max-size: "much" is not a size`},
		{"down --kubelet-log-max-size 1Mi", "localcluster down has no flag --kubelet-log-max-size"},
		{"node", "node needs a verb: use one of stop, start, cut, join"},
		{"node fly node-1", `node has no verb "fly": use one of stop, start, cut, join`},
		{"node stop", "node stop needs the name of a node: localcluster node stop node-1"},
		{"node stop node-1 node-2", `node stop takes one node, but got "node-2" as well`},
		{"node stop node-1 --kill", "localcluster node has no flag --kill"},
		{"apiserver", "apiserver needs a verb: use one of stop, start"},
		{"apiserver cut", `apiserver has no verb "cut": use one of stop, start`},
		{"apiserver stop node-1", `apiserver stop takes no argument, but got "node-1"`},
		{"apiserver start --kill", "localcluster apiserver start has no flag --kill"},
		{"kubelet", "kubelet needs a verb: use one of restart"},
		{"kubelet stop node-1", `kubelet has no verb "stop": use one of restart`},
		{"kubelet restart", "kubelet restart needs the name of a node"},
		{"kubelet restart node-1 --nodes 2", "localcluster kubelet has no flag --nodes"},
		{"node stop node-1 --name Dev", "use 1 to 20 of the characters"},
		{"up --name Dev", "use 1 to 20 of the characters a-z, 0-9 and -"},
		{"up --name this-name-is-far-too-long", "use 1 to 20"},
		{"up --name=", "use 1 to 20"},
	}
	for _, tt := range tests {
		t.Run(tt.argv, func(t *testing.T) {
			_, err := Parse(strings.Fields(tt.argv))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Parse(%q): got error %v, want one with %q", tt.argv, err, tt.want)
			}
		})
	}
}

func TestHelp(t *testing.T) {
	for _, argv := range []string{"help", "--help", "up --help", "-h"} {
		if _, err := Parse(strings.Fields(argv)); !errors.Is(err, ErrHelp) {
			t.Errorf("Parse(%q): got %v, want ErrHelp", argv, err)
		}
	}
}
