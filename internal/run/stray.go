package run

import "slices"

// A stray has the name of an attempt's Pod but is another one: a create that was believed lost came through after the
// attempt's own Pod was deleted. Nothing it does counts; it is deleted, once, and the verdict waits until it is gone.

func (d *draft) straySeen(pod Pod) {
	switch {
	case pod.Terminal:
		d.strayGone(pod)
	case !slices.Contains(d.strays, pod.UID):
		d.strays = append(slices.Clip(d.strays), pod.UID)
		d.do(DeletePod{Step: pod.Step, Attempt: pod.Attempt, Name: pod.Name, UID: pod.UID})
	}
}

func (d *draft) strayGone(pod Pod) {
	if k := slices.Index(d.strays, pod.UID); k >= 0 {
		d.strays = slices.Concat(d.strays[:k], d.strays[k+1:])
	}
}
