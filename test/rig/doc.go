// Package rig is what programs need that run pipelines on a local cluster and do harm to it: to run a command, a verb of
// `localcluster`, the launcher, and to find drivers as processes of this machine.
//
// It judges nothing and knows no pipeline. No process is signalled but a driver of the cluster that was named.
package rig
