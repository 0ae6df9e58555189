// Package admission holds the rules of the checks before a submit: what a ResourceQuota can never have room for, what to write
// so that an admission takes a Pod, and what the server has dropped of it.
//
// It is pure: it asks no cluster.
package admission
