package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// line is one line that a step wrote about itself. The order of lines is that in which they were written, on whatever node.
type line struct {
	what    string // start, end, fail, term
	step    string
	attempt int
	pod     string
	node    string
	at      time.Time
}

const (
	saidStart = "start"
	saidEnd   = "end"
)

// parseProof reads the file of one run.
func parseProof(text string) ([]line, error) {
	var out []line
	for row := range strings.Lines(text) {
		words := strings.Fields(row)
		if len(words) != 6 {
			return out, fmt.Errorf("%q is no line of a step", strings.TrimSpace(row))
		}
		attempt, err := strconv.Atoi(words[2])
		if err != nil {
			return out, fmt.Errorf("%q has no attempt: %w", strings.TrimSpace(row), err)
		}
		unix, err := strconv.ParseInt(words[5], 10, 64)
		if err != nil {
			return out, fmt.Errorf("%q has no time: %w", strings.TrimSpace(row), err)
		}
		out = append(out, line{words[0], words[1], attempt, words[3], words[4], time.Unix(unix, 0)})
	}
	return out, nil
}

// said counts how often a Pod wrote a word.
func said(proof []line, pod, what string) int {
	n := 0
	for _, l := range proof {
		if l.pod == pod && l.what == what {
			n++
		}
	}
	return n
}

// firstStart gives the place of a step's first start in the proof, or -1.
func firstStart(proof []line, step string) int {
	return slices.IndexFunc(proof, func(l line) bool { return l.step == step && l.what == saidStart })
}
