//go:build e2e

package e2e

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var clusterName = flag.String("cluster", "test", "name of the local cluster to run on; it must be up with two nodes (make cluster-up)")

// root is the folder of the repository; the binaries are in root/bin.
const root = "../.."

// TestMain brings the images to the nodes once and points every command at the cluster.
func TestMain(m *testing.M) {
	flag.Parse()
	if err := prepare(); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func prepare() error {
	for _, name := range []string{"launcher", "localcluster", "driver-image.tar", "example-image.tar"} {
		if _, err := os.Stat(bin(name)); err != nil {
			return fmt.Errorf("bin/%s is missing: run make build images localcluster first", name)
		}
	}
	out, err := localcluster("kubeconfig")
	if err != nil {
		return fmt.Errorf("the cluster %q is not up: run make cluster-up CLUSTER=%s first (%w)", *clusterName, *clusterName, err)
	}
	if err := os.Setenv("KUBECONFIG", strings.TrimSpace(out)); err != nil {
		return err
	}
	_, err = localcluster("load", bin("driver-image.tar"), bin("example-image.tar"))
	return err
}

func bin(name string) string {
	path, err := filepath.Abs(filepath.Join(root, "bin", name))
	if err != nil {
		panic(err)
	}
	return path
}

func localcluster(verb string, args ...string) (string, error) {
	cmd := exec.CommandContext(context.Background(), bin("localcluster"), append([]string{verb, "--name", *clusterName}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	return string(out), err
}
