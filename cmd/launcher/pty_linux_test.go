package main

import (
	"bytes"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// pty is a terminal without a screen: what is written to it can be read back.
type pty struct {
	*os.File // the end that a program has
	shown    chan []byte
}

// newPTY opens a terminal of the system's. What is written to it is read at once, so that no writer waits.
func newPTY(t *testing.T) *pty {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	var number, unlocked uint32
	for request, arg := range map[uintptr]*uint32{syscall.TIOCGPTN: &number, syscall.TIOCSPTLCK: &unlocked} {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, master.Fd(), request, uintptr(unsafe.Pointer(arg))); errno != 0 {
			t.Fatal(errno)
		}
	}
	slave, err := os.OpenFile("/dev/pts/"+strconv.Itoa(int(number)), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	p := &pty{File: slave, shown: make(chan []byte, 1)}
	go func() {
		var b bytes.Buffer
		_, _ = io.Copy(&b, master) // ends with an error when the other end is closed
		_ = master.Close()
		p.shown <- b.Bytes()
	}()
	return p
}

// text closes the terminal and gives what was written to it; the terminal itself begins each line at the left.
func (p *pty) text(t *testing.T) string {
	t.Helper()
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(<-p.shown), "\r\n", "\n")
}
