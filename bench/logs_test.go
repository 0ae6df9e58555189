package main

import (
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stepherd/stepherd/test/rig"
)

func TestMeterTakesEachLineOnce(t *testing.T) {
	at := time.Unix(1000, 0)
	var m meter
	for i, text := range []string{"begin", "shout | epoch 3 step 1 loss", "epoch 3 step 2 loss", "epoch 3 step 3 loss"} {
		if err := m.take(at.Add(time.Duration(i)*time.Second), []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if got := m.perSecond(); got != 1 {
		t.Errorf("3 lines in 2 s are %g lines/s, want 1 between the first and the last", got)
	}
	for name, text := range map[string]string{"missing": "epoch 3 step 5 x", "twice": "epoch 3 step 3 x", "cut": "epoch 3 step "} {
		again := m
		if err := again.take(at, []byte(text)); err == nil {
			t.Errorf("%s: %q was taken after line 3", name, text)
		}
	}
}

func TestParseUse(t *testing.T) {
	stat := []byte("42 (a) name) S 1 42 42 0 -1 4194560 100 0 0 0 150 50 0 0 20 0 9 0 12345 1000000 300 18446744073709551615\n")
	got, err := parseUse(stat)
	if want := (use{cpu: 2, rss: 300 * int64(os.Getpagesize())}); err != nil || got != want {
		t.Errorf("got %+v, %v, want %+v", got, err, want)
	}
	for _, bad := range []string{"", "42 (a) S 1", strings.Replace(string(stat), "150", "many", 1)} {
		if _, err := parseUse([]byte(bad)); err == nil {
			t.Errorf("%q was taken", bad)
		}
	}
	if self, err := useOf(os.Getpid()); err != nil || self.rss < 1<<20 {
		t.Errorf("this process holds %d bytes (%v), which cannot be", self.rss, err)
	}
}

func TestLogServer(t *testing.T) {
	s := newLogServer(100)
	defer s.close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.server.URL+"/api/v1/namespaces/ns/pods/p/log?follow=true", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := s.server.Client().Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.ProtoMajor != 2 || resp.StatusCode != http.StatusOK {
		t.Errorf("got %s by %s", resp.Status, resp.Proto)
	}
	if err := s.open(ctx, 1); err != nil {
		t.Fatal(err)
	}
	close(s.begin)
	if err := countLines(resp.Body, 100); err != nil {
		t.Error(err)
	}
	for question, want := range map[string]string{"limitBytes=64": s.line(0), "tailLines=1": s.line(99)} {
		resp, err := s.server.Client().Get(s.server.URL + "/api/v1/namespaces/ns/pods/p/log?" + question)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(resp.Body)
		_ = resp.Body.Close()
		if err != nil || string(got) != want {
			t.Errorf("%s: got %q, %v, want %q", question, got, err, want)
		}
	}
	if s.again.Load() != 0 || s.opened.Load() != 1 {
		t.Error("what is no stream, or one from the beginning, counts as one that was opened again")
	}
}

func TestCountLinesMissesLines(t *testing.T) {
	if err := countLines(strings.NewReader("one\ntwo\n"), 3); err == nil || !strings.Contains(err.Error(), "2 of 3 lines came") {
		t.Errorf("got error %v", err)
	}
}

// TestReaderFollows lets a driver follow logs of a server, as the benchmark does, but in this process.
func TestReaderFollows(t *testing.T) {
	if got := readLogs([]string{"host"}, io.Discard, io.Discard); got != rig.ExitUsage {
		t.Errorf("too few words: exit code %d", got)
	}
	if got := readLogs([]string{"host", filepath.Join(t.TempDir(), "none"), "1"}, io.Discard, io.Discard); got != rig.ExitTrouble {
		t.Errorf("no certificate: exit code %d", got)
	}
	if limit, err := goMemoryLimit(); err != nil || limit != "GOMEMLIMIT=115MiB" {
		t.Errorf("a driver is told %q (%v) of its memory", limit, err)
	}
}

func TestPageIsRewrittenInParts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.md")
	set := func(change func(page) page) string {
		t.Helper()
		if err := rewrite(path, change); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	runs, logs := markdown(someAbout, someResults()), logSection(someAbout, someLogs())
	if got := set(func(p page) page { p.runs = runs; return p }); got != runs {
		t.Errorf("a page with one part is\n%s", got)
	}
	if got := set(func(p page) page { p.logs = logs; return p }); got != runs+logs {
		t.Errorf("the other part is not behind it:\n%s", got)
	}
	if got := set(func(p page) page { p.runs = "others\n"; return p }); got != "others\n"+logs {
		t.Errorf("the first part is not replaced:\n%s", got)
	}
	if got := set(func(p page) page { p.logs = logHead; return p }); got != "others\n"+logHead {
		t.Errorf("the second part is not replaced:\n%s", got)
	}
}

func someLogs() logResult {
	return logResult{
		paces: []pace{{driver: 90_000, podKubectl: 100_000, launcher: 120_000, hostKubectl: 100_000}, {driver: 100_000, podKubectl: 100_000, launcher: 50_000, hostKubectl: 100_000}},
		streams: []streamResult{
			{streams: 1, trials: []streamTrial{{cpu: 0.3, seconds: 0.5, idle: 28 << 20, peak: 34 << 20}}},
			{streams: 1000, blocked: true, trials: []streamTrial{{cpu: 0.6, seconds: 3, idle: 60 << 20, peak: 100 << 20}}},
		},
	}
}

func TestLogSection(t *testing.T) {
	got := logSection(someAbout, someLogs())
	for _, want := range []string{
		"| driver, in its Pod | **0.950** | 0.925 to 0.975 | 0.900 to 1.000 | 0.90 passed | 95000 | 100000 |",
		"| **0.850** | 0.675 to 1.025 | 0.500 to 1.200 | 0.90 **broken** |",
		"| 1 | read | 0.10 s | 600000 | 28 MiB | 34 MiB |",
		"| 1000 | blocked | 0.20 s | 100000 | 60 MiB | 100 MiB (bar 96 MiB **broken**) |",
		"driver 0.900 1.000; launcher 1.200 0.500.",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no %q in\n%s", want, got)
		}
	}
}

func TestBrokenLogBars(t *testing.T) {
	broken := someLogs().brokenBars()
	if len(broken) != 2 || !strings.Contains(broken[0], "launcher logs -f read 0.850 times") || !strings.Contains(broken[1], "1000 logs, stdout blocked: the driver held 100 MiB") {
		t.Errorf("got %q", broken)
	}
	good := someLogs()
	good.paces, good.streams = good.paces[:1], good.streams[:1]
	if broken := good.brokenBars(); len(broken) > 0 {
		t.Errorf("got %q", broken)
	}
}
