// Package kubetest is as much of an API server as the adapters of package kube need in tests: Pods, ConfigMaps and Jobs,
// in memory, behind an http.RoundTripper, so that the real client-go runs against it, also in virtual time
// (testing/synctest).
//
// It keeps what client-go's fake clientset does not: resourceVersions and their conflicts, UID preconditions, label and
// field selectors also on watches, paging, history and its end (410), and errors of any kind at any call. It does not
// validate objects beyond what tests ask for, has no kubelet (Set plays it) and no garbage collector.
package kubetest
