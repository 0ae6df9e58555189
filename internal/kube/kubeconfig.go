package kube

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net"
	"slices"
	"strings"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
)

// dialTimeout is how long a user waits to learn that no cluster answers.
const dialTimeout = 10 * time.Second

// Selection is what a user says about which cluster and namespace are meant; empty strings leave it to the kubeconfig.
type Selection struct {
	Kubeconfig, Context, Namespace string
}

// Place is a cluster and a namespace in it, before anybody has asked whether they exist.
type Place struct {
	// Config connects to it; use Tuned.
	Config *rest.Config
	// Context is the kubeconfig's name for it; empty inside a Pod.
	Context   string
	Namespace string
}

// Resolve finds the place as kubectl does: the file named, or $KUBECONFIG, or ~/.kube/config, and the Pod's own service
// account where there is none of these. It opens no connection. Errors are sentences.
func Resolve(s Selection) (Place, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = s.Kubeconfig
	loader := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &clientcmd.ConfigOverrides{
		CurrentContext: s.Context,
		Context:        clientcmdapi.Context{Namespace: s.Namespace},
	})
	raw, err := loader.RawConfig()
	if err != nil {
		return Place{}, fileError(s.Kubeconfig, err)
	}
	context, err := chooseContext(raw, s.Context, files(rules))
	if err != nil {
		return Place{}, err
	}
	config, err := loader.ClientConfig()
	switch {
	case clientcmd.IsEmptyConfig(err), errors.Is(err, rest.ErrNotInCluster):
		return Place{}, fmt.Errorf("no cluster is configured: there is nothing in %s, and this is no Pod; name a file with --kubeconfig or KUBECONFIG", files(rules))
	case err != nil:
		return Place{}, fmt.Errorf("kubeconfig %s, context %q: %w", files(rules), context, err)
	}
	namespace, _, err := loader.Namespace()
	if err != nil {
		return Place{}, fmt.Errorf("kubeconfig %s: %w", files(rules), err)
	}
	config.Dial = (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}).DialContext
	return Place{Config: config, Context: context, Namespace: namespace}, nil
}

func fileError(explicit string, err error) error {
	if explicit != "" && errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("there is no kubeconfig %q", explicit)
	}
	return fmt.Errorf("read the kubeconfig: %w", err)
}

// chooseContext gives the context's name, or a sentence that lists those there are.
func chooseContext(raw clientcmdapi.Config, wanted, files string) (string, error) {
	name := wanted
	if name == "" {
		name = raw.CurrentContext
	}
	context, ok := raw.Contexts[name]
	switch {
	case !ok && name == "" && len(raw.Contexts) == 0:
		return "", nil
	case ok && raw.Clusters[context.Cluster] == nil:
		return "", fmt.Errorf("kubeconfig %s: context %q is of cluster %q, which the file does not have", files, name, context.Cluster)
	case ok:
		return name, nil
	}
	there := "there are none"
	if len(raw.Contexts) > 0 {
		there = "there are: " + strings.Join(slices.Sorted(maps.Keys(raw.Contexts)), ", ")
	}
	if name == "" {
		return "", fmt.Errorf("kubeconfig %s has no current context; name one with --context; %s", files, there)
	}
	return "", fmt.Errorf("kubeconfig %s has no context %q; %s", files, name, there)
}

func files(rules *clientcmd.ClientConfigLoadingRules) string {
	return strings.Join(rules.GetLoadingPrecedence(), ", ")
}
