package logfmt

import (
	"strings"
	"testing"

	"github.com/stepherd/stepherd/internal/logs"
)

func TestAppend(t *testing.T) {
	tests := []struct {
		step    string
		attempt int
		line    logs.Line
		want    string
	}{
		{"load", 1, logs.Line{Text: []byte("hello")}, "load | hello\n"},
		{"load", 2, logs.Line{Text: []byte("hello")}, "load#2 | hello\n"},
		{"load", 1, logs.Line{}, "load | \n"},
		{"load", 1, logs.Line{Text: []byte("a"), Continues: true}, "load | a [line continues]\n"},
	}
	for _, tt := range tests {
		if got := string(Append(nil, Prefix(tt.step, tt.attempt), tt.line)); got != tt.want {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
	longest := Append(nil, Prefix(strings.Repeat("s", 63), 1000), logs.Line{Text: make([]byte, logs.MaxLine), Continues: true})
	if len(longest) >= 16<<10 {
		t.Errorf("a printed line has %d bytes: the runtime would cut it", len(longest))
	}
}
