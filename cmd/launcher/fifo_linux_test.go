package main

import (
	"context"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestInterruptedRead: Ctrl-C ends the wait for a FIFO without a writer, whichever command reads it.
func TestInterruptedRead(t *testing.T) {
	files(t, nil)
	if err := syscall.Mkfifo("fifo", 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range []string{"validate fifo", "validate fifo missing.yaml", "render fifo", "submit fifo", "submit -f fifo --dry-run=client"} {
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(20*time.Millisecond, cancel)
		got := newDesk().run(ctx, "", strings.Fields(args)...)
		if got.code != exitDetached || got.stdout != "" || got.stderr != "interrupted\n" {
			t.Errorf("%s: exit code %d, stdout %q, stderr %q", args, got.code, got.stdout, got.stderr)
		}
	}
}
