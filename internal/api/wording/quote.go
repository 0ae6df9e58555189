package wording

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// MaxShown is how much of the user's text a message shows, in bytes.
const MaxShown = 80

// Bare makes user's text fit for one line of a message.
func Bare(s string) string {
	quoted := strconv.Quote(Cut(s, MaxShown))
	if plain := quoted[1 : len(quoted)-1]; plain == s {
		return s
	}
	return quoted
}

// Quote is Bare with quotes around it.
func Quote(s string) string { return strconv.Quote(Cut(s, MaxShown)) }

// Cut cuts at a rune's boundary and marks that it did.
func Cut(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && s[limit]&0xC0 == 0x80 {
		limit--
	}
	return s[:limit] + "..."
}

// PlainWord reports whether a text is one short word of letters, digits, _, - and $, which a message need not quote.
func PlainWord(s string) bool {
	other := func(r rune) bool {
		return r != '_' && r != '-' && r != '$' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	}
	return s != "" && len(s) <= MaxShown && !strings.ContainsFunc(s, other)
}

// gap stands for what Elide has left out.
const gap = " ... "

// Elide keeps the beginning and the end of a text that has more than limit bytes: a sentence of ours says at its end what to
// do. It cuts between words, unless a single word is longer than what is to be kept.
func Elide(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	tail := limit * 2 / 5
	head := limit - tail - len(gap)
	if head <= 0 {
		return headOf(text, limit)
	}
	return headOf(text, head) + gap + tailOf(text, tail)
}

// headOf is the beginning of text, of at most limit bytes.
func headOf(text string, limit int) string {
	end := limit
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	if text[end] == ' ' {
		return text[:end]
	}
	if space := strings.LastIndexByte(text[:end], ' '); space > end/2 {
		return text[:space]
	}
	return text[:end]
}

// tailOf is the end of text, of at most limit bytes.
func tailOf(text string, limit int) string {
	from := len(text) - limit
	for from < len(text) && !utf8.RuneStart(text[from]) {
		from++
	}
	if text[from-1] == ' ' {
		return text[from:]
	}
	if space := strings.IndexByte(text[from:], ' '); space >= 0 && space < limit/2 {
		return text[from+space+1:]
	}
	return text[from:]
}
