// Package harness holds what the end-to-end tests share: a namespace with Stepherd installed in it, the launcher as a user
// runs it, kubectl, and a poll for what the cluster does not announce.
//
// Each test has a namespace of its own, named after the test, so tests run side by side. Every command and every wait is
// bounded by Patience. The binaries come from bin/ at the top of the repository; nothing is built here.
package harness
