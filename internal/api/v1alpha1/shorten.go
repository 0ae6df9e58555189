package v1alpha1

import (
	"strings"
	"unicode/utf8"
)

// gap stands for what Shorten has left out.
const gap = " ... "

// Shorten keeps the beginning and the end of a text that has more than limit bytes: a sentence of ours says at its end what to
// do. It cuts between words, unless a single word is longer than what is to be kept.
func Shorten(text string, limit int) string {
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
