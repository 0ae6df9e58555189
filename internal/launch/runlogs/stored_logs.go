package runlogs

import (
	"context"
	"slices"

	"github.com/stepherd/stepherd/internal/launch/status"
	"github.com/stepherd/stepherd/internal/logview"
)

// readStored writes what is kept of an attempt whose Pod is gone.
func (v *session) readStored(ctx context.Context, p logRef) error {
	switch {
	case p.broke != nil:
		return v.readRest(ctx, p)
	case p.from == logLost:
		return nil
	}
	skip, err := v.storedBefore(ctx, p)
	if err != nil {
		return err
	}
	found, names := false, v.q.planned
	err = v.stores.of(p.from).Read(ctx, p.Step, p.Attempt, func(container string) logview.StoredSink {
		names = append(slices.Clip(names), container)
		if !p.wants(container) {
			return nil
		}
		found = true
		o := logview.Origin{Step: p.Step, Attempt: p.Attempt, Container: container}
		sink := v.sink(o, v.screen.Put)
		sink.Skip = skip[container]
		if p.status.CreatedAt != nil {
			sink.Began = p.status.CreatedAt.Time
		}
		sink.AtEnd = func() { v.ends.keep(o, sink) }
		return sink
	})
	switch {
	case err != nil || found:
	case v.q.Container != "" && v.q.Step != "" && !slices.Contains(names, v.q.Container):
		return noContainer(v.q, names)
	default:
		v.client.Note("%s has no lines of %q", locationNames[p.from], p.Title())
	}
	return err
}

// readRest writes what is kept of a log behind what was shown of it before its Pod was gone.
func (v *session) readRest(ctx context.Context, p logRef) error {
	if p.from == logLost {
		return p.broke.Lost()
	}
	only := func(sink logview.StoredSink) func(string) logview.StoredSink {
		return func(container string) logview.StoredSink {
			if container != p.Container {
				return nil
			}
			return sink
		}
	}
	finder := p.broke.Finder()
	if err := v.stores.of(p.from).Read(ctx, p.Step, p.Attempt, only(finder)); err != nil {
		return err
	}
	if finder.Found == 0 {
		v.client.Note("%s does not have the place where the log of step %q broke off", locationNames[p.from], p.Title())
		return p.broke.Lost()
	}
	if err := p.broke.Resume(finder.Found, v.screen.Put); err != nil {
		return err
	}
	err := v.stores.of(p.from).Read(ctx, p.Step, p.Attempt, only(p.broke))
	v.ends.keep(p.Origin, p.broke)
	return err
}

// storedBefore is how many lines of each container lie before the last ones that are wanted.
func (v *session) storedBefore(ctx context.Context, p logRef) (map[string]int, error) {
	if v.q.Tail == nil {
		return nil, nil
	}
	counts := map[string]*logview.Counter{}
	err := v.stores.of(p.from).Read(ctx, p.Step, p.Attempt, func(container string) logview.StoredSink {
		if !p.wants(container) {
			return nil
		}
		counts[container] = &logview.Counter{Since: v.since}
		return counts[container]
	})
	skip := map[string]int{}
	for container, c := range counts {
		skip[container] = max(0, c.Lines-*v.q.Tail)
	}
	return skip, err
}

// wants reports whether a stored container's log is wanted.
func (p logRef) wants(container string) bool { return p.Container == "" || container == p.Container }

var locationNames = map[location]string{fromArchive: "the run's archive", fromDriver: "the driver's log"}

// sayLocations tells which steps' Pods or logs are gone, and where their lines are taken from.
func (v *session) sayLocations(pieces []logRef) {
	for _, from := range []location{fromArchive, fromDriver, logLost} {
		var whole, rest, emptied []string
		for _, p := range pieces {
			switch {
			case p.from != from:
			case p.broke != nil:
				rest = append(rest, status.Title(p.Step, p.Attempt))
			case p.emptied:
				emptied = append(emptied, p.Title())
			default:
				whole = append(whole, status.Title(p.Step, p.Attempt))
			}
		}
		if len(whole) > 0 {
			v.client.Note("%s: the Pod is gone%s", status.StepList(whole), v.locationText(from, "its lines are"))
		}
		if len(rest) > 0 {
			v.client.Note("%s: the Pod went before its log was read to the end%s", status.StepList(rest), v.locationText(from, "the rest is"))
		}
		if len(emptied) > 0 {
			v.client.Note("%s: the node has rotated the log, and nothing was logged since%s", status.StepList(emptied), v.locationText(from, "its lines are"))
		}
	}
}

// locationText is the end of a sentence on a Pod that is gone.
func (v *session) locationText(from location, what string) string {
	switch {
	case from == logLost && v.stores.archive != nil && v.stores.archive.Incomplete:
		return ", and the driver's, too: only the run's archive may have its log"
	case from == logLost && v.stores.archive != nil:
		return ", and the driver's, too, and the run's archive does not have its log"
	case from == logLost:
		return ", and the driver's, too: there is no log left"
	case from == fromDriver && (v.q.Timestamps || v.q.Form == logview.JSON || v.q.Since > 0):
		return "; " + what + " taken from the driver's log, with the times at which the driver printed them"
	}
	return "; " + what + " taken from " + locationNames[from]
}
