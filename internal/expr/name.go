package expr

import "strings"

// name reads `.NAME` or `['NAME']` behind a token. The longest name that is known is meant, if what must follow it does; otherwise
// as much as looks like a name. at is the offset of the name.
func (w *rewriter) name(behind token, what string, known func(string) bool, follows func(rest string) bool) (name string, at int, f *Fault) {
	src := w.lex.src
	missing := &Fault{behind.start, src[behind.start:behind.end] + " is no value: name " + what + " of it"}
	switch t := w.lex.next(); src[t.start:t.end] {
	case ".":
		w.lex.skip()
		at = w.lex.pos
		if at < len(src) && src[at] == '`' {
			t := w.lex.next()
			return strings.Trim(src[t.start:t.end], "`"), at, nil
		}
		name = longest(src[at:], known, follows)
		if name == "" {
			return "", at, missing
		}
		w.lex.pos = at + len(name)
		return name, at, nil
	case "[":
		t := w.lex.next()
		if t.kind != literal || !isPlain(src[t.start:t.end]) {
			return "", at, &Fault{t.start, "here must be a name in quotes; what the name is cannot depend on a value"}
		}
		if closed := w.lex.next(); src[closed.start:closed.end] != "]" {
			return "", at, &Fault{closed.start, "here must be a ] behind the name"}
		}
		return src[t.start+1 : t.end-1], t.start, nil
	}
	return "", at, missing
}

// isPlain reports whether a string is its characters between two quotes.
func isPlain(text string) bool {
	return len(text) >= 2 && isQuote(text[0]) && !strings.Contains(text, `\`) && !strings.HasPrefix(text, `"""`) && !strings.HasPrefix(text, `'''`)
}

// longest returns the longest known name at the beginning of a text that can go on behind it, or what looks like a name if there is
// none.
func longest(text string, known func(string) bool, follows func(rest string) bool) string {
	size := 0
	for size < len(text) && isName(text[size]) {
		size++
	}
	best := ""
	for n := min(size, maxName); n > 0; n-- {
		if n < len(text) && isWord(text[n]) || !known(text[:n]) {
			continue
		}
		if follows == nil || follows(text[n:]) {
			return text[:n]
		}
		if best == "" {
			best = text[:n]
		}
	}
	if meant := looksLike(text[:size], follows != nil); best == "" || len(meant) > len(best) {
		return meant
	}
	return best
}

// maxName is the longest name that is looked up: a step's name has at most 63 bytes, others are no longer in practice.
const maxName = 253

// looksLike returns the part of a text that was probably meant as a name: for a step all before .results or .phase, otherwise up
// to a dot.
func looksLike(text string, step bool) string {
	if step {
		for _, mark := range []string{".results", ".phase"} {
			if at := strings.Index(text, mark); at > 0 {
				return text[:at]
			}
		}
	}
	name, _, _ := strings.Cut(text, ".")
	return name
}

// stepFollows reports whether a text can go on behind the name of a step.
func stepFollows(rest string) bool {
	l := lexer{src: rest}
	switch t := l.next(); rest[t.start:t.end] {
	case ".":
		word := l.next()
		name := rest[word.start:word.end]
		return name == "results" || name == "phase"
	case "[":
		return true
	}
	return false
}
