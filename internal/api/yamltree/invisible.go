package yamltree

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/stepherd/stepherd/internal/api/wording"
)

// oddCharacter names a character that is not what it looks like: a space that YAML takes for text, one that cannot be seen,
// or quotes that YAML takes for text. It is empty for all others.
func oddCharacter(r rune) (name, instead string) {
	switch {
	case r == 0xa0 || r == 0x202f || r == 0x2007:
		return "no-break space", "a plain space"
	case r == 0x1680 || r >= 0x2000 && r <= 0x200a || r == 0x205f || r == 0x3000:
		return "space that YAML takes for text", "a plain space"
	case r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2060 && r <= 0x2069 || r == 0xad || r == 0xfeff:
		return "character that cannot be seen", "nothing in its place"
	case r == 0x201c || r == 0x201d || r == 0x201e || r == 0xab || r == 0xbb:
		return "typographic quote", `"`
	case r == 0x2018 || r == 0x2019 || r == 0x201a:
		return "typographic quote", "'"
	}
	return "", ""
}

// odd describes an odd character for a sentence.
func odd(r rune) string {
	name, instead := oddCharacter(r)
	return fmt.Sprintf("a %s (U+%04X): write %s", name, r, instead)
}

// plainText holds a text without quotes around it to what can be seen. Who means such a character puts the text in quotes.
func (r *yamlReader) plainText(v *Value) {
	if v.Text == "" || v.Text[0] < utf8.RuneSelf && v.Text[len(v.Text)-1] < utf8.RuneSelf && !strings.ContainsFunc(v.Text, unseen) {
		return
	}
	first, _ := utf8.DecodeRuneInString(v.Text)
	last, _ := utf8.DecodeLastRuneInString(v.Text)
	for _, end := range []struct {
		r    rune
		verb string
	}{{first, "begins with"}, {last, "ends with"}} {
		name, _ := oddCharacter(end.r)
		if name == "" || isTypographic(end.r) && end.verb == "ends with" && !opens(v.Text) {
			continue
		}
		if isTypographic(end.r) {
			r.AtValue(v, "%s %s a typographic quote (U+%04X), which is part of the text: write %q", wording.Quote(v.Text), end.verb, end.r, strings.TrimFunc(wording.Cut(v.Text, wording.MaxShown), isTypographic))
		} else {
			r.AtValue(v, "%s %s %s; where it is meant, put the text in quotes", wording.Quote(v.Text), end.verb, odd(end.r))
		}
		v.Broken = true
		return
	}
	if at := strings.IndexFunc(v.Text, unseen); at >= 0 {
		c, _ := utf8.DecodeRuneInString(v.Text[at:])
		r.WarnAtValue(v, "%s has %s; where it is meant, put the text in quotes", wording.Quote(v.Text), odd(c))
	}
}

// opens reports whether a text has an opening typographic quote, so that one at its end is no apostrophe.
func opens(text string) bool { return strings.ContainsAny(text, "“„«‘‚") }

func isTypographic(r rune) bool {
	name, _ := oddCharacter(r)
	return name == "typographic quote"
}

// unseen is an odd character that looks like a space, or like nothing.
func unseen(r rune) bool {
	name, _ := oddCharacter(r)
	return name != "" && !isTypographic(r)
}

// oddNear is the problem of a file that is no YAML because of an odd character: one in the line where the parser stopped, or
// in the line before. Nil if there is none outside comments.
func oddNear(data []byte, line int) *Problem {
	lines := strings.Split(string(data), "\n")
	for _, n := range []int{line, line - 1} {
		if n < 1 || n > len(lines) {
			continue
		}
		text, _, _ := strings.Cut(lines[n-1], " #")
		if strings.HasPrefix(strings.TrimSpace(text), "#") {
			continue
		}
		column := 0
		for _, r := range text {
			column++
			if name, _ := oddCharacter(r); name != "" {
				return &Problem{Line: n, Column: column, Message: "not valid YAML: here is " + odd(r)}
			}
		}
	}
	return nil
}
