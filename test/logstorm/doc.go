// Logstorm runs pipelines on a real cluster whose steps write numbered lines, some in floods, some in trickles, some after
// long silence, while kubelets and the API server are restarted under them, and reads what became of the lines in three
// ways: `launcher logs -f` from the beginning on, `launcher logs` afterwards, and the driver's stdout, from the node's log
// files. Each has to hold every line once, in order within each step. The driver of a second, smaller run is killed
// meanwhile: of its stdout, over all its Pods, lines may come again between the marks that say so.
//
//	bin/logstorm -lines 200000 -restarts 3 -kills 2      (part of make test)
//	bin/logstorm -lines 1000000 -restarts 10 -kills 5    (make soak-logs)
//
// It works through the two binaries only, on a cluster of its own that it makes and removes (package rig). What a view
// holds is judged by a pure function of its lines (judge.go). It exits with 1 if a line is missing, comes twice or late.
//
// Invariants: steps end only when all harm is done, so that none of it misses them; of the cluster's parts one is
// away at a time; the log files of the nodes are never rotated.
package main
