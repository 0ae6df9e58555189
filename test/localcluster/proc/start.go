package proc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/stepherd/stepherd/test/localcluster/ns"
)

// The shell writes its own line of /proc, then becomes the program. Descriptor 3 is the lock.
const recorder = `read -r line <"/proc/$$/stat" && printf '%s\n' "$line" >"$0" && exec "$@" 3>&-`

const shell = "/bin/busybox"

// Command is a process to be.
type Command struct {
	Name     string   // of the process, for records and messages
	Argv     []string // the program's full path and its arguments
	Env      []string // besides PATH, HOME and the markers
	In       ns.Set   // the namespaces to run in
	Inherit  *os.File // becomes descriptor 4; may be nil
	Instance string
	Node     string // empty for what belongs to no node
}

// environment is clean on purpose: a proxy variable of the user's shell would send the
// components' traffic out of the machine.
func (c Command) environment() []string {
	env := []string{
		"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
		"HOME=/",
		Marker + "=" + c.Instance,
	}
	if c.Node != "" {
		env = append(env, NodeMarker+"="+c.Node)
	}
	return append(env, c.Env...)
}

// Process is a started Command.
type Process struct {
	Name string
	done chan struct{}
	err  error
}

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Err says how it ended, and is never nil; only to be read after Done.
func (p *Process) Err() error { return p.err }

// Start runs a command that outlives this one, with its output going to the log.
func Start(c Command, lock *os.File, record, log string) (*Process, error) {
	for _, path := range []string{record, log} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return nil, fmt.Errorf("start %s: %w", c.Name, err)
		}
	}
	out, err := os.OpenFile(log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return nil, fmt.Errorf("start %s: open its log: %w", c.Name, err)
	}
	defer out.Close()
	cmd := exec.CommandContext(context.Background(), shell, append([]string{"sh", "-c", recorder, record}, c.Argv...)...)
	cmd.Env, cmd.Dir = c.environment(), "/"
	cmd.Stdout, cmd.Stderr = out, out
	cmd.ExtraFiles = []*os.File{lock}
	if c.Inherit != nil {
		cmd.ExtraFiles = append(cmd.ExtraFiles, c.Inherit)
	}
	// A session of its own: the terminal's Ctrl-C and hang-up do not reach it.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := c.In.Do(cmd.Start); err != nil {
		return nil, fmt.Errorf("start %s: %w", c.Name, err)
	}
	p := &Process{Name: c.Name, done: make(chan struct{})}
	go func() {
		if p.err = cmd.Wait(); p.err == nil {
			p.err = errors.New("exit status 0")
		}
		close(p.done)
	}()
	return p, nil
}

// Run runs a short command to its end and returns what it printed.
func Run(ctx context.Context, c Command, stdin io.Reader) (string, error) {
	var out, errOut bytes.Buffer
	cmd := exec.CommandContext(ctx, c.Argv[0], c.Argv[1:]...)
	cmd.Env, cmd.Dir = c.environment(), "/"
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &out, &errOut
	if err := c.In.Do(cmd.Start); err != nil {
		return "", fmt.Errorf("%s: %w", c.Name, err)
	}
	if err := cmd.Wait(); err != nil {
		return out.String(), fmt.Errorf("%s: %w: %s", c.Name, err, strings.TrimSpace(errOut.String()))
	}
	return out.String(), nil
}
