package steplogs

import (
	"fmt"
	"strings"
	"testing"
)

func TestTail(t *testing.T) {
	numbered := func(n int, text string) []string {
		var lines []string
		for i := range n {
			lines = append(lines, fmt.Sprintf("%d%s", i, text))
		}
		return lines
	}
	wide := strings.Repeat("w", 150)
	tests := []struct {
		name  string
		lines []string
		want  string
	}{
		{"nothing", nil, ""},
		{"one line", []string{"a"}, "a"},
		{"an empty line", []string{"a", "", "b"}, "a\n\nb"},
		{"as many as are kept", numbered(20, ""), strings.Join(numbered(20, ""), "\n")},
		{"one more", numbered(21, ""), strings.Join(numbered(21, "")[1:], "\n")},
		{"many", numbered(10_000, ""), strings.Join(numbered(10_000, "")[9_980:], "\n")},
		{"wide lines: whole ones only", numbered(1000, wide), strings.Join(numbered(1000, wide)[1000-13:], "\n")},
		{"a line that is too long: its end", []string{"a", strings.Repeat("x", 10_000) + "end"}, strings.Repeat("x", tailBytes-4) + "end"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var last lastLines
			for _, line := range tt.lines {
				last.add([]byte(line), false)
			}
			if got := last.String(); got != tt.want {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
			if cap(last.buf) > 4*tailBytes {
				t.Errorf("the buffer has grown to %d bytes", cap(last.buf))
			}
		})
	}
}

func TestTailJoinsParts(t *testing.T) {
	var last lastLines
	last.add([]byte("a"), false)
	last.add([]byte("b"), true)
	last.add([]byte("c"), false)
	if got := last.String(); got != "a\nbc" {
		t.Errorf("got %q", got)
	}
}
