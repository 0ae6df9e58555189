package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDockerfile does by hand what a builder does with Dockerfile.driver, whose engine and base images not every machine has: it copies
// what the COPY lines copy, runs the build of the RUN line on that alone, and compares the image's settings with those of `make image`.
func TestDockerfile(t *testing.T) {
	text, err := os.ReadFile("../../Dockerfile.driver")
	if err != nil {
		t.Fatal(err)
	}
	source := t.TempDir()
	for _, line := range regexp.MustCompile(`(?m)^COPY ([a-z. ]+) \./?\S*$`).FindAllStringSubmatch(string(text), -1) {
		for _, name := range strings.Fields(line[1]) {
			from, err := filepath.Abs("../../" + name)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(from, filepath.Join(source, name)); err != nil {
				t.Fatal(err)
			}
		}
	}
	run := regexp.MustCompile(`(?ms)^RUN (CGO_ENABLED=.*?)\n\n`).FindStringSubmatch(string(text))
	if run == nil {
		t.Fatal("no line RUN CGO_ENABLED=...")
	}
	driver := filepath.Join(t.TempDir(), "driver")
	build := exec.CommandContext(t.Context(), "sh", "-c", strings.ReplaceAll(run[1], "-o /driver", "-o "+driver))
	build.Dir = source
	build.Env = append(os.Environ(), "VERSION=v9.9.9", "TARGETOS=", "TARGETARCH=")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", run[1], err, out)
	}
	if out, err := exec.CommandContext(t.Context(), driver, "version").Output(); err != nil || !strings.Contains(string(out), "v9.9.9") {
		t.Errorf("driver version says %q, %v", out, err)
	}
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	for inDockerfile, inMakefile := range map[string]string{
		"\nUSER 65532:65532\n":                         "--user 65532:65532",
		"\nENTRYPOINT [\"/driver\"]\n":                 "--entrypoint /driver",
		"\nCMD [\"run\"]\n":                            "--cmd run",
		" --from=build --chmod=0755 /driver /driver\n": "bin/linux/driver:/driver",
	} {
		if !strings.Contains(string(text), inDockerfile) || !strings.Contains(string(makefile), inMakefile) {
			t.Errorf("Dockerfile.driver and `make image` differ in %q", strings.TrimSpace(inDockerfile))
		}
	}
}
