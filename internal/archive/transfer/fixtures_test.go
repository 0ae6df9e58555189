package transfer

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stepherd/stepherd/internal/archive"
	"github.com/stepherd/stepherd/internal/logs"
)

var epoch = time.Date(1999, 5, 6, 7, 8, 9, 0, time.UTC)

func logOf(step string, attempt int, container string) archive.Name {
	return archive.Name{Step: step, Attempt: attempt, Container: container}
}

// fileOf is where a directory has a file of a log.
func fileOf(d archive.Dir, name archive.Name, suffix string) string {
	return filepath.Join(d.Root, filepath.FromSlash(archive.FilePath("f", name, suffix)))
}

func read(t *testing.T, d archive.Dir, name archive.Name) []byte {
	t.Helper()
	b, err := os.ReadFile(fileOf(d, name, archive.LogSuffix))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// record is a line of a container's log.
type record struct {
	at   time.Time
	text string
}

// source serves a log as a kubelet does.
type source []record

func (s source) Open(_ context.Context, _, _ string, since time.Time, _ bool) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader(s.since(since))), nil
}

func (s source) since(since time.Time) string {
	var b strings.Builder
	for _, r := range s {
		if !r.at.Before(since) {
			b.WriteString(stamped(r.at, r.text))
		}
	}
	return b.String()
}

func three() source {
	return source{{epoch, "a"}, {epoch.Add(time.Second), "b"}, {epoch.Add(2 * time.Second), "c"}}
}

func stamped(at time.Time, text string) string {
	return at.UTC().Format("2006-01-02T15:04:05.000000000Z") + " " + text + "\n"
}

// text is a sink that writes a log as a kubelet serves it.
type text struct{ out *[]byte }

func (x *text) Line(l logs.Line, _ logs.Position) error {
	*x.out = append(*x.out, stamped(l.Time, string(l.Text))...)
	return nil
}

func (x *text) Gap(g logs.Gap) error {
	*x.out = append(*x.out, "["+g.String()+"]\n"...)
	return nil
}
