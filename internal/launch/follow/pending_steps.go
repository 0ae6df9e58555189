package follow

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/launch/client"
	"github.com/stepherd/stepherd/internal/launch/lookup"
	"github.com/stepherd/stepherd/internal/launch/status"
	"github.com/stepherd/stepherd/internal/podevents"
	"github.com/stepherd/stepherd/internal/report"
)

const (
	// waitEvery is how often a follow looks at the steps that wait.
	waitEvery = time.Second
	// waitTold is how long a reason must have stood before it is told. A Pod whose predecessor has just ended finds no
	// node for a second or two.
	waitTold = 3 * time.Second
)

// askPauses are those before events are asked for, counted from when the Pod was seen on its node, and then from the
// question before; the last one comes again and again.
var askPauses = [...]time.Duration{3 * time.Second, 10 * time.Second, 30 * time.Second, time.Minute}

// pendingSteps are the steps whose Pods have not started or are refused, as far as a follow has to tell of them. They belong to its loop.
type pendingSteps struct {
	client *client.Client
	reader *lookup.Reader
	// only is the one step that is wanted; empty for all.
	only  string
	steps map[status.AttemptKey]*pendingStep
	seen  int  // steps so far
	blind bool // the user may not list events

	refused unscheduled
}

// pendingStep is one attempt that has not started.
type pendingStep struct {
	place int // in the order in which attempts were seen
	title string
	pod   string // empty while the cluster refuses it

	text  string // why it waits; empty while that is unknown
	since time.Time
	// heard: text comes from events, which tell it when it is no moment any more.
	heard bool
	// takesTurns: text is one of those that come by turns while nothing changes.
	takesTurns bool

	told   map[string]bool
	last   string // of told
	placed bool   // on a node
	queue  string // the reason in its status while a queue holds it back; empty if none does

	askAt  time.Time // zero while the status must do
	asked  int
	asking bool
}

func newPendingSteps(client *client.Client, reader *lookup.Reader, job *batchv1.Job, only string) *pendingSteps {
	return &pendingSteps{client: client, reader: reader, only: only, steps: map[status.AttemptKey]*pendingStep{}, refused: newUnscheduled(job)}
}

// saw records an attempt as it is now.
func (w *pendingSteps) saw(step string, a v1alpha1.AttemptStatus, gone bool) {
	key := status.AttemptKey{Step: step, Number: a.Number}
	w.refused.saw(key, a.Phase, gone)
	if gone || a.Phase != v1alpha1.StepPending || w.only != "" && step != w.only {
		delete(w.steps, key)
		return
	}
	x := w.steps[key]
	if x == nil || x.pod == "" { // it had none, because the cluster refused it
		x = w.add(key, a.Pod)
	}
	why := report.Why(&v1alpha1.StepStatus{Phase: a.Phase, Attempts: []v1alpha1.AttemptStatus{a}})
	x.placed, x.queue = a.ScheduledAt != nil, ""
	switch {
	case a.Queued:
		if x.queue = why; !strings.HasPrefix(x.text, why) {
			x.learn(why, w.client.Now(), false, false)
		}
	case why != "":
		// The kubelet tells of a pull that fails, and of the pause after it, by turns.
		x.learn(why, w.client.Now(), false, a.Reason != "")
		x.askAt = time.Time{}
	case !x.heard:
		x.text = ""
	}
	if status.IsStarting(a) && x.askAt.IsZero() {
		x.asked, x.askAt = 0, w.client.Now().Add(askPauses[0])
	}
}

func (w *pendingSteps) add(key status.AttemptKey, pod string) *pendingStep {
	w.seen++
	x := &pendingStep{place: w.seen, title: status.Title(key.Step, key.Number), pod: pod, told: map[string]bool{}}
	w.steps[key] = x
	return x
}

// learn sets the reason.
func (x *pendingStep) learn(text string, now time.Time, heard, takesTurns bool) {
	if text != x.text {
		x.since = now
	}
	x.text, x.heard, x.takesTurns = text, heard, takesTurns
}

// isNews reports whether a reason has come to stay and was not told.
func (x *pendingStep) isNews(now time.Time) bool {
	if x.text == "" || x.text == x.last || x.takesTurns && x.told[x.text] {
		return false
	}
	return x.heard || now.Sub(x.since) >= waitTold
}

// look tells what is news, and asks for the events whose time has come.
func (w *pendingSteps) look(ctx context.Context, l *Loop) {
	if l.ended {
		return // the last reading says the rest
	}
	w.lookForRefusals(ctx, l)
	w.tell()
	asked := 0
	for _, x := range w.inOrder() {
		if !w.blind && asked < lookup.MaxAsked && !x.asking && !x.askAt.IsZero() && !w.client.Now().Before(x.askAt) {
			asked++
			w.ask(ctx, l, x)
		}
	}
}

func (w *pendingSteps) inOrder() []*pendingStep {
	return slices.SortedFunc(maps.Values(w.steps), func(a, b *pendingStep) int { return cmp.Compare(a.place, b.place) })
}

// tell reports what is new, for all steps with the same reason in one line.
func (w *pendingSteps) tell() {
	var reasons []string
	who := map[string][]string{}
	for _, x := range w.inOrder() {
		if !x.isNews(w.client.Now()) {
			continue
		}
		if who[x.text] == nil {
			reasons = append(reasons, x.text)
		}
		who[x.text] = append(who[x.text], x.title)
		x.told[x.text], x.last = true, x.text
	}
	for _, reason := range reasons {
		verb := "wait"
		if len(who[reason]) == 1 {
			verb = "waits"
		}
		w.client.Note("%s %s: %s", status.StepList(who[reason]), verb, reason)
	}
}

// ask asks why a Pod does not start. The answer is told at once if something is wrong; that it only takes its time is told
// when it does so for the second time.
func (w *pendingSteps) ask(ctx context.Context, l *Loop, x *pendingStep) {
	x.asking = true
	pod, placed, queued := x.pod, x.placed, x.queue != ""
	l.Start(func() {
		news, err := w.reader.WhyWaiting(ctx, pod, placed, queued)
		l.Post(ctx, func(context.Context) {
			_, missing := client.MissingRight(err)
			w.blind = w.blind || missing
			if err != nil || placed != x.placed || queued != (x.queue != "") {
				news = podevents.News{}
			}
			x.answered(news, w.client.Now())
			if !l.ended {
				w.tell()
			}
		})
	})
}

// answered sets the reason that events give, unless the Pod's status gives one by now.
func (x *pendingStep) answered(news podevents.News, now time.Time) {
	x.asking = false
	if x.askAt.IsZero() {
		return
	}
	x.asked++
	x.askAt = now.Add(askPauses[min(x.asked, len(askPauses)-1)])
	if news.Wrong || x.asked > 1 && news.Text != "" {
		x.learn(status.JoinReasons(x.queue, news.Text), now, true, true)
	}
}
