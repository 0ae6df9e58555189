package launch

import (
	"context"

	"github.com/stepherd/stepherd/internal/logview"
)

// source is where an attempt's log is read.
type source int

const (
	// noLog: the attempt never came to have one.
	noLog source = iota
	// fromPod: its Pod is there.
	fromPod
	// fromArchive: its Pod is gone, and the run's archive has the log.
	fromArchive
	// fromDriver: its Pod is gone, and the driver has printed the log, as far as the driver's own is still there.
	fromDriver
	// logLost: nobody has it any more.
	logLost
)

// sighting is what is known of an attempt's log.
type sighting struct {
	// began says that a container of the attempt has begun; pod that its Pod is there.
	began, pod bool
	// archived says that the run's archive has the attempt; driver that a Pod of the run's driver is there.
	archived, driver bool
}

// sourceOf decides where an attempt's log is read: what the container itself wrote is best, and an archive better than the
// driver's output, which has other times, lacks what the kubelet has rotated away, and shows progress bars as they ended.
func sourceOf(s sighting) source {
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

// kept is a place where logs outlive their Pods.
type kept interface {
	// has says that it has, or may have, the log of an attempt.
	has(step string, attempt int) bool
	// read hands what it has of an attempt's containers to the sinks that open gives; open gives nil for a container that is
	// not wanted. It may be called again, and gives the same.
	read(ctx context.Context, step string, attempt int, open func(container string) logview.KeptSink) error
}

// keepers are the places where logs of a run are kept; nil where there is none.
type keepers struct {
	archive *archived
	driver  kept
}

// close gives up what was brought here.
func (k keepers) close() { k.archive.close() }

// of is the keeper behind a source.
func (k keepers) of(s source) kept {
	if s == fromArchive {
		return k.archive
	}
	return k.driver
}

// sighting adds what the keepers know.
func (k keepers) sighting(step string, attempt int, began, pod bool) sighting {
	return sighting{
		began: began, pod: pod,
		archived: k.archive != nil && k.archive.has(step, attempt),
		driver:   k.driver != nil && k.driver.has(step, attempt),
	}
}
