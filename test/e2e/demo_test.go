//go:build e2e

package e2e

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stepherd/stepherd/test/harness"
)

// TestDemoOnYourCluster runs `make demo CONTEXT=name` as somebody does who has a cluster: the images are on the nodes, or are pushed to a
// registry. The nodes here cannot reach a registry on the loopback, so that they have its images beforehand; that they were pushed is seen in
// the registry.
func TestDemoOnYourCluster(t *testing.T) {
	t.Parallel()
	context := strings.TrimSpace(harness.Kubectl(t, "", "config", "current-context"))
	env := append(os.Environ(), "PATH="+readersPath(t)+":"+os.Getenv("PATH"))

	t.Run("LOADED", func(t *testing.T) {
		demo(t, env, "CONTEXT="+context, "LOADED=1", "NAMESPACE=e2e-demo-loaded")
	})
	t.Run("REGISTRY", func(t *testing.T) {
		registry := serveRegistry(t) + "/stepherd"
		localImage(t, registry+"/driver:demo", "65532:65532", "/driver", "bin/linux/driver:/driver", "run")
		localImage(t, registry+"/example-iris:demo", "65532:65532", "/iris", "bin/linux/iris:/iris", "")
		got := demo(t, env, "CONTEXT="+context, "REGISTRY="+registry, "NAMESPACE=e2e-demo-registry")
		run := regexp.MustCompile(`run (iris-\S+) submitted`).FindStringSubmatch(got)
		if run == nil {
			t.Fatalf("make demo submitted no run:\n%s", got)
		}
		images := harness.Kubectl(t, "", "get", "pods", "-n", "e2e-demo-registry", "-o", "jsonpath={.items[*].spec.containers[*].image}")
		harness.MustContain(t, "the Pods' images", images, registry+"/driver:demo", registry+"/example-iris:demo")
		for _, image := range []string{"/driver:demo", "/example-iris:demo"} {
			if got := harness.Command(t, nil, "", harness.Bin("crane"), "digest", registry+image); got.Code != 0 {
				t.Errorf("the registry has no %s: %s", image, got.Stderr)
			}
		}
	})
	t.Run("neither", func(t *testing.T) {
		got := harness.Command(t, env, "", "make", "-C", harness.Root, "demo", "CONTEXT="+context)
		if got.Code == 0 {
			t.Error("it began although nobody said how the nodes get the images")
		}
		harness.MustContain(t, "its error", got.Stderr, "say how \""+context+"\" gets the images: REGISTRY=host/path")
	})
	t.Run("no such context", func(t *testing.T) {
		got := harness.Command(t, env, "", "make", "-C", harness.Root, "demo", "CONTEXT=nowhere")
		if got.Code == 0 {
			t.Error("it began although there is no such context")
		}
		harness.MustContain(t, "its error", got.Stderr, `your kubeconfig has no context "nowhere"`)
	})
}

// demo runs make demo with variables, and removes its namespace as it says itself.
func demo(t *testing.T, env []string, variables ...string) string {
	t.Helper()
	got := harness.Command(t, env, "", "make", append([]string{"-C", harness.Root, "demo"}, variables...)...)
	text := got.Stdout + got.Stderr
	if got.Code != 0 {
		t.Fatalf("make demo %s: exit code %d\n%s", strings.Join(variables, " "), got.Code, text)
	}
	harness.MustContain(t, "make demo", text, "best: knn accuracy 0.9500 (57 of 60)", "Where the time went:", "Remove it all:")
	remove := regexp.MustCompile(`(?m)^  (kubectl --context \S+ delete namespace \S+)$`).FindStringSubmatch(text)
	if remove == nil {
		t.Fatalf("make demo does not say how to remove it all:\n%s", text)
	}
	t.Cleanup(func() {
		if got := harness.Command(t, env, "", "bash", "-c", remove[1]+" --wait=false"); got.Code != 0 {
			t.Errorf("%s: %s", remove[1], got.Stderr)
		}
	})
	return text
}

// serveRegistry runs an image registry on the loopback until the test ends.
func serveRegistry(t *testing.T) string {
	t.Helper()
	if got := harness.Command(t, nil, "", "make", "-C", harness.Root, "crane"); got.Code != 0 {
		t.Fatalf("make crane: %s", got.Stderr)
	}
	ctx, stop := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, harness.Bin("crane"), "registry", "serve", "--address", "127.0.0.1:0")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		_ = cmd.Wait() // it was killed
	})
	port := regexp.MustCompile(`serving on port (\d+)`)
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		if found := port.FindStringSubmatch(lines.Text()); found != nil {
			go func() {
				for lines.Scan() { // so that it never blocks on its own messages
				}
			}()
			return "127.0.0.1:" + found[1]
		}
	}
	t.Fatal("the registry did not begin to serve")
	return ""
}

// localImage brings an image of that name to the nodes.
func localImage(t *testing.T, tag, user, entrypoint, file, cmd string) {
	t.Helper()
	tar := filepath.Join(t.TempDir(), "image.tar")
	from, to, _ := strings.Cut(file, ":")
	args := []string{"--tag", tag, "--user", user, "--entrypoint", entrypoint, "--output", tar}
	if cmd != "" {
		args = append(args, "--cmd", cmd)
	}
	if got := harness.Command(t, nil, "", harness.Bin("mkimage"), append(args, filepath.Join(harness.Root, from)+":"+to)...); got.Code != 0 {
		t.Fatalf("mkimage: %s", got.Stderr)
	}
	if _, err := harness.Localcluster("load", tar); err != nil {
		t.Fatal(err)
	}
}
