package run

import (
	"fmt"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// grow lets nodes join the run, which goes on with them as if they had always been there: in a run that is being stopped, and
// after a need that has failed, they are skipped. After an error nothing has changed.
func (d *graphTxn) grow(more []addition) error {
	had := d.count()
	if err := d.extend(more); err != nil {
		return err
	}
	for i := had; i < d.count(); i++ {
		d.join(i)
	}
	return nil
}

// extend adds nodes behind those that there are, so that no number changes. Nodes that exist may be made to wait for them as
// long as they have not begun.
func (d *graphTxn) extend(more []addition) error {
	for _, a := range more {
		for _, next := range a.before {
			if i := int(next.node); i >= 0 && i < d.count() && (!d.isOpen(i) || d.latest(i) != nil) {
				return fmt.Errorf("step %q has begun and cannot be made to wait for %q", d.Name(i), a.name)
			}
		}
	}
	grown, err := d.table.grow(more)
	if err != nil {
		return err
	}
	d.own()
	had := d.count()
	grown.finally = grown.finally.grown(len(grown.nodes))
	for k, a := range more {
		made := &d.plan.templates[a.template]
		grown.nodes[had+k].growth.Template = made.name
		if made.finally {
			grown.finally.put(had+k, true)
		}
	}
	d.table, d.steps = grown, d.steps.grown(had, len(grown.nodes))
	for _, s := range d.sets() {
		*s = s.grown(len(grown.nodes))
	}
	for _, a := range more {
		for _, next := range a.before {
			d.await(int(next.node))
		}
	}
	for i := had; i < d.count(); i++ {
		d.await(i)
	}
	return nil
}

// await counts anew what a node waits for.
func (d *graphTxn) await(i int) {
	d.steps.own(i, d.before.steps).unmet[i%chunkLen] = d.countUnmet(i)
	d.undrawn = true
	d.reindex(i)
}

// countUnmet counts what a step waits for: its needs and, under finally, all that is not.
func (s *State) countUnmet(i int) int32 {
	unmet := int32(0)
	for _, need := range s.needs(i) {
		if !need.kind.isMet(s.steps.at(int(need.node)).end) {
			unmet++
		}
	}
	if s.template(i).finally && !s.final.begun() {
		unmet++
	}
	return unmet
}

// join draws for a new node the consequences of what has happened before.
func (d *graphTxn) join(i int) {
	reason, message := v1alpha1.Reason(""), ""
	for _, need := range d.needs(i) {
		end := d.steps.at(int(need.node)).end
		if end.known() && !need.kind.isMet(end) && reason != v1alpha1.ReasonUpstreamFailed { // which says most
			reason, message = d.upstream(int(need.node))
		}
	}
	if halted, _ := d.halted(i); reason == "" && halted != "" {
		reason, message = halted, d.haltMessage(i)
	}
	if reason != "" {
		d.skip(i, reason, message)
	}
}

// additions are the nodes of a record that the pipeline does not list.
func (d *graphTxn) additions(steps []v1alpha1.StepStatus) ([]addition, error) {
	templates, numbers := map[string]int{}, map[string]int{}
	for i := range d.plan.templates {
		templates[d.plan.templates[i].name] = i
	}
	for i, st := range steps {
		numbers[st.Name] = i
	}
	var more []addition
	for number, st := range steps {
		if number < d.count() {
			continue
		}
		if st.Growth == nil {
			return nil, fmt.Errorf("the record does not tell what step %q is made of", st.Name)
		}
		template, known := templates[st.Growth.Template]
		if !known {
			return nil, fmt.Errorf("step %q is made of %q, which the pipeline does not have", st.Name, st.Growth.Template)
		}
		a := addition{name: st.Name, template: template, index: st.Growth.Index}
		kinds := map[string]edgeKind{}
		for _, need := range st.Growth.AfterEnd {
			kinds[need] = afterEnd
		}
		for _, need := range st.Needs {
			if n := numberOf(numbers, need); int(n) < number { // others came later, and tell it themselves
				a.needs = append(a.needs, edge{n, kinds[need]})
			}
		}
		for _, next := range st.Growth.Before {
			kind := afterSuccess
			if next.AfterEnd {
				kind = afterEnd
			}
			a.before = append(a.before, edge{numberOf(numbers, next.Step), kind})
		}
		more = append(more, a)
	}
	return more, nil
}

// numberOf is -1 for a name that there is not.
func numberOf(numbers map[string]int, name string) int32 {
	if i, ok := numbers[name]; ok {
		return int32(i)
	}
	return -1
}
