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
	what    string // start, end, fail, term, given, garbled, outcome
	step    string
	attempt int
	pod     string
	uid     string // of the Pod: a name may come again
	node    string
	at      time.Time
	word    string // what it was given, or how the run has ended; empty for most
}

const (
	saidStart   = "start"
	saidEnd     = "end"
	saidFail    = "fail"
	saidGiven   = "given"
	saidGarbled = "garbled"
	saidOutcome = "outcome"
)

// parseProof reads the file of one run.
func parseProof(text string) ([]line, error) {
	var out []line
	for row := range strings.Lines(text) {
		words := strings.Fields(row)
		if len(words) == 7 {
			words = append(words, "")
		}
		if len(words) != 8 {
			return out, fmt.Errorf("%q is no line of a step", strings.TrimSpace(row))
		}
		attempt, err := strconv.Atoi(words[2])
		if err != nil {
			return out, fmt.Errorf("%q has no attempt: %w", strings.TrimSpace(row), err)
		}
		unix, err := strconv.ParseInt(words[6], 10, 64)
		if err != nil {
			return out, fmt.Errorf("%q has no time: %w", strings.TrimSpace(row), err)
		}
		out = append(out, line{words[0], words[1], attempt, words[3], words[4], words[5], time.Unix(unix, 0), words[7]})
	}
	return out, nil
}

// life is what the program of one Pod wrote.
type life struct {
	step, pod, uid, node string
	attempt              int
	starts, ends         int
	first, last          int // places of its lines in the proof
	began, ceased        time.Time
}

// livesOf are the lives in the order of their first lines.
func livesOf(proof []line) []life {
	var out []life
	for at, l := range proof {
		i := slices.IndexFunc(out, func(f life) bool { return f.uid == l.uid })
		if i < 0 {
			i = len(out)
			out = append(out, life{step: l.step, pod: l.pod, uid: l.uid, node: l.node, attempt: l.attempt, first: at, began: l.at})
		}
		out[i].last, out[i].ceased = at, l.at
		switch l.what {
		case saidStart:
			out[i].starts++
		case saidEnd:
			out[i].ends++
		}
	}
	return out
}

// livesAs are those of Pods of that name.
func livesAs(lives []life, pod string) []life {
	return slices.DeleteFunc(slices.Clone(lives), func(f life) bool { return f.pod != pod })
}

// firstStart gives the place of a step's first start in the proof, or -1.
func firstStart(proof []line, step string) int {
	return slices.IndexFunc(proof, func(l line) bool { return l.step == step && l.what == saidStart })
}
