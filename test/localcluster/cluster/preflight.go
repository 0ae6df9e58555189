package cluster

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/stepherd/stepherd/test/localcluster/config"
	"github.com/stepherd/stepherd/test/localcluster/image"
)

// needs are the Debian packages and a file by which each is known. CNI plugins are programs, too.
var needs = []struct{ pkg, file string }{
	{"containerd", "/usr/bin/containerd"},
	{"containerd", "/usr/bin/ctr"},
	{"runc", "/usr/sbin/runc"},
	{"containernetworking-plugins", config.CNIPlugins + "/ptp"},
	{"iptables", "/usr/sbin/iptables"},
	{"iproute2", "/sbin/ip"},
	{"busybox-static", image.Busybox},
}

// checkRoot comes before everything that would fail without saying why.
func checkRoot(command string) error {
	if os.Geteuid() != 0 {
		return fmt.Errorf("localcluster %s needs root, for namespaces, mounts and cgroups: run it as root", command)
	}
	return nil
}

func checkPackages() error {
	var missing []string
	for _, n := range needs {
		_, err := os.Stat(n.file)
		if err != nil && (len(missing) == 0 || missing[len(missing)-1] != n.pkg) {
			missing = append(missing, n.pkg)
		}
	}
	// The package busybox has the same file, but its program needs libraries that an image has not.
	if last := len(missing) - 1; (last < 0 || missing[last] != "busybox-static") && !image.BusyboxIsStatic() {
		missing = append(missing, "busybox-static")
	}
	if len(missing) == 0 {
		return nil
	}
	return errors.New("Debian packages are missing: apt-get install -y --no-install-recommends " + strings.Join(missing, " "))
}
