package expr

import "strings"

// kind is the kind of a token.
type kind int

const (
	end        kind = iota
	ident           // a name
	quoted          // a name in backquotes
	literal         // a string or bytes
	number          // a number
	punct           // one character of an operator or a bracket
	unfinished      // a string without its end
)

// token is a piece of CEL: src[start:end].
type token struct {
	kind       kind
	start, end int
}

// lexer cuts CEL into tokens, as far as is necessary to know where strings, comments and names begin and end. CEL's own lexer
// reads the text again; parser/gen/CEL.g4 in cel-go is the grammar that both follow.
type lexer struct {
	src string
	pos int
}

// next returns the next token that is neither space nor a comment.
func (l *lexer) next() token {
	l.skip()
	start := l.pos
	if start >= len(l.src) {
		return token{end, start, start}
	}
	c := l.src[start]
	switch {
	case isLetter(c):
		l.while(isWord)
		if l.pos < len(l.src) && isQuote(l.src[l.pos]) && isPrefix(l.src[start:l.pos]) {
			return token{l.text(strings.ContainsAny(l.src[start:l.pos], "rR")), start, l.pos}
		}
		return token{ident, start, l.pos}
	case isDigit(c):
		l.number()
		return token{number, start, l.pos}
	case isQuote(c):
		return token{l.text(false), start, l.pos}
	case c == '`':
		return token{l.until("`", quoted), start, l.pos}
	}
	l.pos++
	return token{punct, start, l.pos}
}

// skip moves behind space and comments.
func (l *lexer) skip() {
	for l.pos < len(l.src) {
		switch rest := l.src[l.pos:]; {
		case strings.IndexByte(" \t\r\n\f", rest[0]) >= 0:
			l.pos++
		case strings.HasPrefix(rest, "//"):
			l.until("\n", end)
		default:
			return
		}
	}
}

// text moves behind a string whose first quote is at pos.
func (l *lexer) text(raw bool) kind {
	quote := l.src[l.pos : l.pos+1]
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(l.src[l.pos:], triple) {
		quote = triple
	}
	l.pos += len(quote)
	for l.pos < len(l.src) {
		switch c := l.src[l.pos]; {
		case strings.HasPrefix(l.src[l.pos:], quote):
			l.pos += len(quote)
			return literal
		case c == '\\' && !raw && l.pos+1 < len(l.src):
			l.pos += 2
		case (c == '\n' || c == '\r') && len(quote) == 1:
			return unfinished
		default:
			l.pos++
		}
	}
	return unfinished
}

// until moves behind the next mark, or to the end if there is none.
func (l *lexer) until(mark string, found kind) kind {
	at := strings.Index(l.src[l.pos+1:], mark)
	if at < 0 {
		l.pos = len(l.src)
		return unfinished
	}
	l.pos += 1 + at + len(mark)
	return found
}

// number moves behind a number.
func (l *lexer) number() {
	l.while(isWord)
	if l.pos+1 < len(l.src) && l.src[l.pos] == '.' && isDigit(l.src[l.pos+1]) {
		l.pos++
		l.while(isWord)
	}
}

func (l *lexer) while(in func(byte) bool) {
	for l.pos < len(l.src) && in(l.src[l.pos]) {
		l.pos++
	}
}

func isLetter(c byte) bool { return c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' }
func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isWord(c byte) bool   { return isLetter(c) || isDigit(c) }
func isQuote(c byte) bool  { return c == '"' || c == '\'' }

// isName reports whether a name of a step, a result or a parameter may have the character.
func isName(c byte) bool { return isWord(c) || c == '-' || c == '.' }

// isPrefix reports whether a word directly before a quote belongs to the string: raw, bytes, or both.
func isPrefix(word string) bool {
	switch strings.ToLower(word) {
	case "r", "b", "br":
		return true
	}
	return false
}
