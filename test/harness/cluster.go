package harness

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

// Root is the top of the repository, seen from a test package two folders below it.
const Root = "../.."

// ClusterName names the local cluster on which the tests run.
var ClusterName = flag.String("cluster", "test", "name of the local cluster to run on; it must be up with two nodes (make cluster-up)")

// Main runs the tests of a package: it loads the images into the nodes once and points every command at the cluster. It
// returns the exit code.
func Main(m *testing.M) int {
	flag.Parse()
	if err := prepare(); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		return 1
	}
	return m.Run()
}

func prepare() error {
	for _, name := range []string{"launcher", "localcluster", "driver-image.tar", "example-image.tar"} {
		if _, err := os.Stat(Bin(name)); err != nil {
			return fmt.Errorf("bin/%s is missing: run make build images localcluster first", name)
		}
	}
	out, err := Localcluster("kubeconfig")
	if err != nil {
		return fmt.Errorf("the cluster %q is not up: run make cluster-up CLUSTER=%s first (%w)", *ClusterName, *ClusterName, err)
	}
	if err := os.Setenv("KUBECONFIG", strings.TrimSpace(out)); err != nil {
		return err
	}
	_, err = Localcluster("load", Bin("driver-image.tar"), Bin("example-image.tar"))
	return err
}

// Bin returns the absolute path of a file in bin/.
func Bin(name string) string {
	path, err := filepath.Abs(filepath.Join(Root, "bin", name))
	if err != nil {
		panic(err)
	}
	return path
}

// Localcluster runs a verb of the local cluster's tool and returns its stdout.
func Localcluster(verb string, args ...string) (string, error) {
	cmd := exec.CommandContext(context.Background(), Bin("localcluster"), append([]string{verb, "--name", *ClusterName}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	return string(out), err
}
