package proc

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

func TestParseStat(t *testing.T) {
	tests := []struct {
		name, line string
		want       Identity
		state      byte
		fails      bool
	}{
		{"plain", "42 (sh) S 1 42 42 0 -1 4194304 43 0 1 0 0 0 0 0 20 0 1 0 207062 2322432 380", Identity{42, 207062}, 'S', false},
		{"a name that looks like fields", "42 (a) R (b) Z 1 42 42 0 -1 4194304 43 0 1 0 0 0 0 0 20 0 1 0 9 2 3", Identity{42, 9}, 'Z', false},
		{"empty", "", Identity{}, 0, true},
		{"half a line", "42 (sh) S 1 42", Identity{}, 0, true},
		{"no pid", "x (sh) S 1 42 42 0 -1 4194304 43 0 1 0 0 0 0 0 20 0 1 0 207062 2322432 380", Identity{}, 0, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, state, err := parseStat(tt.line)
			if (err != nil) != tt.fails || (!tt.fails && (got != tt.want || state != tt.state)) {
				t.Errorf("got %v %c %v", got, state, err)
			}
		})
	}
}

func TestHasVariable(t *testing.T) {
	tests := []struct {
		environ string
		want    bool
	}{
		{"A=b\x00" + Marker + "=dev\x00C=d\x00", true},
		{Marker + "=dev", true},
		{Marker + "=dev2\x00", false},
		{"X" + Marker + "=dev\x00", false},
		{"A=" + Marker + "=dev\x00", false},
		{NodeMarker + "=dev\x00", false},
		{"", false},
	}
	for _, tt := range tests {
		if got := hasVariable([]byte(tt.environ), Marker, "dev"); got != tt.want {
			t.Errorf("hasVariable(%q) = %v, want %v", tt.environ, got, tt.want)
		}
	}
}

const endsFirstThread = "STEPHERD_TEST_ENDS_FIRST_THREAD"

// init turns the test's own program into a process whose first thread has ended: it runs on that thread.
func init() {
	if os.Getenv(endsFirstThread) == "" {
		return
	}
	runtime.LockOSThread()
	go func() { select {} }()
	_, _, _ = syscall.RawSyscall(syscall.SYS_EXIT, 0, 0, 0)
}

// TestEndingProcess: a process whose first thread alone has ended still runs, because it holds its ports. A kubelet that is
// killed on a busy machine is so for a moment, and the next one found its port taken.
func TestEndingProcess(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), endsFirstThread+"=1", Marker+"=unit-test")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	record := filepath.Join(t.TempDir(), "record")
	stat := filepath.Join("/proc", fmt.Sprint(cmd.Process.Pid), "stat")
	for { // until the first thread is a zombie
		line, err := os.ReadFile(stat)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(record, line, 0o644); err != nil {
			t.Fatal(err)
		}
		if _, state, err := parseStat(string(line)); err != nil || state == 'Z' {
			break
		}
	}
	id, running := Recorded("unit-test", record)
	if !running || !id.Running() {
		t.Fatal("a process that has threads is taken for one that has ended")
	}
	Kill(id)
	if err := cmd.Wait(); err == nil {
		t.Error("it ended well, although it was killed")
	}
	if _, running := Recorded("unit-test", record); running || id.Running() {
		t.Error("a process that has ended is taken for one that runs")
	}
}

const holdsPort = "STEPHERD_TEST_HOLDS_PORT"

// init turns the test's own program into a process that has a port, and takes its time to end: the kernel waits for readers of
// what an inotify instance watches. A kubelet has one for each log that is followed.
func init() {
	if os.Getenv(holdsPort) == "" {
		return
	}
	for range 8 {
		if fd, err := unix.InotifyInit1(unix.IN_CLOEXEC); err == nil {
			_, _ = unix.InotifyAddWatch(fd, os.TempDir(), unix.IN_CREATE)
		}
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		os.Exit(1)
	}
	fmt.Println(l.Addr())
	select {}
}

// TestPortOfAKilledProcess is free as soon as the process is no more.
func TestPortOfAKilledProcess(t *testing.T) {
	for range 20 {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), holdsPort+"=1", Marker+"=unit-test")
		out, err := cmd.StdoutPipe()
		if err := errors.Join(err, cmd.Start()); err != nil {
			t.Fatal(err)
		}
		var addr string
		if _, err := fmt.Fscanln(out, &addr); err != nil {
			t.Fatal(err)
		}
		stat, err := os.ReadFile(filepath.Join("/proc", fmt.Sprint(cmd.Process.Pid), "stat"))
		record := filepath.Join(t.TempDir(), "record")
		if err := errors.Join(err, os.WriteFile(record, stat, 0o644)); err != nil {
			t.Fatal(err)
		}
		id, _ := Recorded("unit-test", record)
		Kill(id)
		for running := true; running; _, running = Recorded("unit-test", record) {
		}
		l, err := net.Listen("tcp", addr)
		if err != nil {
			t.Fatalf("the process has ended, and its port is taken: %v", err)
		}
		_ = l.Close()
		_ = cmd.Wait()
	}
}

func TestRunningAndKill(t *testing.T) {
	cmd := exec.Command("sleep", "60")
	cmd.Env = append(os.Environ(), Marker+"=unit-test")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	id, err := identify(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	later := Identity{PID: id.PID, Start: id.Start + 1}
	if !id.Running() || later.Running() {
		t.Errorf("running = %v, with another start time = %v", id.Running(), later.Running())
	}
	Kill(later)
	if !id.Running() {
		t.Error("a process was killed although its start time is another")
	}
	Kill(id)
	if err := cmd.Wait(); err == nil || id.Running() {
		t.Errorf("after Kill: Wait = %v, running = %v", err, id.Running())
	}
}

func TestMarkedTellsNodesApart(t *testing.T) {
	instance := fmt.Sprintf("unit-test-%d", os.Getpid()) // another test run has another
	cmd := exec.Command("sleep", "60")
	cmd.Env = Command{Instance: instance, Node: "node-1"}.environment()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = cmd.Process.Kill(), cmd.Wait() }()
	for node, want := range map[string]int{"": 1, "node-1": 1, "node-2": 0, "node-10": 0} {
		if got, err := Marked(instance, node); err != nil || len(got) != want {
			t.Errorf("Marked(node %q) = %v, %v, want %d processes", node, got, err, want)
		}
	}
	if got, err := Marked(instance+"x", "node-1"); err != nil || len(got) != 0 {
		t.Errorf("another instance's node has %v, %v", got, err)
	}
}

func TestTerminate(t *testing.T) {
	cmd := exec.Command("sleep", "60")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = cmd.Process.Kill(), cmd.Wait() }()
	id, err := identify(cmd.Process.Pid)
	if err != nil {
		t.Fatal(err)
	}
	Terminate(id)
	_ = cmd.Wait()
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGTERM {
		t.Errorf("it ended with %v, want SIGTERM", cmd.ProcessState)
	}
}

func TestRecordedIgnoresOldRecords(t *testing.T) {
	record := filepath.Join(t.TempDir(), "etcd")
	if _, ok := Recorded("dev", record); ok {
		t.Error("a record that is not there counts")
	}
	for _, content := range []string{"", "12 (sh", "999999999 (sh) S 1 42 42 0 -1 4194304 43 0 1 0 0 0 0 0 20 0 1 0 207062 2322432 380"} {
		if err := os.WriteFile(record, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, ok := Recorded("dev", record); ok {
			t.Errorf("record %q counts", content)
		}
	}
	// This very process runs, but does not carry the marker.
	own, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(record, own, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, ok := Recorded("dev", record); ok {
		t.Error("a process without the marker counts")
	}
}
