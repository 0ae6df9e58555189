package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestBadInputIsOneSentence(t *testing.T) {
	app := sources(t)
	script := filepath.Join(t.TempDir(), "script")
	write(t, script, "#!/bin/sh\n", 0o755)
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no tag":             {[]string{"--output", "o.tar", app}, "no image name given"},
		"bad tag":            {[]string{"--tag", "A b", "--output", "o.tar", app}, `image name "A b" is not valid`},
		"digest":             {[]string{"--tag", "a@sha256:00", "--output", "o.tar", app}, "carries a digest"},
		"no output":          {[]string{"--tag", "a:1", app}, "no output given"},
		"no source":          {[]string{"--tag", "a:1", "--output", "o.tar"}, "no source given"},
		"source missing":     {[]string{"--tag", "a:1", "--output", "o.tar", "absent"}, `source "absent" cannot be read (no such file`},
		"pipe":               {[]string{"--tag", "a:1", "--output", "o.tar", pipe}, "neither a file, a folder nor a link"},
		"same place":         {[]string{"--tag", "a:1", "--output", "o.tar", script + ":/x", script + ":/x"}, "placed at /x"},
		"file and folder":    {[]string{"--tag", "a:1", "--output", "o.tar", script + ":/x", app + ":/x"}, "a folder and a file at once"},
		"below a file":       {[]string{"--tag", "a:1", "--output", "o.tar", script + ":/x", script + ":/x/y"}, "a folder and a file at once"},
		"file at root":       {[]string{"--tag", "a:1", "--output", "o.tar", script + ":/."}, "cannot be placed at /"},
		"relative DEST":      {[]string{"--tag", "a:1", "--output", "o.tar", script + ":x"}, `destination "x"`},
		"user name":          {[]string{"--tag", "a:1", "--output", "o.tar", "--user", "bob", app}, `user "bob" is not numeric`},
		"workdir":            {[]string{"--tag", "a:1", "--output", "o.tar", "--workdir", "w", app}, "not absolute"},
		"env":                {[]string{"--tag", "a:1", "--output", "o.tar", "--env", "A", app}, `--env "A"`},
		"label":              {[]string{"--tag", "a:1", "--output", "o.tar", "--label", "=v", app}, `--label "=v"`},
		"platform":           {[]string{"--tag", "a:1", "--output", "o.tar", "--platform", "linux", app}, `platform "linux"`},
		"created":            {[]string{"--tag", "a:1", "--output", "o.tar", "--created", "today", app}, `time "today"`},
		"size":               {[]string{"--tag", "a:1", "--output", "o.tar", "--max-size", "20XB", app}, `size "20XB"`},
		"negative size":      {[]string{"--tag", "a:1", "--output", "o.tar", "--max-size", "-1MB", app}, `size "-1MB"`},
		"unknown flag":       {[]string{"--tag", "a:1", "--output", "o.tar", app, "--zap"}, "-zap"},
		"busybox script":     {[]string{"--tag", "a:1", "--output", "o.tar", "--busybox", script}, "is not a program for Linux"},
		"busybox missing":    {[]string{"--tag", "a:1", "--output", "o.tar", "--busybox", "absent"}, "no such file"},
		"output's folder":    {[]string{"--tag", "a:1", "--output", "absent/o.tar", app}, "make its folder first"},
		"output is a folder": {[]string{"--tag", "a:1", "--output", app, app}, "name a file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			got := mkimage(t, test.args...)
			if got.code != exitBadInput {
				t.Errorf("exit code %d, want %d", got.code, exitBadInput)
			}
			if got.stdout != "" || strings.Count(got.stderr, "\n") != 1 || !strings.Contains(got.stderr, test.want) {
				t.Errorf("stdout %q, stderr %q; want one line with %q", got.stdout, got.stderr, test.want)
			}
			if left, _ := os.ReadDir("."); len(left) > 0 {
				t.Errorf("%s is left behind", left[0].Name())
			}
		})
	}
}

func TestBadSourceDateEpoch(t *testing.T) {
	got := mkimageWithEnv(t, map[string]string{"SOURCE_DATE_EPOCH": "soon"}, "--tag", "a:1", "--output", "o.tar", sources(t))
	if got.code != exitBadInput || !strings.Contains(got.stderr, "SOURCE_DATE_EPOCH") {
		t.Errorf("exit code %d, stderr %q", got.code, got.stderr)
	}
}

func TestSizes(t *testing.T) {
	for text, want := range map[string]int64{"": 0, "7": 7, "10B": 10, "3kB": 3000, "2KiB": 2048, "20MB": 20e6, "20MiB": 20 << 20, "1GiB": 1 << 30} {
		if got, err := parseSize(text); err != nil || got != want {
			t.Errorf("size %q is read as %d, %v; want %d", text, got, err, want)
		}
	}
}
