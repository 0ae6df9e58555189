//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stepherd/stepherd/test/harness"
)

// torture is a step whose log is hard to show.
type torture struct {
	step   string
	script string // for a shell; backslashes are printf's
	// wrote are the bytes that it writes.
	wrote string
	// shown are the lines that the driver and `launcher logs` make of it, without their prefix.
	shown []string
}

const (
	// maxPart is how long the parts are in which a longer line is printed, and goesOn the mark behind all but the last.
	maxPart = 15 << 10
	goesOn  = " [line continues]"
	hugeLen = 10_000_000
	bursts  = 100_000
)

func tortures() []torture {
	var progress, burst strings.Builder
	for i := range 2001 {
		fmt.Fprintf(&progress, "\r%3d%%|#####     | %d/2000", i/20, i)
	}
	for i := range bursts {
		fmt.Fprintf(&burst, "line %d\n", i+1)
	}
	huge := strings.Repeat("x", hugeLen)
	return []torture{
		{"huge", `head -c 10000000 /dev/zero | tr '\\0' x; echo; echo after`, huge + "\nafter\n", append(parts(huge), "after")},
		{"unended", `printf 'first\\nno newline at the end'`, "first\nno newline at the end", []string{"first", "no newline at the end"}},
		{
			"progress", `awk 'BEGIN { for (i = 0; i <= 2000; i++) printf "\\r%3d%%|#####     | %d/2000", int(i / 20), i; print ""; print "done" }'`,
			progress.String() + "\ndone\n", []string{"100%|#####     | 2000/2000", "done"},
		},
		{"bytes", `printf 'a\\000b\\377\\376c\\n\\n \\tend\\n'`, "a\x00b\xff\xfec\n\n \tend\n", []string{"a\x00b\xff\xfec", "", " \tend"}},
		{"color", `printf '\\033[31mred\\033[0m\\033[2K plain\\n'`, "\x1b[31mred\x1b[0m\x1b[2K plain\n", []string{"\x1b[31mred\x1b[0m\x1b[2K plain"}},
		{"nothing", `true`, "", nil},
		// The runtime gives a container's output 2 s after its end (containerd's runc shim, pkg/process/init.go), which on a machine
		// with much to do is not enough for a burst.
		{"burst", fmt.Sprintf(`awk 'BEGIN { while (i < %d) print "line " ++i }'; sleep 8`, bursts), burst.String(), strings.Split(strings.TrimSuffix(burst.String(), "\n"), "\n")},
	}
}

// parts are those in which a line longer than maxPart is printed.
func parts(line string) []string {
	var out []string
	for len(line) > maxPart {
		out, line = append(out, line[:maxPart]+goesOn), line[maxPart:]
	}
	return append(out, line)
}

// TestLogsOfAllKinds runs steps whose logs are hard to show, one of them with other containers that log, and holds the
// driver's stdout and what `launcher logs` makes of them against what they wrote.
func TestLogsOfAllKinds(t *testing.T) {
	t.Parallel()
	ns := harness.NewNamespace(t)
	var steps strings.Builder
	for _, c := range tortures() {
		fmt.Fprintf(&steps, "  - {name: %s, command: [sh, -c, %s]}\n", c.step, `"`+strings.ReplaceAll(c.script, `"`, `\"`)+`"`)
	}
	run := ns.Submit(t, harness.Pipeline("logs", harness.Busybox+`
steps:
`+steps.String()+`  - name: company
    command: [sh, -c, echo main]
    settings:
      podSettings:
        initContainers: [{name: prepare, image: "docker.io/library/busybox:latest", imagePullPolicy: IfNotPresent, command: [sh, -c, "echo prepared"]}]
        containers: [{name: side, image: "docker.io/library/busybox:latest", imagePullPolicy: IfNotPresent, command: [sh, -c, "echo beside"]}]
`))
	if got := ns.Wait(t, run); got.Code != 0 {
		t.Fatalf("wait: exit code %d\n%s%s", got.Code, got.Stdout, got.Stderr)
	}
	printed := byPrefix(t, driverStdout(t, ns, run))
	for _, c := range tortures() {
		t.Run(c.step, func(t *testing.T) {
			same(t, "the driver's stdout", lastUpdates(printed[c.step]), c.shown)
			showsAll(t, ns, run, c)
		})
	}
	t.Run("company", func(t *testing.T) {
		for name, want := range map[string]string{"company": "main", "company/prepare": "prepared", "company/side": "beside"} {
			same(t, "the driver's lines of "+name, printed[name], []string{want})
		}
		all := byPrefix(t, ns.Logs(t, run))
		for name, want := range map[string]string{"company": "main", "company/prepare": "prepared", "company/side": "beside"} {
			same(t, "launcher's lines of "+name, all[name], []string{want})
		}
		for container, want := range map[string]string{"main": "main\n", "prepare": "prepared\n", "side": "beside\n"} {
			if got := ns.Logs(t, run, "company", "--container", container); got != want {
				t.Errorf("logs --container %s: got %q, want %q", container, got, want)
			}
		}
	})
}

// showsAll holds the forms of `launcher logs` of a step against what it wrote.
func showsAll(t *testing.T, ns harness.Namespace, run string, c torture) {
	t.Helper()
	if got := ns.Logs(t, run, c.step, "-o", "raw"); got != c.wrote {
		t.Errorf("logs -o raw: got %s, want %s", brief(got), brief(c.wrote))
	}
	whole := strings.ReplaceAll(strings.Join(c.shown, "\n"), goesOn+"\n", "")
	shown := lastUpdates(strings.Split(strings.TrimSuffix(ns.Logs(t, run, c.step), "\n"), "\n"))
	if got := strings.Join(shown, "\n"); got != whole {
		t.Errorf("logs: got %s, want %s", brief(got), brief(whole))
	}
	want := strings.ToValidUTF8(strings.TrimSuffix(c.wrote, "\n"), string(utf8.RuneError))
	got := strings.TrimSuffix(jsonText(t, ns.Logs(t, run, c.step, "-o", "json"), c.step), "\n")
	if squeeze(got) != squeeze(want) {
		t.Errorf("logs -o json: the lines are %s, want %s", brief(got), brief(want))
	}
}

// update is what the step `progress` shows again and again in one line. Of a line longer than maxPart each part shows one.
var update = regexp.MustCompile(`^ *[0-9]+%\|#####     \| [0-9]+/2000( \[line continues\])?$`)

// lastUpdates leaves of updates in a row the last one.
func lastUpdates(lines []string) []string {
	var out []string
	for i, line := range lines {
		if i == len(lines)-1 || !update.MatchString(line) || !update.MatchString(lines[i+1]) {
			out = append(out, line)
		}
	}
	return out
}

// squeeze makes one of replacement characters in a row: whether a broken run of bytes becomes one or several is no
// contract.
func squeeze(s string) string {
	for strings.Contains(s, "\uFFFD\uFFFD") {
		s = strings.ReplaceAll(s, "\uFFFD\uFFFD", "\uFFFD")
	}
	return s
}

// jsonText is the text of a log shown with -o json.
func jsonText(t *testing.T, out, step string) string {
	t.Helper()
	var text strings.Builder
	for line := range strings.Lines(out) {
		var l struct {
			Time, Step, Container, Line string
			Attempt                     int
			Continues                   bool
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			t.Fatalf("logs -o json: %v in %s", err, brief(line))
		}
		if l.Step != step || l.Container != "main" || l.Attempt != 1 || l.Time == "" {
			t.Fatalf("logs -o json: the line is %+v", l)
		}
		text.WriteString(l.Line)
		if !l.Continues {
			text.WriteByte('\n')
		}
	}
	return text.String()
}

// byPrefix sorts lines by what stands in front of ` | `.
func byPrefix(t *testing.T, text string) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	for line := range strings.Lines(text) {
		prefix, rest, found := strings.Cut(strings.TrimSuffix(line, "\n"), " | ")
		if !found || strings.ContainsAny(prefix, " \x1b") {
			t.Fatalf("a line without a prefix: %s", brief(line))
		}
		out[prefix] = append(out[prefix], rest)
	}
	return out
}

// same tells the first line in which two logs differ.
func same(t *testing.T, what string, got, want []string) {
	t.Helper()
	for i := range min(len(got), len(want)) {
		if got[i] != want[i] {
			t.Errorf("%s: line %d of %d is %s, want %s", what, i+1, len(got), brief(got[i]), brief(want[i]))
			return
		}
	}
	if len(got) != len(want) {
		t.Errorf("%s: %d lines, want %d", what, len(got), len(want))
	}
}

// brief is a text that may be long.
func brief(s string) string {
	if len(s) <= 200 {
		return fmt.Sprintf("%q", s)
	}
	return fmt.Sprintf("%q ... %q (%d bytes, %d lines)", s[:60], s[len(s)-60:], len(s), bytes.Count([]byte(s), []byte("\n")))
}
