package runlogs

import "testing"

func TestSourceOf(t *testing.T) {
	for _, tc := range []struct {
		name string
		s    availability
		want location
	}{
		{"it never began", availability{pod: true, archived: true, driver: true}, noLog},
		{"its Pod is there", availability{began: true, pod: true}, fromPod},
		{"its Pod is there and so is all else", availability{began: true, pod: true, archived: true, driver: true}, fromPod},
		{"gone, and in the archive", availability{began: true, archived: true, driver: true}, fromArchive},
		{"gone, in the archive, no driver", availability{began: true, archived: true}, fromArchive},
		{"gone, the driver has printed it", availability{began: true, driver: true}, fromDriver},
		{"gone, and the driver, too", availability{began: true}, logLost},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := locationOf(tc.s); got != tc.want {
				t.Errorf("got %d, want %d", got, tc.want)
			}
		})
	}
}
