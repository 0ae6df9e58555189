package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// about is what a reader must know to judge the figures. It holds no name of a host.
type about struct {
	date       string
	machine    string
	kubernetes string
	nodes      int
	rounds     int
	// trials is how many were measured, busy how many of them began on a machine that had other things to do.
	trials, busy int
}

func (b *bench) about(ctx context.Context) (about, error) {
	version, err := b.client.Discovery().ServerVersion()
	if err != nil {
		return about{}, fmt.Errorf("ask the cluster for its version: %w", err)
	}
	nodes, err := b.client.CoreV1().Nodes().List(ctx, metav1.ListOptions{})
	if err != nil {
		return about{}, fmt.Errorf("list the nodes: %w", err)
	}
	return about{
		date:       time.Now().UTC().Format(time.DateOnly),
		machine:    machine(),
		kubernetes: version.GitVersion,
		nodes:      len(nodes.Items),
		rounds:     b.options.rounds,
	}, nil
}

// machine is this machine in words, such as "2 cores, 24 GiB, Linux x86-64".
func machine() string {
	words := []string{fmt.Sprintf("%d cores", runtime.NumCPU())}
	if meminfo, err := os.Open("/proc/meminfo"); err == nil {
		defer meminfo.Close()
		if kib := memTotal(bufio.NewScanner(meminfo)); kib > 0 {
			words = append(words, fmt.Sprintf("%d GiB", (kib+1<<19)>>20))
		}
	}
	system := map[string]string{"linux": "Linux", "darwin": "macOS"}[runtime.GOOS]
	if system == "" {
		system = runtime.GOOS
	}
	processor := map[string]string{"amd64": "x86-64", "arm64": "ARM64"}[runtime.GOARCH]
	if processor == "" {
		processor = runtime.GOARCH
	}
	return strings.Join(append(words, system+" "+processor), ", ")
}

// memTotal is in KiB; 0 when it is not said.
func memTotal(meminfo *bufio.Scanner) int64 {
	for meminfo.Scan() {
		var kib int64
		if _, err := fmt.Sscanf(meminfo.Text(), "MemTotal: %d kB", &kib); err == nil {
			return kib
		}
	}
	return 0
}
