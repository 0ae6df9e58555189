// Package proc starts, recognizes and ends the processes of an instance.
//
// Every process is started with the variable STEPHERD_LOCALCLUSTER=<instance> in its environment,
// that of a node also with STEPHERD_LOCALCLUSTER_NODE=<node>, and its children (containerd's shims,
// the kubelet's tools) inherit both. A long-running one first becomes a shell for a few milliseconds,
// which writes the record (its own line of /proc/PID/stat) and then turns into the program, so pid
// and start time stay the same.
//
// It does not restart anything, and it never looks at a process's name.
//
// Invariants: while a child is between fork and its record, it holds the instance's lock (the
// descriptor is inherited and closed by the shell's last exec), so the process that gets the lock sees a
// complete set of records even when the parent was killed. A pid is signalled only after its start
// time was compared through a handle that cannot change its meaning.
package proc
