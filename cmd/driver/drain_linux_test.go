package main

import (
	"io"
	"os"
	"testing"
	"time"
)

func TestDrain(t *testing.T) {
	pipe := func() (*os.File, *os.File) {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { r.Close(); w.Close() })
		return r, w
	}
	write := func(w *os.File) {
		if _, err := w.WriteString("verdict\n"); err != nil {
			t.Fatal(err)
		}
	}
	t.Run("what is read", func(t *testing.T) {
		r, w := pipe()
		write(w)
		drained := make(chan struct{})
		go func() { drain(w); close(drained) }()
		select {
		case <-drained:
			t.Fatal("there is something in the pipe")
		case <-time.After(50 * time.Millisecond):
		}
		if _, err := io.ReadFull(r, make([]byte, len("verdict\n"))); err != nil {
			t.Fatal(err)
		}
		<-drained
	})
	t.Run("what nobody reads", func(t *testing.T) {
		_, w := pipe()
		write(w)
		began := time.Now()
		drain(w)
		if took := time.Since(began); took < drainLimit {
			t.Errorf("gave up after %v", took)
		}
	})
	t.Run("what is no pipe", func(t *testing.T) {
		f, err := os.Create(t.TempDir() + "/file")
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		write(f)
		began := time.Now()
		drain(f)
		if took := time.Since(began); took > drainLimit/2 {
			t.Errorf("waited %v for a file", took)
		}
	})
}
