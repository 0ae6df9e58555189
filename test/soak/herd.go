package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/retry"
	"github.com/stepherd/stepherd/test/rig"
)

const (
	// runLimit is how long a run may take to its verdict.
	runLimit = 20 * time.Minute
	// settleLimit is how long after it Pods may live and the Job may be without its end: a node may be cut off meanwhile.
	settleLimit = 8 * time.Minute
	// lookAtRun is how often somebody looks whether a run is stuck.
	lookAtRun = 5 * time.Second
)

// result is what became of a run.
type result struct {
	order order
	took  time.Duration
	seen
	problems []string
	// forgotten is what became of steps whose ends were forgotten, for a reason that there was.
	forgotten []string
}

// seen is all that was seen of a run, before anybody judges it.
type seen struct {
	// code is the exit code of `launcher wait`.
	code int
	// atVerdict is how `launcher get` showed the run right after its verdict, and run how it did when nothing of it lived.
	atVerdict, run v1alpha1.Run
	// proof is what its steps wrote.
	proof string
	// trouble is what could not be done or waited for.
	trouble []string
}

// herd makes the runs and sees them through.
type herd struct {
	cluster  *cluster
	launcher launcher
	ledger   *ledger
	harms    *harms
	lookout  *lookout
	fates    *fates
	trouble  string // folder
	keep     bool

	// All of these are by run.
	mu      sync.Mutex
	alive   map[string]bool
	drivers map[string]rig.Driver // the last that was met
	cutOff  map[string]bool       // its driver was once lost with a node
	logs    map[string][]string   // copies of its drivers' logs
}

func newHerd(o options, c *cluster, l *ledger) *herd {
	return &herd{
		cluster: c, ledger: l, trouble: o.Trouble, keep: o.Keep,
		launcher: launcher{rig.Launcher{Path: filepath.Join(o.Bin, "launcher"), Kubeconfig: c.kubeconfig, Namespace: namespace}},
		harms:    &harms{}, lookout: &lookout{}, fates: newFates(),
		alive: map[string]bool{}, drivers: map[string]rig.Driver{}, cutOff: map[string]bool{}, logs: map[string][]string{},
	}
}

// live reports whether a run was submitted and has no verdict yet.
func (h *herd) live(run string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.alive[run]
}

func (h *herd) setLive(run string, live bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.alive[run] = live
}

// drive makes all runs, so many at a time. verdicts is called when all of them have their verdict; what is left then is to
// see that nothing of them lives on.
func (h *herd) drive(ctx context.Context, orders []order, parallel int, verdicts func()) []result {
	results := make([]result, len(orders))
	slots := make(chan struct{}, parallel)
	var running, settling sync.WaitGroup
	for i, o := range orders {
		running.Add(1)
		settling.Go(func() {
			slots <- struct{}{}
			code, err := h.toVerdict(ctx, o, &results[i])
			<-slots
			running.Done()
			results[i].code = code
			h.settle(ctx, o, err, &results[i])
		})
	}
	running.Wait()
	verdicts()
	settling.Wait()
	return results
}

// toVerdict submits a run and waits for its end, and does meanwhile what a human would do for it.
func (h *herd) toVerdict(ctx context.Context, o order, r *result) (code int, err error) {
	r.order = o
	ctx, cancel := context.WithTimeoutCause(ctx, runLimit, fmt.Errorf("it had no verdict after %s", runLimit))
	defer cancel()
	begin := time.Now()
	defer func() { r.took = time.Since(begin) }()
	if err := rig.Insist(ctx, func(ctx context.Context) error { return h.submit(ctx, o) }); err != nil {
		return -1, fmt.Errorf("submit: %w", err)
	}
	h.ledger.say("%s (%s) was submitted", o.name, o.variant.name)
	h.setLive(o.name, true)
	defer h.setLive(o.name, false)
	var helpers sync.WaitGroup
	helping, stop := context.WithCancel(ctx)
	defer helpers.Wait()
	defer stop()
	helpers.Go(func() { h.rescue(helping, o.name) })
	if o.variant.cancelAt != "" {
		helpers.Go(func() { h.cancel(helping, o) })
	}
	if code, err = h.wait(ctx, o.name); err != nil {
		return code, err
	}
	h.ledger.say("%s (%s) ended with %d", o.name, o.variant.name, code)
	r.atVerdict, err = h.look(ctx, o.name)
	r.run = r.atVerdict
	return code, err
}

// look reads how a run stands.
func (h *herd) look(ctx context.Context, run string) (r v1alpha1.Run, err error) {
	err = rig.Insist(ctx, func(ctx context.Context) (err error) {
		r, err = h.launcher.get(ctx, run)
		return err
	})
	return r, err
}

// submit succeeds also if an earlier call has made the run and lost the answer.
func (h *herd) submit(ctx context.Context, o order) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	defer cancel()
	got, err := h.launcher.Do(ctx, o.file, "submit", "-", "--name", o.name, "-o", "name")
	if err != nil || got.Code == 0 {
		return err
	}
	if _, err := h.launcher.get(ctx, o.name); err == nil {
		return nil
	}
	return fmt.Errorf("exit code %d: %s", got.Code, got.Text())
}

// wait calls `launcher wait` until it gives a verdict; contact that is lost is no verdict.
func (h *herd) wait(ctx context.Context, run string) (code int, err error) {
	for {
		left := time.Minute
		if deadline, ok := ctx.Deadline(); ok {
			left = max(time.Until(deadline).Truncate(time.Second), time.Second)
		}
		got, err := h.launcher.Do(ctx, "", "wait", run, "--timeout", left.String())
		switch {
		case ctx.Err() != nil:
			return -1, context.Cause(ctx)
		case err != nil:
			return -1, err
		case got.Code == codeSucceeded, got.Code == codeFailed, got.Code == codeCancelled:
			return got.Code, nil
		case got.Code == codeTimeout:
			return got.Code, fmt.Errorf("it had no verdict after %s", runLimit)
		}
		h.ledger.does(contactLost, run)(fmt.Sprintf("exit code %d", got.Code), 0)
		h.ledger.say("launcher wait %s: %s", run, got.Text())
		if retry.Sleep(ctx, time.Second) != nil {
			return -1, context.Cause(ctx)
		}
	}
}

// cancel cancels a run when a certain step has started. It looks for the mark before it asks again, because the answer may have been
// lost: a second cancel would stop the steps under finally.
func (h *herd) cancel(ctx context.Context, o order) {
	if h.proofUntil(ctx, o.name, func(p []line) bool { return firstStart(p, o.variant.cancelAt) >= 0 }) != nil {
		return
	}
	err := rig.Insist(ctx, func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, askLimit)
		defer cancel()
		if marked, err := h.cluster.isCancelled(ctx, o.name); err != nil || marked {
			return err
		}
		got, err := h.launcher.Do(ctx, "", "cancel", o.name)
		if err == nil && got.Code != 0 {
			err = fmt.Errorf("exit code %d: %s", got.Code, got.Text())
		}
		return err
	})
	h.ledger.say("launcher cancel %s: %s", o.name, orDone(err))
}

func orDone(err error) string {
	if err != nil {
		return err.Error()
	}
	return "done"
}

// proof is what the steps of a run have written so far.
func (h *herd) proof(run string) ([]line, error) {
	text, err := h.proofText(run)
	if err != nil {
		return nil, err
	}
	return parseProof(text)
}

func (h *herd) proofText(run string) (string, error) {
	text, err := os.ReadFile(filepath.Join(h.cluster.proofDir(), run))
	if errors.Is(err, os.ErrNotExist) {
		return "", nil
	}
	return string(text), err
}

func (h *herd) proofUntil(ctx context.Context, run string, holds func([]line) bool) error {
	for {
		if p, err := h.proof(run); err == nil && holds(p) {
			return nil
		}
		if err := retry.Sleep(ctx, lookEvery); err != nil {
			return err
		}
	}
}
