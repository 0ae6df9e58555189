package run

import "slices"

// A stray has the name of an attempt's Pod but is another one, or is of an attempt for which it is too late or too early:
// a create that was believed lost came through. Nothing it does counts; it is deleted, once, and the verdict waits until
// it is gone, unless its node does not answer.

func (d *transition) straySeen(pod Pod) {
	switch {
	case slices.Contains(d.goneStrays, pod.UID): // late news
	case pod.Terminal, pod.Deleting && pod.NodeSilent:
		d.forgetStray(pod)
	case !d.isStray(pod):
		d.strays = append(slices.Clip(d.strays), pod.UID)
		d.do(d.deletion(pod, false))
	}
}

func (d *txn) isStray(pod Pod) bool { return slices.Contains(d.strays, pod.UID) }

// strayGone applies that a Pod holds nothing any more, and reports whether it was a stray.
func (d *transition) strayGone(pod Pod) bool {
	is := d.isStray(pod)
	if is {
		d.forgetStray(pod)
	}
	return is
}

func (d *transition) forgetStray(pod Pod) {
	d.strays = slices.DeleteFunc(slices.Clone(d.strays), func(uid string) bool { return uid == pod.UID })
	d.goneStrays = append(slices.Clip(d.goneStrays), pod.UID)
}

// nameTaken is the answer to a create that finds a stray in its place.
func (d *transition) nameTaken(pod Pod) {
	d.createFailed(CreateFailed{
		Now: d.now, Step: pod.Step, Attempt: pod.Attempt, Class: CreateBlocked,
		Message: "the Pod of an earlier create is on its way out",
	})
}
