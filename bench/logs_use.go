package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
)

// use is what a process has used so far, and what it holds.
type use struct {
	cpu float64 // seconds
	rss int64   // bytes
}

// ticksPerSecond is what Linux counts CPU time in, on all architectures that Go knows (USER_HZ).
const ticksPerSecond = 100

func useOf(pid int) (use, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return use{}, fmt.Errorf("ask the kernel for a process's use: %w", err)
	}
	return parseUse(stat)
}

// parseUse reads /proc/PID/stat; see proc(5). The second field is in parentheses and may hold anything.
func parseUse(stat []byte) (use, error) {
	const utime, stime, rss = 11, 12, 21 // counted from the third field
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:])
	if len(fields) <= rss {
		return use{}, fmt.Errorf("the kernel says %q of a process", stat)
	}
	var numbers [3]int64
	for i, field := range []int{utime, stime, rss} {
		n, err := strconv.ParseInt(string(fields[field]), 10, 64)
		if err != nil {
			return use{}, fmt.Errorf("the kernel says %q of a process: %w", stat, err)
		}
		numbers[i] = n
	}
	return use{cpu: float64(numbers[0]+numbers[1]) / ticksPerSecond, rss: numbers[2] * int64(os.Getpagesize())}, nil
}
