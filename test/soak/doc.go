// Soak runs many pipelines on a real cluster while it does harm to them: it kills and stops drivers, takes the API server
// and kubelets away, cuts nodes off, deletes and evicts Pods. Every run has to end with the verdict that its pipeline has
// when it is not disturbed, and no step may have succeeded twice. It writes docs/SOAK.md and exits with 1 if a run went
// wrong.
//
//	bin/soak -runs 50 -out docs/SOAK.md     (make soak)
//	bin/soak -runs 2 -parallel 2 -short     (part of make test)
//	bin/soak -judge .build/soak             (judge again what the last one saw)
//
// It works through the two binaries only: `launcher` submits, waits, cancels, recovers and tells how a run stands;
// `localcluster` makes the cluster, which is the soak's own, and takes parts of it away. Drivers are found as processes of
// this machine, and step Pods are deleted and evicted through the API, as a human would.
//
// What is to be done and when is a pure function of a seed (plan.go), and so are the pipelines (pipeline.go, variant.go).
// What became of it is judged by pure functions of what was seen: how the run ended by its own account (judge.go), and what the
// steps themselves wrote on a volume that survives everything (proof.go): in what order, and with what values (judge_proof.go). What may happen to a Pod without a driver
// is in unseen.go: a rule for each, which asks for that very disturbance of that very Pod. All that was seen is kept
// (kept.go), because a soak takes an hour and a judge may be wrong.
//
// Invariants: never two big disturbances (API server, kubelet, node) at once; each is undone after its time, and when the
// soak ends or is interrupted; no process is signalled but a driver of this soak's own cluster.
package main
