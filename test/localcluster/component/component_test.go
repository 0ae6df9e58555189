package component

import "testing"

func TestNamed(t *testing.T) {
	for _, tt := range []struct {
		args []string
		want bool
	}{
		{[]string{"localcluster"}, false},
		{[]string{"localcluster", "up"}, false},
		{[]string{"localcluster", "kubelet", "--config=x"}, true},
		{[]string{"localcluster", "kubelet", "restart", "node-1", "--name", "n"}, false},
		{[]string{"localcluster", "--name", "n", "kubelet", "restart", "node-1"}, false},
		{[]string{"localcluster", "door", "127.0.0.1:6443"}, true},
	} {
		if _, got := named(tt.args); got != tt.want {
			t.Errorf("%v: a component: %v, want %v", tt.args, got, tt.want)
		}
	}
}
