package rig

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestProgram(t *testing.T) {
	for name, tt := range map[string]struct {
		args   string
		wrong  []string
		err    error
		code   int
		stderr string
	}{
		"well":               {code: 0},
		"wrong":              {wrong: []string{"a is wrong", "b is wrong"}, code: ExitWrong, stderr: "p: a is wrong\np: b is wrong\n"},
		"trouble":            {err: errors.New("no cluster"), code: ExitTrouble, stderr: "p: no cluster\n"},
		"wrong, and trouble": {wrong: []string{"a is wrong"}, err: errors.New("no cluster"), code: ExitTrouble, stderr: "p: a is wrong\np: no cluster\n"},
		"an argument":        {args: "more", code: ExitUsage, stderr: "p: unexpected argument \"more\"; p takes flags only\n"},
		"help":               {args: "-h", code: 0, stderr: "Usage of p:\n  -bin string\n    \twhere (default \"bin\")\n"},
	} {
		t.Run(name, func(t *testing.T) {
			p := Program[string]{
				Name: "p",
				Parse: func(args []string, stderr io.Writer) (bin string, err error) {
					set := flag.NewFlagSet("p", flag.ContinueOnError)
					set.SetOutput(stderr)
					AddBin(set, &bin, "where")
					return bin, ParseFlags(set, args, &bin)
				},
				Play: func(_ context.Context, bin string, stdout, _ io.Writer) ([]string, error) {
					if !filepath.IsAbs(bin) {
						t.Errorf("bin is %q", bin)
					}
					return tt.wrong, tt.err
				},
			}
			var stdout, stderr bytes.Buffer
			if code := p.Run(t.Context(), strings.Fields(tt.args), &stdout, &stderr); code != tt.code || stderr.String() != tt.stderr {
				t.Errorf("exit code %d, want %d; stderr %q, want %q", code, tt.code, &stderr, tt.stderr)
			}
		})
	}
}

// TestMake: a cluster that does not come up is removed, and what fails then is told, too. One that is there is left alone.
func TestMake(t *testing.T) {
	for name, tt := range map[string]struct {
		script string
		broken error
		want   []string
	}{
		"up":                      {script: "exit 1", want: nil},
		"it does not come up":     {script: `case "$*" in *down*) exit 0;; esac; exit 1`, broken: errors.New("no kubelet"), want: []string{"no kubelet"}},
		"nor does it go away":     {script: "echo stuck; exit 1", broken: errors.New("no kubelet"), want: []string{"no kubelet", "localcluster down --name c: exit code 1: stuck"}},
		"somebody else's is left": {script: "exit 0", want: []string{`the cluster "c" is there already, and one of our own is needed: run bin/localcluster down --name c, or name another with -cluster`}},
	} {
		t.Run(name, func(t *testing.T) {
			bin := t.TempDir()
			for _, file := range []string{"launcher", "localcluster", "driver-image.tar"} {
				if err := os.WriteFile(filepath.Join(bin, file), []byte("#!/bin/sh\n"+tt.script+"\n"), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			err := Options{Cluster: "c", Bin: bin}.Make(t.Context(), func(context.Context, Local) error { return tt.broken })
			var got string
			if err != nil {
				got = err.Error()
			}
			if want := strings.Join(tt.want, "\n"); got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
	err := Options{Cluster: "c", Bin: t.TempDir()}.Make(t.Context(), nil)
	if err == nil || !strings.Contains(err.Error(), "launcher is missing in ") {
		t.Errorf("without programs: %v", err)
	}
}
