package logfmt

import (
	"bytes"
	"unicode/utf8"
)

// Collapse is what a terminal would show in the end of a line with progress updates: what follows the last \r that has
// something behind it. Of the parts of a long line one update each stays (Split). What it gives is a part of text.
func Collapse(text []byte) []byte {
	text = bytes.TrimRight(text, "\r")
	return text[bytes.LastIndexByte(text, '\r')+1:]
}

// AppendPlain appends text without its escape sequences (ECMA-48: colors, moves of the cursor, titles, ...). All other
// bytes stay as they are. It makes no text longer, and what it gives it would not change again.
func AppendPlain(dst, text []byte) []byte {
	for {
		i := bytes.IndexByte(text, esc)
		if i < 0 {
			return append(dst, text...)
		}
		dst = append(dst, text[:i]...)
		text = text[i+sequence(text[i:]):]
	}
}

// AppendSafe appends text as a terminal may be given it: what could steer the terminal is made visible, as ^[ or \x9b, but
// tabs and colors stay, and colors end with the text. It makes text at most 4 times as long, and colors' end, and what it
// gives it would not change again.
func AppendSafe(dst, text []byte) []byte {
	colored := false
	for len(text) > 0 {
		n := harmless(text)
		dst, text = append(dst, text[:n]...), text[n:]
		if len(text) == 0 {
			break
		}
		if n := color(text); n > 0 {
			colored = !isReset(text[:n])
			dst, text = append(dst, text[:n]...), text[n:]
			continue
		}
		dst, n = appendVisible(dst, text)
		text = text[n:]
	}
	if colored {
		dst = append(dst, reset...)
	}
	return dst
}

const (
	esc   = 0x1b
	del   = 0x7f
	bell  = 0x07
	reset = "\x1b[0m"
)

// harmless is how many bytes at the beginning of text do nothing but be shown, or are tabs.
func harmless(text []byte) int {
	for i := 0; i < len(text); {
		b := text[i]
		switch {
		case b >= ' ' && b < del || b == '\t':
			i++
		case b < utf8.RuneSelf:
			return i
		default:
			r, n := utf8.DecodeRune(text[i:])
			if r == utf8.RuneError && n == 1 || isC1(r) {
				return i
			}
			i += n
		}
	}
	return len(text)
}

// isC1 reports whether r is a control of the second set, which terminals obey as they do those that begin with ESC.
func isC1(r rune) bool { return r >= 0x80 && r < 0xa0 }

const hex = "0123456789abcdef"

// appendVisible appends what stands for the first byte or rune of text, which is not harmless, and gives its length.
func appendVisible(dst, text []byte) ([]byte, int) {
	b := text[0]
	switch r, n := utf8.DecodeRune(text); {
	case b < utf8.RuneSelf:
		return append(dst, '^', b^0x40), 1
	case isC1(r):
		return append(dst, '\\', 'u', '0', '0', hex[r>>4], hex[r&15]), n
	}
	return append(dst, '\\', 'x', hex[b>>4], hex[b&15]), 1
}

// color is the length of the sequence with which text begins if that sets a color or another rendition (SGR), else 0.
func color(text []byte) int {
	if len(text) < 3 || text[0] != esc || text[1] != '[' {
		return 0
	}
	for i := 2; i < len(text); i++ {
		switch b := text[i]; {
		case b == 'm':
			return i + 1
		case b != ';' && b != ':' && (b < '0' || b > '9'):
			return 0
		}
	}
	return 0
}

// isReset reports whether a color sequence ends all colors.
func isReset(sgr []byte) bool {
	last := sgr[2 : len(sgr)-1]
	last = last[bytes.LastIndexByte(last, ';')+1:]
	return len(bytes.Trim(last, "0")) == 0
}

// sequence is the length of the escape sequence with which text begins; one that does not end takes all of text.
func sequence(text []byte) int {
	if len(text) < 2 {
		return len(text)
	}
	switch b := text[1]; {
	case b == '[':
		return until(text, 2, func(b byte) bool { return b < ' ' || b >= '@' })
	case b == ']' || b == 'P' || b == 'X' || b == '^' || b == '_': // a string, ended by BEL or ESC \
		return stringEnd(text)
	case b >= ' ' && b < '0': // intermediates, then one more
		return until(text, 2, func(b byte) bool { return b < ' ' || b >= '0' })
	case b < ' ' || b >= del:
		return 1
	}
	return 2
}

// until is the length of a sequence from its byte at from on up to the one that ends it; a control byte, which cannot be in it,
// breaks it off.
func until(text []byte, from int, ends func(byte) bool) int {
	for i := from; i < len(text); i++ {
		switch {
		case !ends(text[i]):
		case text[i] < ' ' || text[i] >= del:
			return i
		default:
			return i + 1
		}
	}
	return len(text)
}

func stringEnd(text []byte) int {
	for i := 2; i < len(text); i++ {
		switch {
		case text[i] == bell:
			return i + 1
		case text[i] == esc && i+1 < len(text) && text[i+1] == '\\':
			return i + 2
		}
	}
	return len(text)
}
