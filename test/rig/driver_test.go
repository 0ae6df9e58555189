package rig

import (
	"strings"
	"testing"
)

func TestDriverOf(t *testing.T) {
	environ := strings.Join([]string{"PATH=/", "STEPHERD_NAMESPACE=soak", "STEPHERD_RUN=r1", "STEPHERD_POD_NAME=r1-x", "STEPHERD_POD_UID=u1", ""}, "\x00")
	d, ok := driverOf([]byte(environ), "soak")
	if want := (Driver{Run: "r1", Pod: "r1-x", PodUID: "u1"}); !ok || d != want {
		t.Errorf("the driver is %+v, %v, want %+v", d, ok, want)
	}
	for _, other := range []string{"", "STEPHERD_NAMESPACE=soak\x00", strings.Replace(environ, "=soak", "=soak2", 1)} {
		if d, ok := driverOf([]byte(other), "soak"); ok {
			t.Errorf("%q is taken for the driver %+v", other, d)
		}
	}
}

func TestNodeOf(t *testing.T) {
	cgroups := []byte("12:cpu,cpuacct:/localcluster-soak/node-2/kubepods/burstable/pod1/2\n0::/\n")
	for cluster, want := range map[string]string{"soak": "node-2", "soa": "", "oak": ""} {
		if got := nodeOf(cgroups, cluster); got != want {
			t.Errorf("the node in cluster %q is %q, want %q", cluster, got, want)
		}
	}
}

func TestWithName(t *testing.T) {
	l := Local{Name: "n"}
	for words, want := range map[string]string{"up --nodes 2": "--name n up --nodes 2", "kubectl get pods -A": "--name n kubectl -- get pods -A"} {
		if got := strings.Join(l.withName(strings.Fields(words)), " "); got != want {
			t.Errorf("%s becomes %q, want %q", words, got, want)
		}
	}
}
