package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"
)

func (c *cluster) about(o options) (about, error) {
	version, err := c.client.Discovery().ServerVersion()
	if err != nil {
		return about{}, fmt.Errorf("ask the cluster for its version: %w", err)
	}
	return about{
		date: time.Now().UTC().Format(time.DateOnly), machine: machine(), kubernetes: version.GitVersion,
		runs: o.runs, parallel: o.parallel, seed: o.seed,
	}, nil
}

// machine is this machine in words, such as "2 cores, 24 GiB". A local cluster is always on Linux.
func machine() string {
	words := fmt.Sprintf("%d cores", runtime.NumCPU())
	meminfo, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return words
	}
	for row := range strings.Lines(string(meminfo)) {
		var kib int64
		if _, err := fmt.Sscanf(row, "MemTotal: %d kB", &kib); err == nil {
			return fmt.Sprintf("%s, %d GiB", words, (kib+1<<19)>>20)
		}
	}
	return words
}
