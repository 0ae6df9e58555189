package drivertest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/driver"
	"github.com/stepherd/stepherd/internal/driver/recorder"
)

// head is that of a run of n steps that goes on.
func head(n int) record.Head {
	at := metav1.NewTime(time.Date(2031, 1, 2, 3, 4, 5, 0, time.UTC))
	return record.Head{Version: record.Version, Phase: v1alpha1.RunRunning, StartedAt: &at, StepCount: n}
}

// recordOf returns a record of n steps, the first of which have succeeded.
func recordOf(n, succeeded int) record.Record {
	r := record.Record{Head: head(n), Steps: make([]v1alpha1.StepStatus, n)}
	for i := range r.Steps {
		r.Steps[i] = v1alpha1.StepStatus{Name: fmt.Sprintf("s%d", i), Phase: v1alpha1.StepWaiting}
		if i < succeeded {
			r.Steps[i].Phase = v1alpha1.StepSucceeded
			r.Steps[i].Attempts = []v1alpha1.AttemptStatus{{Number: 1, Pod: fmt.Sprintf("r-s%d-1", i), Phase: v1alpha1.StepSucceeded}}
		}
	}
	return r
}

func mustTake(t *testing.T, r recorder.Record, h record.Head) record.Record {
	t.Helper()
	got, err := r.Take(t.Context(), h)
	if err != nil {
		t.Fatalf("take: %v", err)
	}
	return got
}

func mustSave(t *testing.T, r recorder.Record, record record.Record, pieces ...int) {
	t.Helper()
	n, err := r.Save(t.Context(), record, pieces)
	if err != nil || n <= 0 {
		t.Fatalf("save: %d bytes, %v", n, err)
	}
}

func succeeded(r record.Record) int {
	n := 0
	for _, s := range r.Steps {
		if s.Phase == v1alpha1.StepSucceeded {
			n++
		}
	}
	return n
}

func recordContract(t *testing.T, w World) {
	d1 := w.Record("d1")
	if got := mustTake(t, d1, head(3)); got.Head.StartedAt == nil || len(got.Steps) != 0 && succeeded(got) != 0 {
		t.Errorf("a new record says %+v", got)
	}
	mustSave(t, d1, recordOf(3, 1), 0)
	mustSave(t, d1, recordOf(3, 2), 0)
	if err := d1.Check(t.Context()); err != nil {
		t.Errorf("check: %v", err)
	}
	got := mustTake(t, w.Record("d2"), head(3))
	if succeeded(got) != 2 || got.Steps[1].Name != "s1" || len(got.Steps[1].Attempts) != 1 || !got.Head.StartedAt.Equal(head(3).StartedAt) {
		t.Errorf("the next driver reads %+v", got)
	}
}

func takenContract(t *testing.T, w World) {
	d1, d2 := w.Record("d1"), w.Record("d2")
	mustTake(t, d1, head(1))
	mustTake(t, d2, head(1))
	lost := func(err error) bool {
		var e interface{ Lost() bool }
		return errors.As(err, &e) && e.Lost()
	}
	if err := d1.Check(t.Context()); !lost(err) {
		t.Errorf("check: %v", err)
	}
	if _, err := d1.Save(t.Context(), recordOf(1, 1), []int{0}); !lost(err) {
		t.Errorf("save: %v", err)
	}
	mustSave(t, d2, recordOf(1, 1), 0)
}

func verdictContract(t *testing.T, w World) {
	d1 := w.Record("d1")
	mustTake(t, d1, head(1))
	r := recordOf(1, 1)
	r.Head.Phase = v1alpha1.RunSucceeded
	mustSave(t, d1, r, 0)
	if got := mustTake(t, w.Record("d2"), head(1)); got.Head.Phase != v1alpha1.RunSucceeded {
		t.Errorf("got %+v", got.Head)
	}
	if err := d1.Check(t.Context()); err != nil {
		t.Errorf("a record with a verdict was taken: %v", err)
	}
}

func strangerRecordContract(t *testing.T, w World) {
	if err := w.StrangerRecord(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, err := w.Record("d1").Take(t.Context(), head(1))
	var final interface{ Final() bool }
	if !errors.As(err, &final) || !final.Final() {
		t.Errorf("got %v", err)
	}
}

func droppedContract(t *testing.T, w World) {
	d1 := w.Record("d1")
	mustTake(t, d1, head(1))
	if err := w.DropRecord(t.Context()); err != nil {
		t.Fatal(err)
	}
	var e interface{ NotFound() bool }
	if err := d1.Check(t.Context()); !errors.As(err, &e) || !e.NotFound() {
		t.Errorf("check: %v", err)
	}
	mustSave(t, d1, recordOf(1, 1), 0)
	if err := d1.Check(t.Context()); err != nil {
		t.Errorf("check of the record made anew: %v", err)
	}
}

// piecesContract: what one driver wrote to one piece, the next one takes, and the first cannot write any of it again.
func piecesContract(t *testing.T, w World) {
	n := 2*record.StepsPerPiece + 5
	d1, d2 := w.Record("d1"), w.Record("d2")
	mustTake(t, d1, head(n))
	mustSave(t, d1, recordOf(n, n), 2) // the second and the first are never written
	got := mustTake(t, d2, head(n))
	if len(got.Steps) != n || succeeded(got) != 5 || got.Steps[n-1].Name != fmt.Sprintf("s%d", n-1) {
		t.Errorf("%d of %d steps have succeeded, want the 5 of the last piece", succeeded(got), len(got.Steps))
	}
	if _, err := d1.Save(t.Context(), recordOf(n, 0), []int{2}); err == nil {
		t.Error("a driver that lost the record wrote to a piece")
	}
	mustSave(t, d2, recordOf(n, n), 0, 1, 2)
	if got := mustTake(t, w.Record("d3"), head(n)); succeeded(got) != n {
		t.Errorf("%d of %d steps have succeeded", succeeded(got), n)
	}
}

// grownContract: a record's pieces may be more than there were. Steps that were written before the head tells of them are not
// there yet.
func grownContract(t *testing.T, w World) {
	n, grown := record.StepsPerPiece+5, 2*record.StepsPerPiece+5
	d1, d2 := w.Record("d1"), w.Record("d2")
	mustTake(t, d1, head(n))
	mustSave(t, d1, recordOf(n, n), 0, 1)
	mustSave(t, d1, recordOf(grown, grown), 1, 2)
	if got := mustTake(t, d2, head(n)); len(got.Steps) != n || succeeded(got) != n {
		t.Errorf("%d of %d steps have succeeded, want the %d of which the head tells", succeeded(got), len(got.Steps), n)
	}
	mustSave(t, d2, recordOf(grown, grown), 0, 1, 2)
	got := mustTake(t, w.Record("d3"), head(n))
	if len(got.Steps) != grown || succeeded(got) != grown || got.Steps[grown-1].Name != fmt.Sprintf("s%d", grown-1) {
		t.Errorf("%d of %d steps have succeeded, want %d", succeeded(got), len(got.Steps), grown)
	}
}

// withResults is recordOf where each step that has succeeded has a result of so many bytes.
func withResults(n, succeeded, bytes int) record.Record {
	r := recordOf(n, succeeded)
	r.Head.HasResults = true
	for i := range succeeded {
		r.Steps[i].Results = map[string]v1alpha1.Value{"r": resultOf(i, bytes)}
	}
	return r
}

func resultOf(i, bytes int) v1alpha1.Value {
	return v1alpha1.Value(fmt.Sprintf("%q", fmt.Sprint(i, strings.Repeat("<", bytes))))
}

func wrongResults(r record.Record, succeeded, bytes int) error {
	for i, s := range r.Steps {
		switch {
		case i < succeeded && string(s.Results["r"]) != string(resultOf(i, bytes)):
			return fmt.Errorf("step %s has the results %.40s", s.Name, s.Results)
		case i >= succeeded && len(s.Results) > 0:
			return fmt.Errorf("step %s has the results %.40s and none were written", s.Name, s.Results)
		}
	}
	return nil
}

// resultsContract: results of any size a run may have come back with their steps, and only then; a driver that lost the record
// writes none.
func resultsContract(t *testing.T, w World) {
	const bytes = 4000
	n := record.StepsPerPiece + 5
	d1, d2 := w.Record("d1"), w.Record("d2")
	mustTake(t, d1, head(n))
	mustSave(t, d1, withResults(n, 3, bytes), 0)
	mustSave(t, d1, withResults(n, n, bytes), 0) // the second piece, and so the success of the last steps, is not written
	if err := wrongResults(mustTake(t, d2, head(n)), record.StepsPerPiece, bytes); err != nil {
		t.Error(err)
	}
	if _, err := d1.Save(t.Context(), withResults(n, n, bytes), []int{1}); err == nil {
		t.Error("a driver that lost the record wrote results")
	}
	mustSave(t, d2, withResults(n, n, bytes), 1)
	if err := wrongResults(mustTake(t, w.Record("d3"), head(n)), n, bytes); err != nil {
		t.Error(err)
	}
}

// droppedResultsContract: a record that somebody deletes is made anew with its results.
func droppedResultsContract(t *testing.T, w World) {
	d1 := w.Record("d1")
	mustTake(t, d1, head(3))
	mustSave(t, d1, withResults(3, 2, 10), 0)
	if err := w.DropRecord(t.Context()); err != nil {
		t.Fatal(err)
	}
	all := withResults(3, 3, 10)
	for tries := 0; ; tries++ {
		_, err := d1.Save(t.Context(), all, []int{0})
		if err == nil {
			break
		}
		if tries == 10 {
			t.Fatal(err)
		}
	}
	if err := wrongResults(mustTake(t, w.Record("d2"), head(3)), 3, 10); err != nil {
		t.Error(err)
	}
}

// clusterWorld holds the hand-written cluster to the contract.
type clusterWorld struct{ *Cluster }

// NewClusterWorld is a Cluster as a World.
func NewClusterWorld() World { return WorldOf(clusterWorld{NewCluster()}) }

func (w clusterWorld) Ref() Ref { return Ref{Namespace: "ns", Run: "r", UID: "job-uid"} }

func (w clusterWorld) OwnPod(_ context.Context, containers ...string) (driver.OwnPod, error) {
	return w.Own(containers[1:]...), nil
}

func (w clusterWorld) StrangerPod(_ context.Context, name string) error {
	w.Stranger(name, false)
	return nil
}

func (w clusterWorld) StrangerRecord(context.Context) error {
	w.Cluster.StrangerRecord()
	return nil
}

func (w clusterWorld) DropRecord(context.Context) error {
	w.Cluster.DropRecord()
	return nil
}

func (w clusterWorld) SetCancel(_ context.Context, grace string) error {
	return withGrace(grace, w.Cancel)
}

func (w clusterWorld) SetCancelFinally(_ context.Context, grace string) error {
	return withGrace(grace, w.CancelFinally)
}

func withGrace(text string, cancel func(*time.Duration)) error {
	if text == "" {
		cancel(nil)
		return nil
	}
	d, err := time.ParseDuration(text)
	cancel(&d)
	return err
}
