package main

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/stepherd/stepherd/internal/podspec"
)

func TestCommands(t *testing.T) {
	usage := "usage: driver run | driver archive REQUEST | driver version (the driver is started by a run's Job; submit one with the launcher)\n"
	tests := []struct {
		name           string
		args           []string
		code           int
		stdout, stderr string
	}{
		{"version", []string{"version"}, 0, "driver dev\n", ""},
		{"nothing", nil, exitUsage, "", usage},
		{"an unknown command", []string{"walk"}, exitUsage, "", usage},
		{"too much", []string{"run", "fast"}, exitUsage, "", usage},
		{"no request", []string{"archive"}, exitUsage, "", usage},
		{"a flag", []string{"--help"}, exitUsage, "", usage},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			if code := run(t.Context(), tt.args, &stdout, &stderr); code != tt.code {
				t.Errorf("exit code %d, want %d", code, tt.code)
			}
			if stdout.String() != tt.stdout || stderr.String() != tt.stderr {
				t.Errorf("stdout %q, stderr %q", &stdout, &stderr)
			}
		})
	}
}

// TestUsageIsNoVerdict: the Job must not take a driver that was started wrongly for the end of its run.
func TestUsageIsNoVerdict(t *testing.T) {
	for _, verdict := range []int{podspec.ExitSucceeded, podspec.ExitFailed, podspec.ExitCancelled, podspec.ExitInvalidPlan} {
		if exitUsage == verdict || podspec.ExitCrash == verdict {
			t.Errorf("exit code %d is a verdict", verdict)
		}
	}
}

// TestOutsideOfItsPod: a driver that lacks what its Job gives it names what is missing, and gives no verdict.
func TestOutsideOfItsPod(t *testing.T) {
	whole := map[string]string{
		podspec.EnvRun: "r", podspec.EnvRunUID: "u", podspec.EnvNamespace: "ns", podspec.EnvPodName: "p", podspec.EnvPodUID: "pu",
	}
	tests := []struct{ name, without, says string }{
		{"no run", podspec.EnvRun, "STEPHERD_RUN is empty"},
		{"no run UID", podspec.EnvRunUID, "STEPHERD_RUN_UID is empty"},
		{"no namespace", podspec.EnvNamespace, "STEPHERD_NAMESPACE is empty"},
		{"no Pod UID", podspec.EnvPodUID, "STEPHERD_POD_UID is empty"},
		{"no plan", "", "read the plan: open /etc/stepherd/plan: no such file or directory"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			code := drive(t.Context(), func(name string) string {
				if name == tt.without {
					return ""
				}
				return whole[name]
			}, &stdout, &stderr)
			if code != podspec.ExitCrash || stdout.Len() > 0 || !strings.Contains(stderr.String(), tt.says) {
				t.Errorf("exit code %d, stdout %q, stderr %s", code, &stdout, &stderr)
			}
		})
	}
}

// TestAllThatIsMissingIsNamed: one error names every environment variable that a hand-written Job lacks.
func TestAllThatIsMissingIsNamed(t *testing.T) {
	_, err := configure(func(name string) string {
		return map[string]string{podspec.EnvRunUID: "u", podspec.EnvPodUID: "pu"}[name]
	}, io.Discard, zap.NewNop(), nil)
	want := `the environment variable STEPHERD_RUN is empty: the driver is to be started by a Job that the launcher made
the environment variable STEPHERD_NAMESPACE is empty: the driver is to be started by a Job that the launcher made`
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
}

func TestLogger(t *testing.T) {
	var out bytes.Buffer
	log := newLogger(&out, zap.InfoLevel)
	log.Info("hello", zap.String("step", "a"), zap.Duration("in", 1500*time.Millisecond))
	log.Debug("not said")
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatalf("%s: %v", &out, err)
	}
	if _, err := time.Parse(time.RFC3339Nano, line["time"].(string)); err != nil {
		t.Error(err)
	}
	if line["level"] != "info" || line["msg"] != "hello" || line["step"] != "a" || line["in"] != "1.5s" {
		t.Errorf("got %v", line)
	}
}

// TestLogLevel: the environment sets which lines are written; a word that is no level costs a warning, not the run.
func TestLogLevel(t *testing.T) {
	for _, row := range []struct {
		level     string
		writes    string // first letters of the levels
		wantError bool
	}{
		{"", "iwe", false},
		{"debug", "diwe", false},
		{"info", "iwe", false},
		{"warn", "we", false},
		{"error", "e", false},
		{"fatal", "iwe", true},
		{"DEBUG", "iwe", true},
	} {
		t.Run(row.level, func(t *testing.T) {
			var out bytes.Buffer
			level := zap.NewAtomicLevelAt(zap.InfoLevel)
			log := newLogger(&out, level)
			if err := setLevel(level, row.level); (err != nil) != row.wantError {
				t.Errorf("got %v", err)
			}
			log.Debug("d")
			log.Info("i")
			log.Warn("w")
			log.Error("e")
			var wrote string
			for line := range strings.Lines(out.String()) {
				var entry struct{ Msg string }
				if err := json.Unmarshal([]byte(line), &entry); err != nil {
					t.Fatal(err)
				}
				wrote += entry.Msg
			}
			if wrote != row.writes {
				t.Errorf("wrote %q, want %q", wrote, row.writes)
			}
		})
	}
}

// TestLogLevelOfTheEnvironment: the driver looks at the variable as it starts, and goes on with one that it does not know.
func TestLogLevelOfTheEnvironment(t *testing.T) {
	for _, row := range []struct {
		level string
		first string // the transcript's first message
	}{
		{"", "driver"},
		{"error", "the driver cannot begin"},
		{"loud", "the log level is unknown; using info"},
	} {
		t.Run(row.level, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			drive(t.Context(), func(name string) string {
				if name == podspec.EnvLogLevel {
					return row.level
				}
				return ""
			}, &stdout, &stderr)
			var entry struct{ Msg string }
			if err := json.NewDecoder(&stderr).Decode(&entry); err != nil || entry.Msg != row.first {
				t.Errorf("first %q (%v), want %q", entry.Msg, err, row.first)
			}
		})
	}
}
