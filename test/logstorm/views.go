package main

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// plainLines are the lines of a file in which a command's stdout is.
func plainLines(path string) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		for line, err := range linesOf(path) {
			if !yield(entry{text: line}, err) || err != nil {
				return
			}
		}
	}
}

// linesOf are the lines of a file without their newlines; a line stays valid until the next.
func linesOf(path string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		file, err := os.Open(path)
		if err != nil {
			yield(nil, err)
			return
		}
		defer file.Close()
		in := bufio.NewReaderSize(file, 1<<20)
		for {
			line, err := in.ReadSlice('\n')
			switch {
			case errors.Is(err, io.EOF) && len(line) == 0:
				return
			case err != nil && !errors.Is(err, io.EOF):
				yield(nil, fmt.Errorf("read %s: %w", filepath.Base(path), err))
				return
			}
			if !yield(bytes.TrimSuffix(line, []byte("\n")), nil) {
				return
			}
		}
	}
}

// driverLines are the stdouts of drivers, one after the other, as their container runtimes have written them down:
// `time stdout F text`, and P instead of F for a piece that the next one goes on with.
func driverLines(files []string) iter.Seq2[entry, error] {
	return func(yield func(entry, error) bool) {
		for i, file := range files {
			var whole []byte
			for line, err := range linesOf(file) {
				if err != nil {
					yield(entry{}, err)
					return
				}
				at, text, partial, stdout, err := parseCRI(line)
				if err == nil && !stdout {
					continue
				}
				whole = append(whole, text...)
				if partial {
					continue
				}
				if !yield(entry{at: at, driver: i, text: whole}, err) || err != nil {
					return
				}
				whole = whole[:0]
			}
		}
	}
}

func parseCRI(line []byte) (at time.Time, text []byte, partial, stdout bool, err error) {
	words := bytes.SplitN(line, []byte(" "), 4)
	if len(words) != 4 {
		return at, nil, false, false, fmt.Errorf("no line of a container runtime: %.200q", line)
	}
	at, err = time.Parse(time.RFC3339Nano, string(words[0]))
	return at, words[3], words[2][0] == 'P', string(words[1]) == "stdout", err
}

// driverLogs are the folders on this machine in which the stdouts of a run's drivers are, as a pattern.
func driverLogs(clusterDir, run string) string {
	return filepath.Join(clusterDir, "node-*", "var-log", "pods", namespace+"_"+run+"-*", v1alpha1.DriverContainer)
}

// driverFiles are the files on this machine in which the stdouts of a run's drivers are, in the order in which they began. A
// driver whose file was rotated, or whose container was started anew, is an error.
func driverFiles(clusterDir, run string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(driverLogs(clusterDir, run), "*"))
	if err != nil {
		return nil, err
	}
	begins := map[string]time.Time{}
	for _, file := range files {
		if filepath.Base(file) != "0.log" {
			return nil, fmt.Errorf("the log of a driver of %s is in more than one file: %s", run, filepath.Base(file))
		}
		for line, err := range linesOf(file) {
			if err == nil {
				begins[file], _, _, _, err = parseCRI(line)
			}
			if err != nil {
				return nil, err
			}
			break
		}
	}
	slices.SortFunc(files, func(a, b string) int { return cmp.Compare(begins[a].UnixNano(), begins[b].UnixNano()) })
	return files, nil
}
