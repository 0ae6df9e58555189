package driver

import (
	"runtime/debug"
	"testing"
)

func TestCollectEarly(t *testing.T) {
	before := debug.SetGCPercent(100)
	t.Cleanup(func() { debug.SetGCPercent(before) })
	CollectEarly(func(string) string { return "200" })
	if got := debug.SetGCPercent(100); got != 100 {
		t.Errorf("with GOGC set the collector was told %d", got)
	}
	CollectEarly(func(string) string { return "" })
	if got := debug.SetGCPercent(100); got != gcPercent {
		t.Errorf("the collector was told %d, want %d", got, gcPercent)
	}
}
