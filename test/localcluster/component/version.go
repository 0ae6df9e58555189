package component

import (
	_ "unsafe" // for go:linkname

	"k8s.io/component-base/version"
)

// Release builds of Kubernetes have their version put in by the linker. A build from the Go module
// has not, and would call itself v0.0.0-master, which clients that check the version refuse.
const kubernetesVersion = "v1.35.4"

//go:linkname gitVersion k8s.io/component-base/version.gitVersion
var gitVersion string

//go:linkname gitMajor k8s.io/component-base/version.gitMajor
var gitMajor string

//go:linkname gitMinor k8s.io/component-base/version.gitMinor
var gitMinor string

func init() {
	gitVersion, gitMajor, gitMinor = kubernetesVersion, "1", "35"
	if err := version.SetDynamicVersion(kubernetesVersion); err != nil {
		panic("component: " + err.Error())
	}
}
