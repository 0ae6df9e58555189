package launch

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/logs"
	"github.com/stepherd/stepherd/internal/report"
)

// LogQuery says whose logs are wanted.
type LogQuery struct {
	Run string
	// Step is empty for all steps. The lines of one step bear no prefix.
	Step string
	// Container is `main` when empty.
	Container string
	// Follow goes on until the run, or the one step, has ended.
	Follow bool
}

// ShowLogs writes logs to Out: step by step in the order of the pipeline, or as they come where a living run is followed.
func (l *Launcher) ShowLogs(ctx context.Context, q LogQuery) error {
	job, err := l.job(ctx, q.Run)
	if err != nil {
		return err
	}
	k, err := l.know(ctx, job)
	if err != nil {
		return err
	}
	run := Assemble(k)
	o := tailOptions{only: q.Step, container: cmp.Or(q.Container, v1alpha1.MainContainer)}
	if q.Step != "" && !slices.ContainsFunc(run.Steps, func(s v1alpha1.StepStatus) bool { return s.Name == q.Step }) {
		return l.noStepOf(run, q.Step)
	}
	if !q.Follow || run.Phase.Ended() {
		return l.readLogs(ctx, run, k.StepPods, o)
	}
	tails := newTails(l, o)
	ended, err := l.follow(ctx, q.Run, tails)
	if err != nil {
		return err
	}
	return l.fromDriver(ctx, ended, tails.lost, o)
}

func (l *Launcher) noStepOf(run v1alpha1.Run, step string) error {
	names := make([]string, len(run.Steps))
	for i := range run.Steps {
		names[i] = run.Steps[i].Name
	}
	return clusterErrorf("run %q in namespace %q has no step %q%s", run.Metadata.Name, l.Namespace, step, DidYouMean(step, names))
}

// readLogs writes what there is now, one attempt after the other.
func (l *Launcher) readLogs(ctx context.Context, run v1alpha1.Run, pods []v1alpha1.StepStatus, o tailOptions) error {
	there := map[string]bool{}
	for _, s := range pods {
		for _, a := range s.Attempts {
			there[a.Pod] = true
		}
	}
	var lost []string
	for _, s := range run.Steps {
		if o.only != "" && s.Name != o.only {
			continue
		}
		gone, err := l.readStep(ctx, s, there, o)
		if err != nil {
			return err
		}
		if gone {
			lost = append(lost, s.Name)
		}
	}
	return l.fromDriver(ctx, run, lost, o)
}

// readStep writes the logs of a step's attempts; gone says that a Pod that had begun is not there any more.
func (l *Launcher) readStep(ctx context.Context, s v1alpha1.StepStatus, there map[string]bool, o tailOptions) (gone bool, err error) {
	read := false
	for _, a := range s.Attempts {
		switch {
		case !begun(a):
			continue
		case !there[a.Pod]:
			gone = true
			continue
		}
		read = true
		err := l.readLog(ctx, s.Name, a, o)
		switch {
		case logs.IsGone(err):
			gone = true
		case err != nil:
			return false, l.sentence(err)
		}
	}
	if o.only != "" && !read && !gone {
		l.note("step %q has no log: %s", s.Name, strings.TrimSuffix(string(s.Phase)+": "+report.Why(&s), ": "))
	}
	return gone, nil
}

func (l *Launcher) readLog(ctx context.Context, step string, a v1alpha1.AttemptStatus, o tailOptions) error {
	prefix := linePrefix(l, o.only, step, a.Number)
	return logs.Read(ctx, l.Logs, logs.Container{Pod: a.Pod, Name: o.container}, printer{prefix: prefix, print: l.out})
}

// printer is a sink that makes text of lines and gaps; what print is given is valid until it returns.
type printer struct {
	prefix string
	print  func(text []byte) error
}

func (p printer) Line(l logs.Line, _ logs.Position) error {
	return p.print(logs.Append(nil, p.prefix, l))
}

func (p printer) Gap(g logs.Gap) error { return p.print(logs.AppendMark(nil, p.prefix, g.String())) }

func (l *Launcher) out(text []byte) error {
	if _, err := l.Out.Write(text); err != nil {
		return fmt.Errorf("write the log: %w", err)
	}
	return nil
}

// fromDriver writes the lines of steps whose Pods are gone, as the driver has printed them, and says so.
func (l *Launcher) fromDriver(ctx context.Context, run v1alpha1.Run, lost []string, o tailOptions) error {
	if len(lost) == 0 {
		return nil
	}
	who := stepList(lost)
	if o.container != "" && o.container != v1alpha1.MainContainer {
		l.note("%s: the Pod is gone, and the log of container %q with it", who, o.container)
		return nil
	}
	pods, err := l.Cluster.DriverPods(ctx, l.Namespace, run.Metadata.UID)
	if err != nil {
		return l.sentence(err)
	}
	if len(pods) == 0 {
		l.note("%s: the Pod is gone, and the driver's, too: there is no log left", who)
		return nil
	}
	l.note("%s: the Pod is gone; its lines are taken from the driver's log", who)
	slices.SortFunc(pods, func(a, b corev1.Pod) int { return a.CreationTimestamp.Compare(b.CreationTimestamp.Time) })
	for i := range pods {
		if err := l.sift(ctx, pods[i].Name, lost, o); err != nil && !logs.IsGone(err) {
			return l.sentence(err)
		}
	}
	return nil
}

// driverLine is a line of a step in the driver's log, as logs.Prefix begins it.
var driverLine = regexp.MustCompile(`^([^ |#]+)(?:#([0-9]+))? \| `)

// sift writes those lines of a driver's log that are the steps'.
func (l *Launcher) sift(ctx context.Context, pod string, steps []string, o tailOptions) error {
	wanted := map[string]bool{}
	for _, s := range steps {
		wanted[s] = true
	}
	return logs.Read(ctx, l.Logs, logs.Container{Pod: pod, Name: v1alpha1.DriverContainer}, printer{print: func(whole []byte) error {
		m := driverLine.FindSubmatch(whole)
		if m == nil || !wanted[string(m[1])] {
			return nil
		}
		attempt := 1
		if n, err := strconv.Atoi(string(m[2])); err == nil {
			attempt = n
		}
		text := []byte(linePrefix(l, o.only, string(m[1]), attempt))
		return l.out(append(text, bytes.TrimPrefix(whole, m[0])...))
	}})
}
