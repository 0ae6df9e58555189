package launch

import (
	"context"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/logs"
)

// driverLog is what the drivers of a run have printed of its steps' logs, as far as the API serves it. It is read once, when
// it is first asked for, and kept in memory: that is one file for each Pod of the driver, which the kubelet rotates (at 10 MiB
// by default).
type driverLog struct {
	src   logs.Source
	pods  []corev1.Pod // oldest first
	began bool
	sift  sift
}

// keepers finds where logs of a run are kept.
func (l *Launcher) keepers(ctx context.Context, run v1alpha1.Run, since time.Time) (keepers, error) {
	archive, err := l.openArchive(ctx, run, since)
	if err != nil {
		return keepers{}, err
	}
	pods, err := l.Cluster.DriverPods(ctx, l.Namespace, run.Metadata.UID)
	if err != nil {
		return keepers{}, l.sentence(err)
	}
	if len(pods) == 0 {
		return keepers{archive: archive}, nil
	}
	slices.SortFunc(pods, func(a, b corev1.Pod) int { return a.CreationTimestamp.Compare(b.CreationTimestamp.Time) })
	return keepers{archive: archive, driver: &driverLog{src: l.Logs, pods: pods}}, nil
}

// has cannot know before the log was read.
func (d *driverLog) has(string, int) bool { return true }

func (d *driverLog) read(ctx context.Context, step string, attempt int, open func(container string) keptSink) error {
	if !d.began {
		d.began = true
		for i := range d.pods {
			c := logs.Container{Pod: d.pods[i].Name, Name: v1alpha1.DriverContainer}
			if err := logs.Read(ctx, d.src, c, &d.sift); err != nil && !logs.IsGone(err) {
				return err
			}
			d.sift.endDriver()
		}
	}
	for _, s := range d.sift.of(step, attempt) {
		sink := open(s.container)
		if sink == nil {
			continue
		}
		if err := s.replay(sink); err != nil {
			return err
		}
	}
	return nil
}

// sift is a sink that takes a driver's output apart into the logs of the steps' containers.
type sift struct {
	logs  map[origin]*sifted
	order []origin
}

// sifted is one container's log.
type sifted struct {
	origin
	text    []byte
	entries []siftedEntry
	again   replayed
}

// siftedEntry is a line, a part of one, or a mark.
type siftedEntry struct {
	at              time.Time
	end             int // of its text
	continues, mark bool
}

// Line is of logs.Sink.
func (s *sift) Line(l logs.Line, _ logs.Position) error {
	p, ok := logs.Parse(l.Text)
	if !ok {
		return nil
	}
	one := s.find(origin{step: p.Step, attempt: p.Attempt, container: p.Container})
	if p.Mark && one.again.takes(one, string(p.Text)) {
		return nil
	}
	one.text = append(one.text, p.Text...)
	one.entries = append(one.entries, siftedEntry{l.Time, len(one.text), p.Continues, p.Mark})
	return nil
}

// Gap is of logs.Sink. A gap in the driver's output may be one in any of the logs.
func (s *sift) Gap(g logs.Gap) error {
	for _, o := range s.order {
		one := s.logs[o]
		one.text = append(one.text, g.String()...)
		one.entries = append(one.entries, siftedEntry{g.To, len(one.text), false, true})
	}
	return nil
}

func (s *sift) find(o origin) *sifted {
	if o.container == "" {
		o.container = v1alpha1.MainContainer
	}
	if s.logs == nil {
		s.logs = map[origin]*sifted{}
	}
	one := s.logs[o]
	if one == nil {
		one = &sifted{origin: o}
		s.logs[o] = one
		s.order = append(s.order, o)
	}
	return one
}

// endDriver takes in that one driver's output is at its end.
func (s *sift) endDriver() {
	for _, o := range s.order {
		s.logs[o].again.endDriver(s.logs[o])
	}
}

// of are the logs of an attempt, in the order in which they were met.
func (s *sift) of(step string, attempt int) []*sifted {
	var out []*sifted
	for _, o := range s.order {
		if o.step == step && o.attempt == attempt {
			out = append(out, s.logs[o])
		}
	}
	return out
}

// at is the text of an entry.
func (s *sifted) at(i int) []byte {
	from := 0
	if i > 0 {
		from = s.entries[i-1].end
	}
	return s.text[from:s.entries[i].end]
}

func (s *sifted) replay(sink keptSink) error {
	for i, e := range s.entries {
		err := error(nil)
		if e.mark {
			err = sink.mark(string(s.at(i)), nil)
		} else {
			err = sink.Line(logs.Line{Time: e.at, Text: s.at(i), Continues: e.continues}, logs.Position{})
		}
		if err != nil {
			return err
		}
	}
	return sink.finish()
}
