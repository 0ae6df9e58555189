package runlogs

import (
	"context"

	"github.com/stepherd/stepherd/internal/launch/archiveread"
	"github.com/stepherd/stepherd/internal/logview"
)

// location is where an attempt's log is read.
type location int

const (
	// noLog: the attempt never came to have one.
	noLog location = iota
	// fromPod: its Pod is there.
	fromPod
	// fromArchive: its Pod is gone, and the run's archive has the log.
	fromArchive
	// fromDriver: its Pod is gone, and the driver has printed the log, as far as the driver's own is still there.
	fromDriver
	// logLost: no place has it any more.
	logLost
)

// availability is what is known of an attempt's log.
type availability struct {
	// began: a container of the attempt has begun; pod that its Pod is there.
	began, pod bool
	// archived: the run's archive has the attempt; driver that a Pod of the run's driver is there.
	archived, driver bool
}

// locationOf decides where an attempt's log is read: what the container itself wrote is best, and an archive better than the
// driver's output, which has other times, lacks what the kubelet has rotated away, and shows progress bars as they ended.
func locationOf(s availability) location {
	switch {
	case !s.began:
		return noLog
	case s.pod:
		return fromPod
	case s.archived:
		return fromArchive
	case s.driver:
		return fromDriver
	}
	return logLost
}

// store is a place where logs outlive their Pods.
type store interface {
	// has: it has, or may have, the log of an attempt.
	Has(step string, attempt int) bool
	// read hands what it has of an attempt's containers to the sinks that open gives; open gives nil for a container that is
	// not wanted. It may be called again, and gives the same.
	Read(ctx context.Context, step string, attempt int, open func(container string) logview.StoredSink) error
}

// stores are the places where logs of a run are kept; nil where there is none.
type stores struct {
	archive *archiveread.Copy
	driver  store
}

// close gives up what was brought here.
func (k stores) close() { k.archive.Close() }

// of returns the store behind a location.
func (k stores) of(s location) store {
	if s == fromArchive {
		return k.archive
	}
	return k.driver
}

// availabilityOf adds what the stores know.
func (k stores) availabilityOf(step string, attempt int, began, pod bool) availability {
	return availability{
		began: began, pod: pod,
		archived: k.archive != nil && k.archive.Has(step, attempt),
		driver:   k.driver != nil && k.driver.Has(step, attempt),
	}
}
