package results

import "github.com/stepherd/stepherd/internal/api/v1alpha1"

// The kubelet keeps at most so many bytes of a container's message, its tail (pkg/kubelet/kuberuntime/kuberuntime_container.go,
// getTerminationMessage), and of what a Pod's containers say together so many, of each the head of its share
// (pkg/kubelet/status/status_manager.go, normalizeStatus, v1.35).
const (
	maxContainerOutput = 4096
	maxPodOutput       = 12288
)

// MaxRunBytes is how many bytes the results of all steps of a run may have together, as Size counts them.
const MaxRunBytes = 1 << 20

// Limit returns the length in bytes from which on an output may have been cut, for a Pod that has so many containers: regular, init
// and ephemeral ones, as the kubelet counts them.
func Limit(containers int) int {
	return min(maxContainerOutput, maxPodOutput/max(containers, 1))
}

// Size returns how many bytes results take in the record, with their names.
func Size(values map[string]v1alpha1.Value) int {
	n := 0
	for name, v := range values {
		n += len(name) + len(v)
	}
	return n
}
