package run

import (
	"fmt"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/results"
)

// success is the outcome of an attempt whose Pod has succeeded: the step's results must be what it declares, and all results of the
// run must have room in the record.
func (d *txn) success(i int, p Pod) outcome {
	declared := d.template(i).results
	if len(declared) == 0 {
		return outcome{phase: v1alpha1.StepSucceeded}
	}
	values, err := results.Parse(declared, p.Output, p.Containers)
	if err != nil {
		return failure(v1alpha1.ReasonInvalidResult, err.Error())
	}
	if size := results.Size(values); d.resultBytes+size > results.MaxRunBytes {
		return failure(v1alpha1.ReasonInvalidResult, fmt.Sprintf(
			"its results have %d bytes, and those of all steps together may have %d, of which %d are used: write large data to files, and hand on where they are",
			size, results.MaxRunBytes, d.resultBytes))
	}
	return outcome{phase: v1alpha1.StepSucceeded, results: values}
}

// regainResults takes the results of a step from its Pod where the record has its success and not these: the two may be written one
// after the other.
func (d *transition) regainResults(i int, pod Pod) {
	st := d.steps.at(i)
	if st.end.phase != v1alpha1.StepSucceeded || st.end.results != nil || len(d.template(i).results) == 0 || pod.End != EndSucceeded {
		return
	}
	if o := d.success(i, pod); o.phase == v1alpha1.StepSucceeded {
		d.update(i, func(st *step) { st.end.results = o.results })
		d.resultBytes += results.Size(o.results)
	}
}
