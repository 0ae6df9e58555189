package archive

import (
	"time"

	"github.com/stepherd/stepherd/internal/errs"
)

// logWriter writes a log. It belongs to the log's own goroutine.
type logWriter struct {
	log         *Log
	is          existing
	data, index File
	// ready reports whether both files are open and the index has its first line.
	ready bool
}

// run writes whenever there is enough, or it is old enough, until the log is closed or cannot be written.
func (k *logWriter) run() {
	l := k.log
	defer close(l.done)
	for closing := false; !closing; {
		closing = k.gather()
		d := <-l.w.desks
		err := k.keep(d, closing)
		l.w.desks <- d
		if closing || err != nil {
			err = errs.Join(err, k.close())
		}
		if err != nil {
			l.fail(err)
			return
		}
	}
}

// gather waits until what has come should be written; closing reports whether no more will come.
func (k *logWriter) gather() (closing bool) {
	l := k.log
	select {
	case <-l.begun:
	case <-l.closing:
		return true
	}
	old := time.NewTimer(memberAge)
	defer old.Stop()
	select {
	case <-l.full:
	case <-old.C:
	case <-l.closing:
		return true
	}
	return false
}

// keep writes what has come.
func (k *logWriter) keep(d *compressor, closing bool) error {
	l := k.log
	l.mu.Lock()
	size := l.next.size
	pieces := l.next.take()
	if size >= memberSize {
		l.next.spare, d.spare = d.spare, nil
	}
	whole := closing && l.whole && l.failed == nil
	l.mu.Unlock()
	l.w.held.Add(-int64(size))
	wake(l.taken)
	for i := range pieces {
		if err := k.piece(d, &pieces[i]); err != nil {
			return err
		}
		if text := pieces[i].text; cap(text) > cap(d.spare) && cap(text) <= 2*memberSize {
			d.spare = text[:0]
		}
	}
	if whole && !k.is.last.Whole {
		if err := k.note(&Entry{Whole: true}); err != nil {
			return err
		}
	}
	l.w.silent.Store(false)
	return nil
}

func (k *logWriter) piece(d *compressor, p *piece) error {
	if p.gap != nil {
		g := gap{From: p.gap.From.UTC(), To: p.gap.To.UTC(), Cause: p.gap.Cause}
		if last := k.is.last.Gap; last == nil || !last.same(g) {
			if err := k.note(&Entry{Gap: &g}); err != nil {
				return err
			}
		}
	}
	if len(p.text) == 0 {
		return nil
	}
	if err := k.open(); err != nil {
		return err
	}
	member := d.member(p.text)
	if err := k.data.Append(member); err != nil {
		return err
	}
	p.At, p.Len = k.is.kept, int64(len(member))
	k.is.kept += p.Len
	return k.note(&p.Entry)
}

// note writes a line of the index.
func (k *logWriter) note(e *Entry) error {
	if err := k.open(); err != nil {
		return err
	}
	k.is.last = *e
	return k.index.Append(e.Encode())
}

// open opens the files, the index first: a log's file without one is not ours.
func (k *logWriter) open() error {
	if k.ready {
		return nil
	}
	l := k.log
	var err error
	if k.index, err = l.w.storage.Append(FilePath(l.w.folder, l.name, IndexSuffix), k.is.good); err != nil {
		return err
	}
	if k.is.good == 0 {
		if err := k.index.Append(l.name.Head()); err != nil {
			return err
		}
	}
	k.data, err = l.w.storage.Append(FilePath(l.w.folder, l.name, LogSuffix), k.is.kept)
	k.ready = err == nil
	return err
}

func (k *logWriter) close() error {
	var err error
	for _, f := range []File{k.data, k.index} {
		if f != nil {
			err = errs.Join(err, f.Close())
		}
	}
	return err
}
