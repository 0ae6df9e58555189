package cgroup

import (
	"reflect"
	"testing"
)

func TestParseHierarchies(t *testing.T) {
	const mountinfo = `31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw
32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu
41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw
42 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu
43 27 0:44 / /data rw - ext4 /dev/cgroup rw
`
	want := []string{"/sys/fs/cgroup/cpu", "/sys/fs/cgroup/unified"}
	if got := parseHierarchies(mountinfo); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
