package kube

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
	"time"

	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/stepherd/stepherd/internal/kube/podstatus"
)

// dialTimeout is how long a user waits to learn that no cluster answers.
const dialTimeout = 10 * time.Second

// TargetFlags is what a user says about which cluster and namespace are meant; empty strings leave it to the kubeconfig.
type TargetFlags struct {
	Kubeconfig, Context, Namespace string
}

// Target is a cluster and a namespace in it, before anybody has asked whether they exist.
type Target struct {
	// Config connects to it; use Tuned.
	Config *rest.Config
	// Context is the kubeconfig's name for it; empty inside a Pod.
	Context   string
	Namespace string
	// As is the user whom the kubeconfig impersonates; empty for the user's own self.
	As string
}

// Resolve finds the place as kubectl does: the file named, or $KUBECONFIG, or ~/.kube/config, and the Pod's own service
// account where there is none of these. It opens no connection. Errors are sentences.
func Resolve(s TargetFlags) (Target, error) {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = s.Kubeconfig
	loader := clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &clientcmd.ConfigOverrides{
		CurrentContext: s.Context,
		Context:        clientcmdapi.Context{Namespace: s.Namespace},
	})
	raw, err := loader.RawConfig()
	if err != nil {
		if s.Kubeconfig != "" && errors.Is(err, fs.ErrNotExist) {
			return Target{}, fmt.Errorf("there is no kubeconfig %q", s.Kubeconfig)
		}
		return Target{}, unreadable(rules, err)
	}
	context, err := chooseContext(raw, s.Context, files(rules))
	if err != nil {
		return Target{}, err
	}
	config, err := loader.ClientConfig()
	switch {
	case clientcmd.IsEmptyConfig(err), errors.Is(err, rest.ErrNotInCluster):
		return Target{}, nothingThere(rules)
	case err != nil:
		return Target{}, fmt.Errorf("kubeconfig %s, context %q: %s", files(rules), context, strings.Trim(strings.TrimPrefix(podstatus.OneLine(err.Error()), "invalid configuration: "), "[]"))
	}
	namespace, _, err := loader.Namespace()
	if err != nil {
		return Target{}, fmt.Errorf("kubeconfig %s: %w", files(rules), err)
	}
	config.Dial = (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}).DialContext
	return Target{Config: config, Context: context, Namespace: namespace, As: config.Impersonate.UserName}, nil
}

func files(rules *clientcmd.ClientConfigLoadingRules) string {
	return strings.Join(rules.GetLoadingPrecedence(), ", ")
}
