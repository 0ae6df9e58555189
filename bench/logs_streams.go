package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/pipelinefile"
	"github.com/stepherd/stepherd/internal/errs"
	"github.com/stepherd/stepherd/internal/phrase"
	"github.com/stepherd/stepherd/internal/podspec"
)

const (
	// streamLines are the lines of one trial, over all its streams.
	streamLines = 300_000
	// streamLimit bounds a trial.
	streamLimit = 3 * time.Minute
)

// streamCounts are how many logs are followed at once.
var streamCounts = []int{1, 100, 1000}

// streamTrial is what it took a driver to follow so many logs.
type streamTrial struct {
	cpu     float64 // seconds, for all lines
	seconds float64
	idle    int64 // physical memory in bytes when all logs were open and nothing flowed
	peak    int64 // the most
}

// streamResult are the trials of so many logs.
type streamResult struct {
	streams int
	// blocked: the driver's stdout was not read until the driver took no more.
	blocked bool
	trials  []streamTrial
}

func (r streamResult) median(of func(streamTrial) float64) float64 {
	var all []float64
	for _, t := range r.trials {
		all = append(all, of(t))
	}
	return spreadOf(all).Median
}

// measureStreams plays all numbers of streams, so many rounds each.
func measureStreams(ctx context.Context, rounds int, say func(string, ...any)) ([]streamResult, error) {
	var out []streamResult
	for _, streams := range streamCounts {
		for _, blocked := range []bool{false, true} {
			r := streamResult{streams: streams, blocked: blocked}
			for range rounds {
				t, err := tryStreams(ctx, streams, blocked)
				if err != nil {
					return nil, fmt.Errorf("follow %s: %w", phrase.Count(streams, "log"), err)
				}
				say("%s, blocked %t: %.2f s of CPU, %.2f s, %d MiB idle, %d MiB at most\n", phrase.Count(streams, "log"), blocked, t.cpu, t.seconds, t.idle>>20, t.peak>>20)
				r.trials = append(r.trials, t)
			}
			out = append(out, r)
		}
	}
	return out, nil
}

// tryStreams lets a driver, in a process of its own, follow the logs of a logServer.
func tryStreams(ctx context.Context, streams int, blocked bool) (t streamTrial, err error) {
	ctx, cancel := context.WithTimeoutCause(ctx, streamLimit, fmt.Errorf("not over after %s", streamLimit))
	defer cancel()
	server := newLogServer(streamLines / streams)
	defer server.close()
	reader, stdout, err := startReader(ctx, server, streams)
	if err != nil {
		return t, err
	}
	defer func() {
		_ = stdout.Close()
		_ = reader.Process.Signal(syscall.SIGTERM)
		var exit *exec.ExitError
		if waitErr := reader.Wait(); waitErr != nil && !errors.As(waitErr, &exit) {
			err = errs.Join(err, waitErr)
		}
		if use, ok := reader.ProcessState.SysUsage().(*syscall.Rusage); ok {
			t.peak = use.Maxrss << 10
		}
	}()
	if err := server.open(ctx, streams); err != nil {
		return t, err
	}
	before, err := useOf(reader.Process.Pid)
	if err != nil {
		return t, err
	}
	t.idle = before.rss
	begin := time.Now()
	close(server.begin)
	if blocked {
		if err := server.stalled(ctx); err != nil {
			return t, err
		}
	}
	if err := countLines(stdout, streams*server.lines); err != nil {
		return t, err
	}
	t.seconds = time.Since(begin).Seconds()
	after, err := useOf(reader.Process.Pid)
	t.cpu = after.cpu - before.cpu
	if n := server.again.Load(); n > 0 {
		return t, errs.Join(err, fmt.Errorf("%d streams were opened again", n))
	}
	return t, err
}

// startReader starts this program as a driver, with the memory limit that a driver's Pod tells Go of by default.
func startReader(ctx context.Context, s *logServer, streams int) (*exec.Cmd, io.ReadCloser, error) {
	dir, err := os.MkdirTemp("", "stepherd-bench-")
	if err != nil {
		return nil, nil, err
	}
	defer os.RemoveAll(dir)
	ca := filepath.Join(dir, "ca.crt")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.server.Certificate().Raw}), 0o600); err != nil {
		return nil, nil, err
	}
	limit, err := goMemoryLimit()
	if err != nil {
		return nil, nil, err
	}
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	cmd := exec.CommandContext(ctx, self, readerCommand, s.server.URL, ca, strconv.Itoa(streams))
	cmd.Env, cmd.Stderr = append(os.Environ(), limit), os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, fmt.Errorf("start the reader: %w", err)
	}
	if err := s.open(ctx, 1); err != nil { // then it has read its file
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // it was killed
		return nil, nil, err
	}
	return cmd, stdout, nil
}

// driverContainer is that of a driver whose file says nothing of it.
func driverContainer() (corev1.Container, error) {
	p, err := pipelinefile.Decode("bench/logs", widePlan(1))
	if err != nil {
		return corev1.Container{}, fmt.Errorf("the benchmark's own pipeline: %w", err)
	}
	job, err := podspec.DriverJob(p, podspec.JobOptions{Run: "r", Namespace: "ns", DriverImage: "i"})
	if err != nil {
		return corev1.Container{}, err
	}
	return job.Spec.Template.Spec.Containers[0], nil
}

// goMemoryLimit is what such a driver is told of its memory.
func goMemoryLimit() (string, error) {
	container, err := driverContainer()
	if err != nil {
		return "", err
	}
	for _, v := range container.Env {
		if v.Name == "GOMEMLIMIT" {
			return v.Name + "=" + v.Value, nil
		}
	}
	return "", errors.New("the driver's container has no GOMEMLIMIT")
}

// countLines reads so many lines.
func countLines(r io.Reader, want int) error {
	in := bufio.NewReaderSize(r, 1<<20)
	for got := 0; got < want; {
		if _, err := in.Peek(1); err != nil {
			return fmt.Errorf("%d of %d lines came: %w", got, want, err)
		}
		chunk, _ := in.Peek(in.Buffered()) // what is there can be had
		got += bytes.Count(chunk, []byte("\n"))
		_, _ = in.Discard(len(chunk))
	}
	return nil
}
