package record

import (
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// Record is what the driver must not forget and what `get` shows when the Pods are gone. It lives in
// ConfigMaps owned by the Job: the head and the first piece in `<run>-record`, further pieces in
// `<run>-record-1`, ...
type Record struct {
	Head Head
	// Steps by number: in the order of the pipeline, and then those that have joined the run. Only those whose phase is Ended,
	// or that have an attempt, say anything. Their results are kept in pieces of their own, see Results.
	Steps []v1alpha1.StepStatus
}

// Head is the small part that is written first. As JSON under the key `run.json`.
type Head struct {
	// Version of the encoding; a driver or launcher that does not know it reports that and stops.
	Version int `json:"version"`
	// Holder is the UID of the driver Pod that may write. It is the fence: a driver that finds another holder stops and writes nothing more.
	Holder string `json:"holder,omitempty"`
	// Phase is Running until the verdict.
	Phase      v1alpha1.RunPhase `json:"phase"`
	Reason     v1alpha1.Reason   `json:"reason,omitempty"`
	Message    string            `json:"message,omitempty"`
	StartedAt  *metav1.Time      `json:"startedAt,omitempty"`
	FinishedAt *metav1.Time      `json:"finishedAt,omitempty"`
	// CancelledAt is when the driver took up a cancel.
	CancelledAt *metav1.Time `json:"cancelledAt,omitempty"`
	// Provisional is the verdict on the steps that do not stand under finally, and FinallyStartedAt is when it was given and those
	// under finally could begin. They are there together, before the first Pod of a step under finally, and never change: whatever
	// driver takes the run up goes by them.
	Provisional      *Verdict     `json:"provisional,omitempty"`
	FinallyStartedAt *metav1.Time `json:"finallyStartedAt,omitempty"`
	// HasResults reports whether there are pieces with results, see Results.
	HasResults bool `json:"hasResults,omitempty"`
	// StepCount is the number of steps, so that a reader knows how many pieces there may be. It begins as that of the plan,
	// and may grow. The pieces that hold further steps are written before it.
	StepCount int `json:"stepCount"`
}

// Verdict is how a run ends, or is to end.
type Verdict struct {
	Phase   v1alpha1.RunPhase `json:"phase"`
	Reason  v1alpha1.Reason   `json:"reason,omitempty"`
	Message string            `json:"message,omitempty"`
}

// Version is the encoding that this build writes.
const Version = 1

// StepsPerPiece is how many steps one piece of the record covers; a piece is gzipped JSON of about
// 50 bytes a step and stays far below the 32 KiB that a piece may have.
const StepsPerPiece = 128

// Name is the name of piece k's ConfigMap: <run>-record, <run>-record-1, ...
func Name(run string, piece int) string {
	if piece == 0 {
		return run + "-record"
	}
	return run + "-record-" + strconv.Itoa(piece)
}
