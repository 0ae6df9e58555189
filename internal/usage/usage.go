// Package usage is what a program says of itself in the last line that it writes: how many requests it sent, how much it
// wrote to the record, and what memory and CPU it took. The driver's line closes its transcript (zap JSON, msg "driver
// ends"); the benchmark's floor writes its own in the same form, and the benchmark reads both.
//
// It decides nothing about the figures, and it knows no cluster.
package usage

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"syscall"
	"time"
)

// suffix ends the msg of the line: "driver ends", "floor ends".
const suffix = " ends"

// Line is the line.
type Line struct {
	Msg string `json:"msg"`
	// Requests counts requests to the API server by verb_resource, such as create_pods.
	Requests map[string]int64 `json:"requests"`
	// RecordBytes are the bytes of the bodies of all requests that wrote the record.
	RecordBytes int64 `json:"recordBytes"`
	// MaxRSSBytes is the most physical memory that the process held.
	MaxRSSBytes int64 `json:"maxRSSBytes"`
	// CPUSeconds are those of user and system mode together.
	CPUSeconds float64 `json:"cpuSeconds"`
}

// Total is the number of all requests.
func (l Line) Total() int64 {
	var total int64
	for _, n := range l.Requests {
		total += n
	}
	return total
}

// ErrNoLine means that a log has no such line.
var ErrNoLine = errors.New(`no JSON line with msg "driver ends" and requests is in the log`)

// Parse finds the last such line of a log. Lines of steps, and other lines of the transcript, are passed over.
func Parse(log io.Reader) (Line, error) {
	lines := bufio.NewReader(log)
	found, last := false, Line{}
	for {
		text, err := lines.ReadBytes('\n')
		if line, ok := parseLine(text); ok {
			found, last = true, line
		}
		switch {
		case err == nil:
			continue
		case !errors.Is(err, io.EOF):
			return Line{}, fmt.Errorf("read the log: %w", err)
		case !found:
			return Line{}, ErrNoLine
		}
		return last, nil
	}
}

func parseLine(text []byte) (Line, bool) {
	text = bytes.TrimSpace(text)
	if !bytes.HasPrefix(text, []byte("{")) {
		return Line{}, false
	}
	var line Line
	if err := json.Unmarshal(text, &line); err != nil {
		return Line{}, false
	}
	return line, strings.HasSuffix(line.Msg, suffix) && line.Requests != nil
}

// Ends is the line of a process that calls itself name, with what the kernel says of this process (Linux: ru_maxrss is in
// KiB).
func Ends(name string, c *Counter) (Line, error) {
	var self syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &self); err != nil {
		return Line{}, fmt.Errorf("ask the kernel for this process's use: %w", err)
	}
	cpu := time.Duration(self.Utime.Nano() + self.Stime.Nano())
	return Line{
		Msg:         name + suffix,
		Requests:    c.Counts(),
		RecordBytes: c.RecordBytes(),
		MaxRSSBytes: self.Maxrss << 10,
		CPUSeconds:  cpu.Seconds(),
	}, nil
}
