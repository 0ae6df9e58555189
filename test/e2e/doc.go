// Package e2e runs real pipelines on a real cluster, through the two binaries only: it submits with bin/launcher, looks with the launcher
// and with kubectl, and never reaches into a package's inside. It imports only the API's types, to read what the launcher prints.
//
// Every test has a namespace of its own, installed as users install Stepherd (kubectl apply -k deploy/), and leaves nothing behind. There
// is no sleep: a test waits for what it waits for, with a bound.
package e2e
