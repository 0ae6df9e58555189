package main

import (
	"io"
	"os"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stepherd/stepherd/internal/logfmt"
)

// onTerminal runs a command in front of a terminal of its own, and gives what that shows.
func (d *desk) onTerminal(t *testing.T, stdin string, args ...string) (string, int) {
	t.Helper()
	p := newPTY(t)
	var code int
	synctest.Test(t, func(t *testing.T) { code = d.runOn(t.Context(), p.File, p.File, stdin, args...) })
	return p.text(t), code
}

// TestIsTerminal: a character device like /dev/null is no terminal, and colors in it would be noise in a file of a CI job.
func TestIsTerminal(t *testing.T) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	for name, tt := range map[string]struct {
		to   io.Writer
		want bool
	}{"a terminal": {newPTY(t).File, true}, "/dev/null": {null, false}, "no file": {io.Discard, false}} {
		if got := isTerminal(tt.to); got != tt.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestFollowOnTerminal: colors, both streams in one order, and nothing of what a log would do to the terminal. The same without
// colors where they are not wanted.
func TestFollowOnTerminal(t *testing.T) {
	follow := func(env map[string]string) string {
		d := newDesk()
		d.env = env
		d.lives()
		got, code := d.onTerminal(t, iris, "submit", "-", "--follow", "--name", "iris-1")
		if code != exitFailed {
			t.Errorf("%v: exit code %d", env, code)
		}
		return got
	}
	colored := follow(map[string]string{"TERM": "xterm"})
	d := newDesk()
	d.text.WriteString(visible(colored))
	d.golden(t, "follow-terminal")
	for _, evil := range []string{"\x1b[2J", "\x1b[10A", "\x1b]0;", "\x07", "\x00", "\u009b", "\r"} {
		if strings.Contains(colored, evil) {
			t.Errorf("%q comes through", evil)
		}
	}
	if !strings.Contains(colored, "\x1b[1mreading\x1b[0m") || strings.Count(colored, "\x1b[") < 20 {
		t.Error("colors are missing")
	}
	for _, env := range []map[string]string{{"NO_COLOR": "1", "TERM": "xterm"}, {"TERM": "dumb"}} {
		got := follow(env)
		if strings.Contains(got, "\x1b") {
			t.Errorf("%v: colors", env)
		}
		// What a log wrote to steer the terminal is taken away where colors are, and shown where they are not.
		want := strings.ReplaceAll(string(logfmt.AppendPlain(nil, []byte(colored))), "^[]0;owned^G^[[2J^[[10Aup", "up")
		if got != want {
			t.Errorf("%v: got\n%s\nwant\n%s", env, got, want)
		}
	}
}

// TestLogsOnTerminal: each name has its color, and --color rules over what the terminal says.
func TestLogsOnTerminal(t *testing.T) {
	d := newDesk()
	d.fails()
	d.logs.Lines["pod-train-b/main"] = nasty
	d.run(t.Context(), iris, "submit", "-", "--name", "iris-1")
	d.logs.Lines["pod-train-b/main"] = nasty
	for _, args := range []string{"logs iris-1", "logs iris-1 train-b", "logs iris-1 train-b --color never", "logs iris-1 train-b -o raw", "logs iris-1 train-b -o json"} {
		got, code := d.onTerminal(t, "", strings.Fields(args)...)
		d.record(strings.Fields(args), outcome{code: code, stdout: visible(got)})
	}
	d.golden(t, "logs-terminal")
}
