package archive

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stepherd/stepherd/internal/logs"
)

const envVictim = "STEPHERD_TEST_ARCHIVE"

// manyLines are the log that the victims keep: it takes some members, and has long lines.
func manyLines() source {
	var out source
	for i := range 30_000 {
		text := fmt.Sprintf("line %d", i)
		if i%1000 == 999 {
			text += strings.Repeat("x", 100_000)
		}
		out = append(out, record{epoch.Add(time.Duration(i) * time.Millisecond), text})
	}
	return out
}

// TestVictim is a process that keeps a log until it is killed, or done. It is none of the tests.
func TestVictim(t *testing.T) {
	root := os.Getenv(envVictim)
	if root == "" {
		return
	}
	l, err := NewWriter(Dir{Root: root}, "f").Open(sample.Step, sample.Attempt, sample.Container)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("begins")
	pace := time.NewTicker(time.Millisecond)
	defer pace.Stop()
	n := 0
	err = logs.Read(t.Context(), manyLines(), logs.Container{Pod: "p", Name: "main", From: l.Position()}, sinkOf(func(line logs.Line, after logs.Position) error {
		if n++; n%50 == 0 {
			<-pace.C
		}
		return l.Line(line, after)
	}))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(true); err != nil {
		t.Fatal(err)
	}
}

// TestKilled: a process that is killed again and again, on a real file system, keeps every line once.
func TestKilled(t *testing.T) {
	root := t.TempDir()
	random := rand.New(rand.NewPCG(5, 6))
	done, killed := false, 0
	for try := 0; !done; try++ {
		victim := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^TestVictim$")
		victim.Env = append(os.Environ(), envVictim+"="+root)
		out, err := victim.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := victim.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := out.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		if try < 5 {
			time.AfterFunc(time.Duration(20+random.IntN(150))*time.Millisecond, func() { _ = victim.Process.Kill() })
		}
		var said bytes.Buffer
		_, _ = said.ReadFrom(out)
		if done = victim.Wait() == nil; !done {
			killed++
		}
		if try > 5 {
			t.Fatalf("a victim that nobody kills fails: %s", &said)
		}
	}
	if killed < 3 {
		t.Errorf("only %d were killed", killed)
	}
	packed, err := os.ReadFile(filepath.Join(root, sampleLog))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := zcat(t, packed), manyLines().since(time.Time{}); got != want {
		t.Error(difference(got, want))
	}
}
