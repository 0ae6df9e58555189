package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/test/rig"
)

// meter takes numbered lines and says how fast they came. A line that is missing, or comes twice, is an error.
type meter struct {
	last        int
	first, done time.Time
}

// take takes a line that came at that time; one without a number counts for nothing.
func (m *meter) take(at time.Time, text []byte) error {
	_, rest, found := bytes.Cut(text, []byte("epoch 3 step "))
	if !found {
		return nil
	}
	digits, _, _ := bytes.Cut(rest, []byte(" "))
	number, err := strconv.Atoi(string(digits))
	if err != nil || number != m.last+1 {
		return fmt.Errorf("after line %d came %q", m.last, text)
	}
	if m.last == 0 {
		m.first = at
	}
	m.last, m.done = number, at
	return nil
}

func (m *meter) whole() bool { return m.last == logLines }

// perSecond is from the first line to the last.
func (m *meter) perSecond() float64 { return float64(m.last-1) / m.done.Sub(m.first).Seconds() }

// nodePace reads the log file of a Pod's container on its node: all of the lines, behind a prefix, with the times at which
// the container's runtime took them.
func (b *bench) nodePace(ctx context.Context, prefix, pod, container string) (float64, error) {
	pattern := filepath.Join(filepath.Dir(b.options.kubeconfig), "node-*", "var-log", "pods", b.options.namespace+"_"+pod+"_*", container, "0.log")
	var file string
	err := rig.Insist(ctx, func(context.Context) error {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) != 1 {
			return errs.Join(err, fmt.Errorf("%s has %d log files", pod, len(files)))
		}
		file = files[0]
		return hasLast(file)
	})
	if err != nil {
		return 0, fmt.Errorf("wait for the last line of %s: %w", pod, err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	var m meter
	for line := range bytes.Lines(text) {
		// `time stdout F text`
		words := bytes.SplitN(line, []byte(" "), 4)
		if len(words) < 4 || string(words[1]) != "stdout" || !bytes.HasPrefix(words[3], []byte(prefix)) {
			continue
		}
		at, err := time.Parse(time.RFC3339Nano, string(words[0]))
		if err == nil {
			err = m.take(at, words[3])
		}
		if err != nil {
			return 0, fmt.Errorf("the log of %s: %w", pod, err)
		}
	}
	return m.perSecond(), nil
}

// hasLast looks for the last line at the end of a file.
func hasLast(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if end, err := file.Seek(0, io.SeekEnd); err == nil && end > 4<<10 {
		_, _ = file.Seek(-4<<10, io.SeekEnd) // or the whole is read
	}
	tail, err := io.ReadAll(file)
	if err == nil && !bytes.Contains(tail, fmt.Appendf(nil, "epoch 3 step %d ", logLines)) {
		err = errors.New("it has not come")
	}
	return err
}

// launcherLogs and kubectlLogs follow the log on this machine.
func (b *bench) launcherLogs(run string) []string {
	return []string{filepath.Join(b.options.bin, "launcher"), "logs", run, "shout", "-f", "-n", b.options.namespace}
}

func (b *bench) kubectlLogs(pod string) []string {
	return []string{b.options.kubectl, "logs", "-f", pod, "-n", b.options.namespace}
}

// hostPace runs a command until it has printed all of the lines.
func (b *bench) hostPace(ctx context.Context, command []string) (float64, error) {
	ctx, cancel := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+b.options.kubeconfig)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		cancel()
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		cancel()
		return 0, fmt.Errorf("start %s: %w", filepath.Base(command[0]), err)
	}
	var m meter
	err = m.read(stdout)
	cancel()
	_ = cmd.Wait() // it was killed
	if err != nil {
		return 0, fmt.Errorf("%s logs -f: %w; it said: %s", filepath.Base(command[0]), err, &stderr)
	}
	return m.perSecond(), nil
}

// read reads until the last line has come.
func (m *meter) read(r io.Reader) error {
	in := bufio.NewReaderSize(r, 1<<20)
	for !m.whole() {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return fmt.Errorf("%d lines came: %w", m.last, err)
		}
		at := m.done
		if m.last == 0 || m.last == logLines-1 { // the clock costs as much as the line
			at = time.Now()
		}
		if err := m.take(at, line); err != nil {
			return err
		}
	}
	return nil
}
