package driver

import "runtime/debug"

// gcPercent is by how much garbage may grow over what lives. With Go's 100 a driver that follows a thousand logs holds twice
// what it needs; the more frequent collections are hardly seen, because little lives.
const gcPercent = 20

// CollectEarly tells the garbage collector so, for the whole process, unless its environment says otherwise (GOGC). It is for
// main to call.
func CollectEarly(getenv func(string) string) {
	if getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}
