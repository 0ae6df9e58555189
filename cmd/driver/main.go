// Command driver runs one run inside the cluster, as the only container of its Job's Pod: `driver run`. Its stdout is the
// steps' logs, line by line as `<step> | <line>`; its stderr the transcript, as JSON; its exit code the verdict: 0,
// or 100, 101, 102 (docs/RELIABILITY.md). `driver archive` prints archived logs for a launcher. It has no flags: what it must know comes from its
// Pod (package podspec has the contract).
//
// It only wires: the run is internal/driver's, the cluster internal/kube's.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/stepherd/stepherd/internal/archive"
	"github.com/stepherd/stepherd/internal/driver"
	"github.com/stepherd/stepherd/internal/podspec"
)

// version is set when the program is built: -X main.version=...
var version = "dev"

// exitUsage is no verdict: a driver that is not told what to do is started again, in vain, and its log tells why.
const exitUsage = 64

func main() {
	driver.CollectEarly(os.Getenv)
	// A write to a closed stdout is an error like others, not the end.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	code := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	// What the driver ends with is settled: a SIGTERM that comes late, because it has deleted its own Pod say, changes nothing.
	signal.Ignore(syscall.SIGTERM, syscall.SIGINT)
	stop()
	drain(os.Stdout, os.Stderr)
	os.Exit(code)
}

// run is the program without its process.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	command := ""
	if len(args) > 0 {
		command = args[0]
	}
	switch {
	case command == "run" && len(args) == 1:
		return drive(ctx, os.Getenv, stdout, stderr)
	case command == podspec.ArchiveCommand && len(args) == 2:
		return sendArchive(archive.Dir{Root: podspec.ArchiveRoot}, args[1], stdout, stderr)
	case command == "version" && len(args) == 1:
		fmt.Fprintln(stdout, "driver", version)
		return 0
	}
	fmt.Fprintln(stderr, "usage: driver run | driver archive REQUEST | driver version (the driver is started by a run's Job; submit one with the launcher)")
	return exitUsage
}
