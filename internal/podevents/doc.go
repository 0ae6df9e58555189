// Package podevents finds among the events of a namespace the one that says why a Pod waits. It is pure; whoever lists
// events, in the driver and in the launcher, decides by it.
package podevents
