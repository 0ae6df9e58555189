package launch

import "testing"

func TestSourceOf(t *testing.T) {
	for _, tc := range []struct {
		name string
		s    sighting
		want source
	}{
		{"it never began", sighting{pod: true, archived: true, driver: true}, noLog},
		{"its Pod is there", sighting{began: true, pod: true}, fromPod},
		{"its Pod is there and so is all else", sighting{began: true, pod: true, archived: true, driver: true}, fromPod},
		{"gone, and in the archive", sighting{began: true, archived: true, driver: true}, fromArchive},
		{"gone, in the archive, no driver", sighting{began: true, archived: true}, fromArchive},
		{"gone, the driver has printed it", sighting{began: true, driver: true}, fromDriver},
		{"gone, and the driver, too", sighting{began: true}, logLost},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if got := sourceOf(tc.s); got != tc.want {
				t.Errorf("got %d, want %d", got, tc.want)
			}
		})
	}
}
