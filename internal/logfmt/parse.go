package logfmt

import (
	"bytes"
	"strconv"
)

// Printed is a line of a driver's output as Append or AppendMark made it, taken apart.
type Printed struct {
	Step    string
	Attempt int
	// Container is empty for the step's main one.
	Container string
	// Text is the line's, or the words of a mark. It is a part of what was parsed.
	Text []byte
	// Continues: the next line of the same log goes on with this one. Mark: the words are the driver's own.
	Continues, Mark bool
}

// Parse takes a line of a driver's output apart, which comes without its newline; false for one that is no step's. A step's
// own line that looks like a mark, or ends as lines do that go on, is taken for one.
func Parse(line []byte) (Printed, bool) {
	head, text, found := bytes.Cut(line, []byte(" | "))
	if !found {
		return Printed{}, false
	}
	p, ok := parseHead(head)
	if !ok {
		return Printed{}, false
	}
	if words, mark := bytes.CutPrefix(text, []byte(markBegin)); mark && bytes.HasSuffix(words, []byte("]")) {
		p.Text, p.Mark = words[:len(words)-1], true
		return p, true
	}
	p.Text, p.Continues = bytes.CutSuffix(text, []byte(continued))
	return p, true
}

// parseHead reads `step`, `step#2`, `step/container` and `step/container#2`.
func parseHead(head []byte) (Printed, bool) {
	p := Printed{Attempt: 1}
	name, number, numbered := bytes.Cut(head, []byte("#"))
	if numbered {
		n, err := strconv.Atoi(string(number))
		if err != nil || n < 2 {
			return p, false
		}
		p.Attempt = n
	}
	step, container, other := bytes.Cut(name, []byte("/"))
	p.Step, p.Container = string(step), string(container)
	return p, isName(step) && (!other || isName(container))
}

// isName reports whether b could name a step, or a container.
func isName(b []byte) bool {
	for _, c := range b {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if !letter && !bytes.ContainsRune([]byte("-_.[]"), rune(c)) {
			return false
		}
	}
	return len(b) > 0
}
