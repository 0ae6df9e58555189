package ns

import (
	"reflect"
	"testing"
)

func TestParseMounts(t *testing.T) {
	const mountinfo = `27 1 254:0 / / rw - ext4 /dev/vda rw
30 27 0:26 / /state/dev rw - tmpfs a rw
31 27 0:26 / /state/dev2 rw - tmpfs a rw
32 30 0:27 / /state/dev/with\040space rw - tmpfs a rw
33 27 0:27 / /other/state/dev/x rw - tmpfs a rw
short line
`
	want := []string{"/state/dev", "/state/dev/with space"}
	if got := parseMounts(mountinfo, "/state/dev"); !reflect.DeepEqual(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
