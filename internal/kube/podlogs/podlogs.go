package podlogs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"

	"github.com/stepherd/stepherd/internal/kube"
)

// Logs opens the logs of the containers of one namespace. It is a logs.Source, a logs.FirstLineReader
// and a logs.LastLineReader.
type Logs struct {
	pods typedcorev1.PodInterface
}

// New reads logs through a client, which for many logs should be one of NewLogClient.
func New(client typedcorev1.PodsGetter, namespace string) *Logs {
	return &Logs{pods: client.Pods(namespace)}
}

// Open opens a container's log with timestamps, from the second of since on (zero = from its beginning); with follow it
// goes on until the container has ended. The stream ends with ctx. Errors are *Error.
func (l *Logs) Open(ctx context.Context, pod, container string, since time.Time, follow bool) (io.ReadCloser, error) {
	opts := &corev1.PodLogOptions{Follow: follow}
	if !since.IsZero() {
		opts.SinceTime = &metav1.Time{Time: since}
	}
	return l.open(ctx, pod, container, opts)
}

// Head opens the beginning of the first line of the file that the node serves of a container's log.
func (l *Logs) Head(ctx context.Context, pod, container string) (io.ReadCloser, error) {
	n := int64(headBytes)
	return l.open(ctx, pod, container, &corev1.PodLogOptions{LimitBytes: &n})
}

// headBytes is more than a stamp.
const headBytes = 64

// Tail opens the last line of a container's log, or the last of the pieces in which the runtime wrote it.
func (l *Logs) Tail(ctx context.Context, pod, container string) (io.ReadCloser, error) {
	return l.Last(ctx, pod, container, 1)
}

// Last opens the last lines of a container's log, as Tail does.
func (l *Logs) Last(ctx context.Context, pod, container string, lines int) (io.ReadCloser, error) {
	n := int64(lines)
	return l.open(ctx, pod, container, &corev1.PodLogOptions{TailLines: &n})
}

func (l *Logs) open(ctx context.Context, pod, container string, opts *corev1.PodLogOptions) (io.ReadCloser, error) {
	opts.Container, opts.Timestamps = container, true
	stream, err := l.pods.GetLogs(pod, opts).MaxRetries(0).Stream(ctx)
	if err != nil {
		return nil, logError(pod, container, err)
	}
	return stream, nil
}

// logError tells a Pod that does not exist from one that its kubelet does not know: a kubelet answers 404, too, for a
// while after it was started (pkg/kubelet/server/server.go, getContainerLogs, v1.35), but the API server's sentence is
// its own.
func logError(pod, container string, err error) error {
	err = kube.Failed(err, "read the log of container %s of pod %s", container, pod)
	var e *kube.Error
	if errors.As(err, &e) && e.Kind == kube.KindNotFound && !strings.Contains(kube.Reason(e.Unwrap()), fmt.Sprintf("pods %q not found", pod)) {
		e.Kind = kube.KindTransient
	}
	return err
}
