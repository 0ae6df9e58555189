package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"time"

	"github.com/stepherd/stepherd/internal/retry"
)

const (
	// busyShare is above what part of its CPU time in use the machine counts as busy. A cluster at rest takes a tenth of two
	// cores.
	busyShare = 0.5
	// window is over what time the share is taken.
	window = time.Second
	// windows is how many quiet ones in a row are wanted.
	windows = 2
)

// quiet waits until the machine has little to do: until the kubelet has cleared away what is left of deleted Pods, and
// no other program works. When the wait is over and the machine is not quiet, the next trial begins all the same, and is counted
// as one that began on a busy machine.
func (b *bench) quiet(ctx context.Context) error {
	before, known := readCPU()
	deadline := time.Now().Add(b.options.settle)
	for inRow := 0; inRow < windows; {
		if time.Now().After(deadline) {
			if known {
				b.busyStarts++
			}
			return nil
		}
		if err := retry.Sleep(ctx, window); err != nil {
			return err
		}
		now, ok := readCPU()
		inRow++
		if !ok || now.shareSince(before) > busyShare {
			inRow = 0
		}
		before = now
	}
	return nil
}

// cpu is CPU time since the machine's start, over all cores, in the kernel's ticks.
type cpu struct{ busy, idle int64 }

// readCPU knows nothing on systems other than Linux.
func readCPU() (cpu, bool) {
	stat, err := os.ReadFile("/proc/stat")
	if err != nil {
		return cpu{}, false
	}
	return parseCPU(stat)
}

// parseCPU reads the first line of /proc/stat; see proc(5).
func parseCPU(stat []byte) (cpu, bool) {
	line, _, _ := bytes.Cut(stat, []byte("\n"))
	var user, nice, system, idle, iowait, irq, softirq, steal int64
	n, _ := fmt.Sscanf(string(line), "cpu %d %d %d %d %d %d %d %d", &user, &nice, &system, &idle, &iowait, &irq, &softirq, &steal)
	if n != 8 {
		return cpu{}, false
	}
	return cpu{busy: user + nice + system + irq + softirq + steal, idle: idle + iowait}, true
}

// shareSince is the part of the CPU time since then that was in use, from 0 to 1.
func (c cpu) shareSince(then cpu) float64 {
	busy, idle := c.busy-then.busy, c.idle-then.idle
	if busy+idle <= 0 {
		return 0
	}
	return float64(busy) / float64(busy+idle)
}
