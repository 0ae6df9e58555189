package launchtest

import (
	"context"
	"slices"

	rbacv1 "k8s.io/api/rbac/v1"
)

// Server is what answers before a submit, as the ports of launch ask for it.
type Server struct{ c *Cluster }

// Server is the cluster's.
func (c *Cluster) Server() Server { return Server{c} }

// ServerVersion is 1.Minor.
func (f Server) ServerVersion(ctx context.Context) (major, minor int, err error) {
	end, err := f.c.begin(ctx, "ServerVersion")
	defer end()
	return 1, f.c.Minor, err
}

// ServiceAccountExists looks it up.
func (f Server) ServiceAccountExists(ctx context.Context, namespace, name string) (bool, error) {
	end, err := f.c.begin(ctx, "ServiceAccountExists")
	defer end()
	return namespace == f.c.Namespace && slices.Contains(f.c.Accounts, name), err
}

// MissingRights are what the test says.
func (f Server) MissingRights(ctx context.Context, _, account string, _ []rbacv1.PolicyRule) ([]string, error) {
	end, err := f.c.begin(ctx, "MissingRights")
	defer end()
	return f.c.MissingRightsOf[account], err
}

// NamespaceExists knows one namespace.
func (f Server) NamespaceExists(ctx context.Context, namespace string) (bool, error) {
	return f.c.List().NamespaceExists(ctx, namespace)
}
