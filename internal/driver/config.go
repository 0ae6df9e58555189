package driver

import (
	"context"
	"io"
	"time"

	"go.uber.org/zap"
	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/driver/recorder"
	"github.com/stepherd/stepherd/internal/driver/steplogs"
	"github.com/stepherd/stepherd/internal/logs"
	"github.com/stepherd/stepherd/internal/podspec"
	"github.com/stepherd/stepherd/internal/run"
)

// Config is what a driver needs. All fields but Archive, Streams, Own, Quit, Version and MinDriver must be set.
type Config struct {
	// Plan is the pipeline as EncodePlan wrote it.
	Plan []byte
	// Identity names the run.
	Identity podspec.Identity
	// Stdout gets the lines of the steps' logs, and nothing else.
	Stdout io.Writer
	// Unread is how many bytes that were written to Stdout are still in its pipe; 0 where it is none. It may be called by
	// several goroutines at once.
	Unread func() int
	// Logger gets the transcript: a line for each event and each action.
	Logger *zap.Logger

	Pods Pods
	Mark CancelMark
	Logs logs.Source
	// Streams is how many logs are followed at once at most; 0 means 512.
	Streams int
	// Own is the Pod that the driver runs in; nil where nothing is known of it.
	Own OwnPod
	// Quit POSTs to a URL of that Pod, and errs unless it was answered with a success.
	Quit func(ctx context.Context, url string) error
	// Version is the driver's, and MinDriver that of the oldest driver that understands the plan; each may be empty.
	Version, MinDriver string
	// Archive keeps the logs where they outlive their Pods; nil where the pipeline asks for none.
	Archive steplogs.Archive
	// Warnings explain waits in the transcript, in the record and in what a failure says; the run does not depend on them.
	Warnings Warnings
	// Record opens the run's record; the pipeline's name becomes its label, and is empty when the plan cannot be read.
	Record func(pipeline string) recorder.Record
}

// Pods are the step Pods of the run. Errors of its calls are for the transcript; methods on them say more: Denied() bool
// that a right is missing.
type Pods interface {
	// Create sends a Pod once and answers with PodSeen or CreateFailed.
	Create(ctx context.Context, pod *corev1.Pod) run.Event
	// Delete asks for the end of the Pod with that UID; grace is how long it gets, nil what it says itself. It is no error
	// if there is none any more.
	Delete(ctx context.Context, name, uid string, grace *time.Duration) error
	// List gives the Pods that exist now.
	List(ctx context.Context) ([]run.Pod, error)
	// Watch calls listed once with all Pods that exist and then event for each change, also for what changed in gaps,
	// until ctx is done. It rides out everything, and tells trouble of it.
	Watch(ctx context.Context, listed func([]run.Pod), event func(run.Event), trouble func(error, time.Duration)) error
}

// OwnPod is the Pod that the driver runs in.
type OwnPod interface {
	// Others are the names of the containers that keep the Pod from ending when the driver has: those beside the driver's,
	// but init containers and native sidecars, that have not ended. There are none where the Pod does not exist any more.
	Others(ctx context.Context) ([]string, error)
	// Delete asks for the end of that very Pod. It is no error if it does not exist any more.
	Delete(ctx context.Context) error
}

// Warnings are what the cluster says about Pods beside their status.
type Warnings interface {
	// Latest gives of those Pods, by UID, what the newest of their events says of why each does not get on, in one line, if
	// there is such an event.
	Latest(ctx context.Context, pods []run.Pod) (map[string]string, error)
}

// CancelMark is what the run's Job tells: above all, that the run should end.
type CancelMark interface {
	// Watch calls mark with what is so now, and again when that has changed, until ctx is done. A cancel is not taken back. It rides
	// out everything, and tells trouble of it.
	Watch(ctx context.Context, mark func(v1alpha1.Marks), trouble func(error, time.Duration)) error
}
