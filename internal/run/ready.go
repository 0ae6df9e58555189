package run

import "slices"

// start creates the Pods that may be created, in the order of the file.
func (d *transition) start() {
	for i := range d.ready.and(d.held).all() {
		d.createPod(i) // again; it has kept its slot
	}
	free := d.count()
	if d.plan.parallelism > 0 {
		free = d.plan.parallelism - d.held.len()
	}
	for i := range d.ready.all() {
		if free <= 0 {
			return
		}
		if !d.awaitsRelease(i) {
			d.createPod(i)
			free--
		}
	}
}

// awaitsRelease says that a step asks for devices or ports which one of its needs still holds, although it has
// succeeded: the scheduler would find no room yet, and an autoscaler would buy a node for it.
func (d *txn) awaitsRelease(i int) bool {
	if !d.template(i).exclusive {
		return false
	}
	return slices.ContainsFunc(d.needs(i), func(need edge) bool {
		return d.template(int(need.node)).exclusive && d.live.has(int(need.node))
	})
}
