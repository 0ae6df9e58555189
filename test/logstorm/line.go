package main

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// line is what a step writes, see program. wrote has whole seconds.
type line struct {
	step   string
	number int
	wrote  time.Time
}

func parseLine(text string) (line, bool) {
	words := strings.Split(text, " ")
	if len(words) != 4 || words[3] != lineEnd {
		return line{}, false
	}
	number, err := strconv.Atoi(words[1])
	if err != nil {
		return line{}, false
	}
	seconds, err := strconv.ParseInt(words[2], 10, 64)
	return line{step: words[0], number: number, wrote: time.Unix(seconds, 0)}, err == nil
}

// gap is what a mark tells of lines that may be missing; a time that it does not tell is zero.
type gap struct {
	from, to time.Time
	late     bool // told when lines from behind it had come
	text     string
}

func (g gap) String() string { return g.text }

var gapWords = regexp.MustCompile(`lines(?: (?:between|after) (\S+Z))?(?: (?:and|before) (\S+Z))? may be missing: `)

func parseGap(text string) (gap, bool) {
	m := gapWords.FindStringSubmatch(text)
	if m == nil {
		return gap{}, false
	}
	g := gap{text: text, late: strings.HasSuffix(text, "the node has begun a new file of the log]")}
	for i, at := range []*time.Time{&g.from, &g.to} {
		if m[i+1] == "" {
			continue
		}
		var err error
		if *at, err = time.Parse(time.RFC3339Nano, m[i+1]); err != nil {
			return gap{}, false
		}
	}
	return g, true
}

// endsBy reports whether the mark tells of nothing behind a line that was written then.
func (g gap) endsBy(wrote time.Time) bool { return !g.to.After(wrote.Add(time.Second + late)) }

// late is how long after a step wrote a line its runtime may take note of it.
const late = 3 * time.Second

// covers reports whether lines that were written between two others are within what the mark tells. before is zero where there is
// no line before them.
func (g gap) covers(before, after time.Time) bool {
	from := before.IsZero() && g.from.IsZero() || !before.IsZero() && !g.from.IsZero() && !g.from.After(before.Add(time.Second+late))
	return from && !g.to.IsZero() && !g.to.Before(after)
}
