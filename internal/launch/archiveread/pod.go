package archiveread

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/launch/status"
	"github.com/stepherd/stepherd/internal/report"
)

const (
	// archivePatience is how long the Pod that reads an archive may take to start; archiveLook is how often it is asked
	// meanwhile what keeps it.
	archivePatience = 2 * time.Minute
	archiveLook     = 5 * time.Second
)

// archivePod is the one Pod of a Job that reads an archive.
type archivePod struct {
	client *client.Client
	jobs   Jobs
	job    *batchv1.Job
	// news has the Pod as it is now; ended is closed when it has; denied has why nothing can be known of it.
	news   chan *corev1.Pod
	ended  chan struct{}
	denied chan error
	last   *corev1.Pod // of await and why
}

func newArchivePod(client *client.Client, jobs Jobs, job *batchv1.Job) *archivePod {
	return &archivePod{client: client, jobs: jobs, job: job, news: make(chan *corev1.Pod, 1), ended: make(chan struct{}), denied: make(chan error, 1)}
}

// watch passes on what becomes of the Pod until ctx is done.
func (w *archivePod) watch(ctx context.Context) {
	over := false
	err := w.jobs.WatchJobPods(ctx, w.client.Namespace, string(w.job.UID), func(pod *corev1.Pod, gone bool) {
		select {
		case <-w.news: // it is old
		default:
		}
		w.news <- pod
		if !over && (gone || status.IsTerminal(pod) || podEnded(pod)) {
			over = true
			close(w.ended)
		}
	}, func(error) {})
	if ctx.Err() == nil {
		w.denied <- err
	}
}

// podEnded reports whether the one container has.
func podEnded(pod *corev1.Pod) bool {
	s := pod.Status.ContainerStatuses
	return len(s) == 1 && s[0].State.Terminated != nil
}

// await waits until there is a log to read, and gives the Pod's name.
func (w *archivePod) await(ctx context.Context) (string, error) {
	limit := time.NewTimer(archivePatience)
	defer limit.Stop()
	look := time.NewTicker(archiveLook)
	defer look.Stop()
	told := ""
	for {
		var events []corev1.Event
		looked := false
		select {
		case w.last = <-w.news:
			if w.begun() {
				return w.last.Name, nil
			}
		case err := <-w.denied:
			return "", &permanentError{w.client.Sentence(err)}
		case <-look.C:
			events, looked = w.events(ctx), true
		case <-limit.C:
			text, _ := explainArchive(w.last, w.events(ctx))
			return "", &permanentError{fmt.Errorf("%s has not started within %s%s", w.name(), report.Duration(archivePatience), colon(text))}
		case <-ctx.Done():
			return "", context.Cause(ctx)
		}
		text, final := explainArchive(w.last, events)
		if final {
			return "", &permanentError{errors.New(w.name() + " does not start: " + text)}
		}
		if looked && text != "" && text != told {
			told = text
			w.client.Note("the run's archive is not read yet: %s: %s", w.name(), text)
		}
	}
}

func colon(text string) string {
	if text == "" {
		return ""
	}
	return ": " + text
}

func (w *archivePod) name() string {
	if w.last == nil {
		return "the Pod of job " + w.job.Name
	}
	return "pod " + w.last.Name
}

// begun reports whether the container has, and has perhaps ended.
func (w *archivePod) begun() bool {
	for _, s := range w.last.Status.ContainerStatuses {
		if s.State.Running != nil || s.State.Terminated != nil {
			return true
		}
	}
	return false
}

// events are what the cluster tells of the Pod, or of why there is none. They are an extra: without them less is known.
func (w *archivePod) events(ctx context.Context) []corev1.Event {
	var events []corev1.Event
	var err error
	if w.last == nil {
		events, err = w.jobs.Events(ctx, w.client.Namespace, string(w.job.UID))
	} else {
		events, err = w.jobs.PodEvents(ctx, w.client.Namespace, w.last.Name)
	}
	if err != nil {
		return nil
	}
	return events
}

// why adds to an error what the Pod's end says.
func (w *archivePod) why(err error) error {
	select {
	case w.last = <-w.news:
	default:
	}
	if w.last == nil {
		return err
	}
	for _, s := range w.last.Status.ContainerStatuses {
		if t := s.State.Terminated; t != nil && t.ExitCode != 0 {
			return fmt.Errorf("pod %s ended with exit code %d (%s): %w", w.last.Name, t.ExitCode, t.Reason, err)
		}
	}
	return err
}

// explainArchive returns why a Pod that reads an archive has not started, as far as that is known; final means that waiting
// will not help. pod is nil while there is none.
func explainArchive(pod *corev1.Pod, events []corev1.Event) (text string, final bool) {
	if pod == nil {
		text = status.CreateRefusal(events, nil)
		return text, text != ""
	}
	if status.IsTerminal(pod) {
		return strings.TrimSuffix(pod.Status.Reason+": "+report.Line(pod.Status.Message), ": "), true
	}
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse {
			noClaim := strings.Contains(c.Message, "persistentvolumeclaim") && strings.Contains(c.Message, "not found")
			return "it waits for a node: " + report.Line(c.Message), noClaim
		}
	}
	for _, s := range pod.Status.ContainerStatuses {
		if waiting := s.State.Waiting; waiting != nil && !startsSoon[waiting.Reason] {
			return fmt.Sprintf("%s: %s", waiting.Reason, report.Line(waiting.Message)), waiting.Reason != "ErrImagePull"
		}
	}
	text = status.WhyStarting(events, pod.UID).Text
	if strings.Contains(text, "Multi-Attach error") {
		text += "; a volume that is ReadWriteOnce is on one node at a time: wait until the run has ended"
	}
	return text, false
}

// startsSoon are reasons that say nothing.
var startsSoon = map[string]bool{"": true, "ContainerCreating": true, "PodInitializing": true}
