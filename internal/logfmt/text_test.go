package logfmt

import (
	"bytes"
	"testing"

	"github.com/stepherd/stepherd/internal/logs"
)

func TestCollapse(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"an ordinary line", "hello", "hello"},
		{"nothing", "", ""},
		{"a Windows line", "hello\r", "hello"},
		{"a progress bar", "\r  0%|   \r 50%|## \r100%|###", "100%|###"},
		{"a progress bar and a trailing return", "  0%\r 50%\r100%\r", "100%"},
		{"returns alone", "\r\r\r", ""},
		{"many at the end", "50%\r100%\r\r", "100%"},
		{"blanks are something", "50%\r   ", "   "},
		{"other bytes stay", "x\r\x00\xff\t\x1b[31m!", "\x00\xff\t\x1b[31m!"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(Collapse([]byte(tt.in))); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAppendPlain(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"an ordinary line", "hello", "hello"},
		{"a color", "\x1b[1;31mred\x1b[0m.", "red."},
		{"a color by colons", "\x1b[38:2::1:2:3mx", "x"},
		{"a private mode", "a\x1b[?25lb", "ab"},
		{"the cursor", "a\x1b[2Kb\x1b[10;20Hc", "abc"},
		{"a title", "\x1b]0;title\x07x", "x"},
		{"a link", "\x1b]8;;http://x\x1b\\text\x1b]8;;\x1b\\.", "text."},
		{"a device string", "\x1bPq#0\x1b\\x", "x"},
		{"a character set", "\x1b(Bx", "x"},
		{"two bytes", "\x1bcx\x1b=y", "xy"},
		{"cut at the end", "x\x1b[31", "x"},
		{"cut at once", "x\x1b", "x"},
		{"broken off by a control byte", "\x1b[3\ty", "\ty"},
		{"broken off by another", "\x1b[3\x1b[31mx", "x"},
		{"ESC twice", "\x1b\x1b[31mx", "x"},
		{"all other bytes stay", "\x00\x08\xff\r\u009b", "\x00\x08\xff\r\u009b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(AppendPlain([]byte("p "), []byte(tt.in))); got != "p "+tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestAppendSafe(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"an ordinary line", "héllo\t€", "héllo\t€"},
		{"colors stay", "\x1b[1;31mred\x1b[0m.", "\x1b[1;31mred\x1b[0m."},
		{"colors end", "\x1b[31mred", "\x1b[31mred\x1b[0m"},
		{"a short reset", "\x1b[31mred\x1b[m", "\x1b[31mred\x1b[m"},
		{"a reset that sets again", "\x1b[0;31mred", "\x1b[0;31mred\x1b[0m"},
		{"a set that resets", "\x1b[31;0mplain", "\x1b[31;0mplain"},
		{"the cursor", "a\x1b[2Kb\rc\x08", "a^[[2Kb^Mc^H"},
		{"the cursor's place", "\x1b[10;20Hx", "^[[10;20Hx"},
		{"a title", "\x1b]0;title\x07", "^[]0;title^G"},
		{"a color that is none", "\x1b[?1m\x1b[31", "^[[?1m^[[31"},
		{"NUL and DEL", "\x00\x7f", "^@^?"},
		{"no UTF-8", "\xff\xc3(", `\xff\xc3(`},
		{"the second set of controls", "\u009b31m\x9b", `\u009b31m\x9b`},
		{"the sign of what is no UTF-8", "\ufffd", "\ufffd"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(AppendSafe([]byte("p "), []byte(tt.in))); got != "p "+tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// FuzzText: no text makes the forms panic, grow beyond their bound, change what they have made, or let through what they hold
// back.
func FuzzText(f *testing.F) {
	f.Add([]byte("\r 10%\x1b[31m\r\x1b]0;t\x07\xff\u009b\x1b\x1b[m\x1b(\x1b"))
	f.Fuzz(func(t *testing.T, text []byte) {
		collapsed := Collapse(text)
		if bytes.Contains(collapsed, []byte("\r")) || !bytes.Contains(text, collapsed) || len(bytes.Trim(text, "\r")) > 0 && len(collapsed) == 0 {
			t.Errorf("Collapse(%q) = %q", text, collapsed)
		}
		plain := AppendPlain(nil, text)
		if again := AppendPlain(nil, plain); len(plain) > len(text) || bytes.IndexByte(plain, esc) >= 0 || !bytes.Equal(again, plain) {
			t.Errorf("AppendPlain(%q) = %q, and of that %q", text, plain, again)
		}
		safe := AppendSafe(nil, text)
		if again := AppendSafe(nil, safe); len(safe) > 4*len(text)+len(reset) || !bytes.Equal(again, safe) {
			t.Errorf("AppendSafe(%q) = %q, and of that %q", text, safe, again)
		}
		for _, r := range string(AppendPlain(nil, safe)) {
			if r < ' ' && r != '\t' || r >= del && r < 0xa0 {
				t.Errorf("AppendSafe(%q) = %q lets %q through", text, safe, r)
			}
		}
	})
}

// TestTextAllocatesNothing: no form costs an ordinary line any garbage.
func TestTextAllocatesNothing(t *testing.T) {
	line := logs.Line{Text: []byte("an ordinary \x1b[32mline\x1b[0m, as programs print it: 50%\r100%")}
	var dst []byte
	for name, form := range textForms() {
		if n := testing.AllocsPerRun(100, func() { dst = form(dst[:0], line) }); n > 0 {
			t.Errorf("%s: %v allocations a line", name, n)
		}
	}
}

func textForms() map[string]func([]byte, logs.Line) []byte {
	return map[string]func([]byte, logs.Line) []byte{
		"print": func(dst []byte, l logs.Line) []byte { return Append(dst, "step | ", l) },
		"plain": func(dst []byte, l logs.Line) []byte { return AppendPlain(dst, l.Text) },
		"safe":  func(dst []byte, l logs.Line) []byte { return AppendSafe(dst, l.Text) },
	}
}

func BenchmarkText(b *testing.B) {
	line := logs.Line{Text: []byte("2031-05-06 07:08:09 INFO an ordinary line, as programs print it, without anything of note in it")}
	for name, form := range textForms() {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(line.Text)))
			b.ReportAllocs()
			var dst []byte
			for b.Loop() {
				dst = form(dst[:0], line)
			}
		})
	}
}
