// Package podmerge lays one partial PodSpec over another: a step's podSettings over the pipeline's, and the result over
// what Stepherd itself puts into a Pod.
//
// It is the strategic merge of `kubectl patch` with its directives `$patch: replace` and `$patch: delete`, but it keeps
// what the API server would refuse, or would read in another way than its author, from coming out of two parts that are
// each right:
//
//   - What is merged in follows what is there. strategicpatch puts the patch's elements in front, so that a variable
//     that refers to one underneath would stand before it (see Order).
//   - Of a one-of object (the source of a volume, the handler of a probe, value and valueFrom) the part on top wins whole.
//   - Elements of lists are the same if all their keys are, as in server-side apply (`+listMapKey`): 53/UDP is not 53/TCP.
//   - Tolerations are appended, duplicates dropped: they have no key, and who adds one does not mean to lose the others.
//
// It works on generic JSON and corev1's types and does no I/O.
package podmerge
