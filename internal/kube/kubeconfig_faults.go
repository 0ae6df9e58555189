package kube

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/yaml"

	"github.com/stepherd/stepherd/internal/kube/podstatus"
)

// Sentences on kubeconfigs that lead nowhere.

// unreadable is what is wrong with a file that cannot be loaded; err is the loader's word.
func unreadable(rules *clientcmd.ClientConfigLoadingRules, err error) error {
	for _, file := range rules.GetLoadingPrecedence() {
		if wrong := noKubeconfig(file); wrong != "" {
			return fmt.Errorf("%s; name a kubeconfig with --kubeconfig or KUBECONFIG", wrong)
		}
	}
	return fmt.Errorf("the kubeconfig cannot be read: %s", podstatus.OneLine(err.Error()))
}

// noKubeconfig returns what a file is that is no kubeconfig; empty if it may be one, or need not exist.
func noKubeconfig(file string) string {
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return ""
	case err != nil:
		return fmt.Sprintf("%q cannot be read (%v)", file, errors.Unwrap(err))
	case info.IsDir():
		return fmt.Sprintf("%q is a directory, not a kubeconfig", file)
	case !info.Mode().IsRegular():
		return "" // to read it again would give something else
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return fmt.Sprintf("%q cannot be read (%v)", file, errors.Unwrap(err))
	}
	var object struct {
		Kind string `json:"kind"`
	}
	switch err := yaml.Unmarshal(text, &object); {
	case err != nil && !looksLikeYAML(text):
		return fmt.Sprintf("%q is not a kubeconfig, nor any YAML mapping", file)
	case err != nil:
		return fmt.Sprintf("the kubeconfig %q is not valid YAML (%s)", file, podstatus.OneLine(err.Error()))
	case object.Kind != "" && object.Kind != "Config":
		return fmt.Sprintf("%q is a %s, not a kubeconfig", file, object.Kind)
	}
	return ""
}

// looksLikeYAML reports whether a text has a line that begins with a kubeconfig's key, so that its author meant one.
func looksLikeYAML(text []byte) bool {
	for line := range bytes.Lines(text) {
		key, _, found := bytes.Cut(line, []byte(":"))
		if found && slices.Contains([]string{"apiVersion", "kind", "clusters", "contexts", "users", "current-context"}, string(key)) {
			return true
		}
	}
	return false
}

// nothingThere is for configurations without any cluster.
func nothingThere(rules *clientcmd.ClientConfigLoadingRules) error {
	var missing, empty []string
	for _, file := range rules.GetLoadingPrecedence() {
		if _, err := os.Stat(file); err != nil {
			missing = append(missing, fmt.Sprintf("%q", file))
			continue
		}
		empty = append(empty, fmt.Sprintf("%q", file))
	}
	const instead = "name another one with --kubeconfig or KUBECONFIG"
	switch {
	case len(empty) > 0:
		return fmt.Errorf("no cluster is configured: the kubeconfig %s has none in it; %s", strings.Join(empty, " or "), instead)
	case os.Getenv(clientcmd.RecommendedConfigPathEnvVar) != "" && rules.ExplicitPath == "":
		return fmt.Errorf("no cluster is configured: there is no kubeconfig %s, which KUBECONFIG names; %s", strings.Join(missing, " or "), instead)
	}
	return fmt.Errorf("no cluster is configured: there is no kubeconfig %s, and this is no Pod; name one with --kubeconfig or KUBECONFIG", strings.Join(missing, " or "))
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
	case ok:
		return name, brokenContext(raw, name, context, files)
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

// brokenContext is for a context that names what is not there, and for credentials that no client can use any more.
func brokenContext(raw clientcmdapi.Config, name string, context *clientcmdapi.Context, files string) error {
	if raw.Clusters[context.Cluster] == nil {
		return fmt.Errorf("kubeconfig %s: context %q is of cluster %q, which the file does not have; choose another --context", files, name, context.Cluster)
	}
	if context.AuthInfo == "" {
		return nil
	}
	user := raw.AuthInfos[context.AuthInfo]
	if user == nil {
		return fmt.Errorf("kubeconfig %s: context %q is of user %q, which the file does not have; choose another --context", files, name, context.AuthInfo)
	}
	if user.AuthProvider == nil {
		return nil
	}
	if instead, removed := removedProviders[user.AuthProvider.Name]; removed {
		return fmt.Errorf("kubeconfig %s: user %q has auth-provider %q, which was removed from Kubernetes' clients in 1.26; %s",
			files, context.AuthInfo, user.AuthProvider.Name, instead)
	}
	return nil
}

// removedProviders are those that client-go has no more (plugin/pkg/client/auth, v0.26), with what has replaced them.
var removedProviders = map[string]string{
	"gcp":       "install gke-gcloud-auth-plugin and write the user anew: gcloud container clusters get-credentials CLUSTER",
	"azure":     "install kubelogin and write the user anew: az aks get-credentials --name CLUSTER --resource-group GROUP, and kubelogin convert-kubeconfig",
	"openstack": "use an exec plugin in its place: client-keystone-auth",
}
