package proc

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Marker is the environment variable that every process of an instance carries, NodeMarker the one
// that every process of a node carries besides.
const (
	Marker     = "STEPHERD_LOCALCLUSTER"
	NodeMarker = "STEPHERD_LOCALCLUSTER_NODE"
)

// Identity names a process for ever: a pid may be used again, a pid with its start time is not.
type Identity struct {
	PID   int
	Start uint64 // clock ticks since boot
}

var errNoProcess = errors.New("no such process")

// parseStat reads a line of /proc/PID/stat. The command name, in parentheses, may hold anything.
func parseStat(line string) (id Identity, state byte, err error) {
	open, end := strings.IndexByte(line, '('), strings.LastIndexByte(line, ')')
	if open < 0 || end < open {
		return id, 0, fmt.Errorf("process line %q has no command name", line)
	}
	// What follows the name starts with field 3, the state; the start time is field 22.
	fields := strings.Fields(line[end+1:])
	if len(fields) < 20 {
		return id, 0, fmt.Errorf("process line %q is too short", line)
	}
	if id.PID, err = strconv.Atoi(strings.TrimSpace(line[:open])); err != nil {
		return id, 0, fmt.Errorf("process line %q: %w", line, err)
	}
	if id.Start, err = strconv.ParseUint(fields[19], 10, 64); err != nil {
		return id, 0, fmt.Errorf("process line %q: %w", line, err)
	}
	return id, fields[0][0], nil
}

// identify reads the identity of a running process. A zombie is not running, unless it is but the first thread of one that
// is still ending: the others hold what it had open, ports for instance, until they have ended, too.
func identify(pid int) (Identity, error) {
	data, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return Identity{}, errNoProcess
	}
	id, state, err := parseStat(string(data))
	if err != nil {
		return id, err
	}
	if (state == 'Z' || state == 'X') && !hasThreads(pid) {
		return id, errNoProcess
	}
	return id, nil
}

// hasThreads reports whether a process whose first thread has ended has others.
func hasThreads(pid int) bool {
	threads, err := os.ReadDir(filepath.Join("/proc", strconv.Itoa(pid), "task"))
	return err == nil && len(threads) > 1
}

// Running tells whether this very process still runs.
func (id Identity) Running() bool {
	now, err := identify(id.PID)
	return err == nil && now == id
}

// marked tells whether a process carries the marker of an instance, and of a node of it unless node
// is empty.
func marked(pid int, instance, node string) bool {
	env, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "environ"))
	return err == nil && hasVariable(env, Marker, instance) && (node == "" || hasVariable(env, NodeMarker, node))
}

func hasVariable(environ []byte, name, value string) bool {
	want := []byte(name + "=" + value)
	for _, entry := range bytes.Split(environ, []byte{0}) {
		if bytes.Equal(entry, want) {
			return true
		}
	}
	return false
}

// Recorded returns the process of a record if it still runs. The marker is compared as well,
// because after a reboot pid and start time may, by chance, be another's.
func Recorded(instance, record string) (Identity, bool) {
	data, err := os.ReadFile(record)
	if err != nil {
		return Identity{}, false
	}
	id, _, err := parseStat(strings.TrimSpace(string(data)))
	if err != nil {
		return Identity{}, false
	}
	return id, id.Running() && (marked(id.PID, instance, "") || isEnding(id.PID))
}

// isEnding reports whether a process has lost its memory, and its environment with it. What it has open it loses after that, which
// takes the kernel a while.
func isEnding(pid int) bool {
	env, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "environ"))
	return err != nil || len(env) == 0
}

// Marked returns all running processes that carry the marker of an instance, or only those of one of
// its nodes.
func Marked(instance, node string) ([]Identity, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	var found []Identity
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil || pid == os.Getpid() {
			continue
		}
		id, err := identify(pid)
		if err == nil && marked(pid, instance, node) {
			found = append(found, id)
		}
	}
	return found, nil
}

// Identify turns pids into identities and leaves out those that have ended.
func Identify(pids []int) []Identity {
	var ids []Identity
	for _, pid := range pids {
		if id, err := identify(pid); err == nil {
			ids = append(ids, id)
		}
	}
	return ids
}
