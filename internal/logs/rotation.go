package logs

import "time"

// rotationProbe watches over the files that a log goes through while it is followed.
//
// When a node rotates a log, its runtime first makes the new file and then turns the output to it; what it has in hand still
// goes to the old one (containerd/internal/cri/server/container_log_reopen.go). A kubelet that follows the log, and has read
// the old file to its end, leaves it as soon as it hears of the new one, and one that hears of it too late may skip files
// (k8s.io/cri-client/pkg/logs/logs.go, ReadLogs and waitLogs, v0.35). These lines cannot be had, and nothing in the stream
// shows that there were any. So while a log grows fast its node is asked now and then with which line its file begins: where
// that came since it was asked before, lines may be missing, and the sink is told, late as it is. A log that grows slowly is
// not asked for: its runtime has hardly ever something in hand.
type rotationProbe struct {
	// since is the stamp behind which a file would be a new one, told that of the first line of the one that was told last.
	since, told stamp
	// window is where the interval at hand began, before how much had come when the one before it did.
	window checkpoint
	before int
}

// checkpoint is a place in a log, and when it was reached.
type checkpoint struct {
	at    stamp // the latest until there
	when  time.Time
	bytes int
}

// resumedProbe is what a follower begins with that takes up where an earlier one left off, which may not have asked for its last
// two intervals. A file that begins in the container's first interval is its first.
func resumedProbe(c Container, now time.Time) rotationProbe {
	if c.From.IsZero() || c.Started.IsZero() {
		return rotationProbe{}
	}
	since := max(c.From.latest-stamp(2*RotationInterval), stampOf(c.Started.Add(RotationInterval)))
	return rotationProbe{since: min(since, c.From.latest), window: checkpoint{c.From.latest, now, 0}, before: -quietly}
}

// due reports whether the node is to be asked. It is once in an interval, if much came in it and the one before.
func (f *rotationProbe) due(now checkpoint) bool {
	switch {
	case f.window.when.IsZero():
		*f = rotationProbe{since: now.at, window: now, before: now.bytes}
	case now.when.Sub(f.window.when) < RotationInterval:
	case f.unsure(now):
		return true
	default:
		f.turn(f.window.at, now)
	}
	return false
}

// unsure reports whether enough came lately for a rotation, or for one to leave out some of it.
func (f *rotationProbe) unsure(now checkpoint) bool {
	return !f.window.when.IsZero() && now.bytes-f.before >= quietly
}

// turn begins an interval.
func (f *rotationProbe) turn(since stamp, now checkpoint) {
	f.since, f.before, f.window = since, f.window.bytes, now
}

// begins takes the stamp of the first line of the node's file, and reports whether the file is a new one, behind which stamp. It may
// be further than the follower.
func (f *rotationProbe) begins(first stamp, now checkpoint) (behind stamp, is bool) {
	behind, is = f.since, first > f.since && first != f.told
	if is {
		f.told = first
	}
	f.turn(now.at, now)
	return behind, is
}

// unanswered lets the node be asked again in a while.
func (f *rotationProbe) unanswered(now checkpoint) { f.window.when = now.when }
