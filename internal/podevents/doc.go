// Package podevents finds among the events of a namespace the one that tells why a Pod waits. It is pure; the code that lists
// events, in the driver and in the launcher, decides by it.
package podevents
