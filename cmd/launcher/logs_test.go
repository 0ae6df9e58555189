package main

import (
	"strings"
	"testing"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/logs"
)

// TestLogsSense: what cannot be understood, or makes no sense together, is told in a sentence before any cluster is asked.
func TestLogsSense(t *testing.T) {
	d := newDesk()
	for _, args := range []string{
		"logs r --attempt 0", "logs r --attempt two", "logs r --attempt 1 --all-attempts", "logs r --tail -1", "logs r --tail 0", "logs r --tail many",
		"logs r --since 0s", "logs r --since yesterday", "logs r --container=", "logs r --grep a(b", "logs r --grep a{2000}", "logs r -o xml", "logs r --color blue",
		"logs r -o json --timestamps", "logs r -o raw --timestamps", "logs r -o raw --color never", "logs r -o json --color always", "logs r -o raw -f",
		"logs", "logs r s t",
	} {
		if got := d.do(t, "", strings.Fields(args)...); got.code != exitUsage || got.stdout != "" {
			t.Errorf("%s: exit code %d, stdout %q", args, got.code, got.stdout)
		}
	}
	d.golden(t, "logs-sense")
}

// TestLogsForms: the logs of a run that has ended in each form, and what the flags leave of them.
func TestLogsForms(t *testing.T) {
	d := newDesk()
	d.fails()
	d.run(t.Context(), iris, "submit", "-", "--name", "iris-1")
	d.logs.Lines["pod-train-b/main"] = append([]string{strings.Repeat("x", logs.MaxLine) + "!"}, nasty...)
	d.logs.Lines["pod-load/prepare"] = []string{"fetched 3 files", ""}
	pods := d.cluster.StepPodsOf["uid-iris-1"]
	pods[0].Attempts[0].Others = []v1alpha1.OtherContainer{{Name: "prepare", StartedAt: at(3), Ended: true}}
	for _, args := range []string{
		"logs iris-1", "logs iris-1 --timestamps", "logs iris-1 load", "logs iris-1 load --timestamps", "logs iris-1 load -c prepare", "logs iris-1 -c prepare",
		"logs iris-1 train-b", "logs iris-1 train-b --color never", "logs iris-1 --color always", "logs iris-1 -o json", "logs iris-1 train-b -o raw",
		"logs iris-1 --tail 1", "logs iris-1 --since 2m59s", "logs iris-1 --since 2m59s --tail 2", "logs iris-1 --grep ^hello|100%", "logs iris-1 train-b --tail 3 --grep such",
		"logs iris-1 -f --tail 1", "logs iris-1 load --attempt 2",
	} {
		got := d.run(t.Context(), "", strings.Fields(args)...)
		if got.code != exitDone {
			t.Errorf("%s: exit code %d", args, got.code)
		}
		long := strings.Repeat("x", logs.MaxLine)
		if strings.Contains(args, "train-b") && !strings.Contains(args, "--tail") && !strings.Contains(got.stdout, long+"!") {
			t.Errorf("%s: the long line is not in one piece", args)
		}
		got.stdout = visible(strings.ReplaceAll(got.stdout, long, "<15 KiB>"))
		d.record(strings.Fields(args), got)
	}
	d.golden(t, "logs")
}

// visible names the bytes that a golden file should not have.
func visible(s string) string { return unseen.Replace(s) }

var unseen = strings.NewReplacer("\x1b", "<ESC>", "\x07", "<BEL>", "\x00", "<NUL>", "\r", "<CR>", "\xff", "<FF>", "\u009b", "<CSI>")
