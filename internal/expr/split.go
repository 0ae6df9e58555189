package expr

import (
	"fmt"
	"strings"
)

const (
	opening = "${{"
	closing = "}}"
)

// maxNesting bounds the brackets of an expression that are open at once.
const maxNesting = 50

// maxExpression is the longest expression, in bytes.
const maxExpression = 16 << 10

// HasExpression reports whether a text has an expression in it. It is fast, and false for nearly all texts.
func HasExpression(text string) bool { return strings.Contains(text, opening) }

// piece is a part of a text: constant, or an expression without its braces.
type piece struct {
	text       string
	expression bool
	start      int // the offset of text
}

// split cuts a text at its expressions.
func split(text string) (pieces []piece, faults []Fault) {
	at := 0
	for {
		next := strings.Index(text[at:], opening)
		if next < 0 {
			break
		}
		next += at
		if before := text[at:next]; before != "" {
			pieces = append(pieces, piece{text: before, start: at})
			if f := ambiguous(before); f != nil {
				faults = append(faults, Fault{at + f.Offset, f.Message})
			}
		}
		inside := next + len(opening)
		length, fault := expressionLength(text[inside:])
		if fault != nil {
			fault.Offset += inside
			return nil, append(faults, *fault)
		}
		pieces = append(pieces, piece{text: text[inside : inside+length], expression: true, start: inside})
		at = inside + length + len(closing)
	}
	if at < len(text) {
		pieces = append(pieces, piece{text: text[at:], start: at})
	}
	return pieces, faults
}

// expressionLength returns the length of the expression at the beginning of a text that goes on behind it. Strings, comments and
// braces of its own may have }} in them.
func expressionLength(text string) (int, *Fault) {
	l, depth := lexer{src: text}, 0
	for {
		t := l.next()
		switch t.kind {
		case end:
			return 0, unclosedFault(text)
		case unfinished:
			return 0, unfinishedFault(text, t)
		case punct:
			switch text[t.start] {
			case '{':
				depth++
			case '}':
				if depth == 0 && strings.HasPrefix(text[t.start:], closing) {
					return t.start, nil
				}
				depth = max(depth-1, 0)
			}
		case ident, quoted, literal, number:
		}
	}
}

func unclosedFault(text string) *Fault {
	f := &Fault{-len(opening), "this ${{ has no }}"}
	if strings.Contains(text, "//") {
		f.Message += "; // begins a comment, which ends with the line"
	}
	return f
}

func unfinishedFault(text string, t token) *Fault {
	if text[t.start] == '`' {
		return &Fault{t.start, "the name that begins here has no ` at its end"}
	}
	return &Fault{t.start, fmt.Sprintf("the string that begins here has no %s at its end", quoteOf(text[t.start:]))}
}

// quoteOf returns the quote with which a string begins.
func quoteOf(text string) string {
	at := strings.IndexAny(text, `"'`)
	for _, triple := range []string{`"""`, `'''`} {
		if strings.HasPrefix(text[at:], triple) {
			return triple
		}
	}
	return text[at : at+1]
}

// double returns a text that arrives in a program as it is: the kubelet turns every $$ into $.
func double(text string) string { return strings.ReplaceAll(text, "$", "$$") }

// ambiguous returns what is wrong with a constant text directly before an expression: the kubelet would read its end together with
// the expression's value. It reads as Expand does in third_party/forked/golang/expansion of Kubernetes: behind a $ a second one is
// skipped, $(NAME) is a variable up to the next bracket, and any other character is skipped.
func ambiguous(text string) *Fault {
	for at := 0; at < len(text); at++ {
		if text[at] != '$' {
			continue
		}
		switch rest := text[at+1:]; {
		case rest == "":
			return &Fault{at, "a $ directly before ${{ is ambiguous, since Kubernetes turns $$ into $: write $$ for one $"}
		case rest[0] == '(':
			length := strings.IndexByte(rest, ')')
			if length < 0 {
				return &Fault{at, "this $( is not closed before the expression, whose value Kubernetes would read as a part of a variable's name: " +
					"write $$( for a $( of the program's own"}
			}
			at += 1 + length
		default:
			at++
		}
	}
	return nil
}
