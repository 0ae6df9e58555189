// Package drivertest has what tests of the driver share: Cluster, a hand-written API server, kubelet and log store for one
// run, behind the driver's ports; and Contract, the suite that Cluster and the real adapters must both pass, so that what
// is shown with the one holds with the other.
package drivertest
