package main

import (
	"io"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseOptions(t *testing.T) {
	o, err := parseOptions(strings.Fields("-lines 30000 -restarts 1 -kills 0 -cluster c -bin b"), io.Discard)
	if err != nil || o.lines != 30000 || o.restarts != 1 || o.kills != 0 || o.Cluster != "c" || !filepath.IsAbs(o.Bin) {
		t.Errorf("got %+v, %v", o, err)
	}
	for args, want := range map[string]string{
		"more":         "takes flags only",
		"-lines 1000":  "-lines takes numbers from",
		"-kills -1":    "take numbers from 0",
		"-restarts -1": "take numbers from 0",
		"-nonsense":    "nonsense",
	} {
		if _, err := parseOptions(strings.Fields(args), io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got error %v, want one with %q", args, err, want)
		}
	}
}
