package kube

import "strings"

// interrupted says that a call to the container runtime was broken off, in which the step has no part: its kubelet was
// restarted meanwhile, or waited for longer than it cares to (runtimeRequestTimeout, 2 minutes). The words are those of
// Go's contexts, which containerd (v1.6, pkg/cri) and CRI-O pass on at the end of theirs; a create that comes after one
// that was broken off and goes on in the runtime finds its name taken.
func interrupted(message string) bool {
	words := strings.TrimSuffix(message, ": unknown") // gRPC's code of an error that has none
	return strings.HasSuffix(words, "context canceled") || strings.HasSuffix(words, "context deadline exceeded") ||
		strings.Contains(words, "failed to reserve container name")
}
