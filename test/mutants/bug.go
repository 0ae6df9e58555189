package main

import (
	"fmt"
	"path"
	"strings"
)

// bug is a change of one place in one file.
type bug struct {
	name     string
	sentence string // what it does
	file     string // from the root of the module
	tests    string // the folder of the package whose tests must notice; empty: the file's own
	old, new string
}

// pkg is the package whose tests must notice.
func (b bug) pkg() string {
	if b.tests != "" {
		return "./" + b.tests
	}
	return "./" + path.Dir(b.file)
}

// parse reads bugs: a name, a sentence, `file PATH` or `file PATH FOLDER-OF-TESTS`, and between <<< === >>> the old text and the new, whole lines or parts
// of one line.
func parse(text string) ([]bug, error) {
	var bugs []bug
	lines := strings.Split(text, "\n")
	for at := 0; at < len(lines); {
		if strings.TrimSpace(lines[at]) == "" {
			at++
			continue
		}
		b, used, err := parseOne(lines[at:])
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", at+1, err)
		}
		bugs = append(bugs, b)
		at += used
	}
	return bugs, nil
}

func parseOne(lines []string) (bug, int, error) {
	marks := [3]int{-1, -1, -1}
	for i, line := range lines {
		for m, mark := range []string{"<<<", "===", ">>>"} {
			if line == mark && marks[m] < 0 {
				marks[m] = i
			}
		}
		if marks[2] >= 0 {
			break
		}
	}
	file, isFile := "", false
	if len(lines) > 2 {
		file, isFile = strings.CutPrefix(lines[2], "file ")
	}
	if !isFile || marks[0] != 3 || marks[1] < 5 || marks[2] <= marks[1] {
		return bug{}, 0, fmt.Errorf("want a name, a sentence, a file, and a change between <<<, === and >>>")
	}
	file, tests, _ := strings.Cut(file, " ")
	return bug{
		name: lines[0], sentence: lines[1], file: file, tests: tests,
		old: strings.Join(lines[4:marks[1]], "\n"), new: strings.Join(lines[marks[1]+1:marks[2]], "\n"),
	}, marks[2] + 1, nil
}

// apply plants the bug; the old text must be there exactly once.
func (b bug) apply(source string) (string, error) {
	if n := strings.Count(source, b.old); n != 1 {
		return "", fmt.Errorf("its place is %d times in the source; write it anew", n)
	}
	return strings.Replace(source, b.old, b.new, 1), nil
}
