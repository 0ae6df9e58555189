package kube

import (
	"context"
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// keepResults takes results for those that the record has.
func (r *Record) keepResults(all *record.Results) {
	r.results = all
	clear(r.unsaved)
}

// writeResultsAgain is for a record that somebody deleted.
func (r *Record) writeResultsAgain() {
	for k := range r.results.Len() {
		r.unsaved[k] = true
	}
}

// decodeResults keeps the results in those pieces, and gives the steps theirs.
func (r *Record) decodeResults(pieces map[string]*corev1.ConfigMap, steps []v1alpha1.StepStatus) error {
	var texts []string
	for k := 0; pieces[record.ResultsName(r.run.Name, k)] != nil; k++ {
		texts = append(texts, pieces[record.ResultsName(r.run.Name, k)].Data[record.ResultsKey])
	}
	all, err := record.DecodeResults(texts)
	if err != nil {
		return r.unreadable(record.ResultsName(r.run.Name, 0), err)
	}
	r.keepResults(all)
	all.Fill(steps)
	return nil
}

// saveResults writes the results of the steps of those pieces that the record lacks, and what an earlier call could not write. It
// returns the bytes written, also with an error.
func (r *Record) saveResults(ctx context.Context, rec record.Record, pieces []int) (written int, err error) {
	for _, k := range slices.Sorted(slices.Values(pieces)) {
		for _, s := range stepsOf(rec, k) {
			piece, changed, err := r.results.Add(s)
			if err != nil {
				return 0, err
			}
			if changed {
				r.unsaved[piece] = true
			}
		}
	}
	for _, k := range slices.Sorted(maps.Keys(r.unsaved)) {
		cm := r.emptyPiece(record.ResultsName(r.run.Name, k))
		cm.Data = map[string]string{record.ResultsKey: r.results.Piece(k)}
		if err := r.write(ctx, cm); err != nil {
			return written, err
		}
		delete(r.unsaved, k)
		written += cm.Size()
	}
	return written, nil
}
