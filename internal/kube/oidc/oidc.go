// Package oidc lets kubeconfigs have `auth-provider: {name: oidc}`, the one of Kubernetes' old credential plugins that client-go
// still has. It is for programs of users: the driver has a service account, and no need of it.
package oidc

import _ "k8s.io/client-go/plugin/pkg/client/auth/oidc" // registers itself
