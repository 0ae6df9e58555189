package pki

import (
	"fmt"
	"os"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"

	"github.com/stepherd/stepherd/test/localcluster/plan"
)

// Kubeconfig is one to be written.
type Kubeconfig struct {
	Path    string
	Server  string
	Context string
	User    string // the certificate's name in the authority's folder
}

// Write writes a kubeconfig with everything inside, so that the file can be copied.
func (a *Authority) Write(k Kubeconfig) error {
	var data [3][]byte
	for i, path := range []string{a.CertFile("ca"), a.CertFile(k.User), a.KeyFile(k.User)} {
		var err error
		if data[i], err = os.ReadFile(path); err != nil {
			return fmt.Errorf("write kubeconfig %s: %w", k.Path, err)
		}
	}
	config := clientcmdapi.NewConfig()
	config.Clusters[k.Context] = &clientcmdapi.Cluster{Server: k.Server, CertificateAuthorityData: data[0]}
	config.AuthInfos[k.Context] = &clientcmdapi.AuthInfo{ClientCertificateData: data[1], ClientKeyData: data[2]}
	config.Contexts[k.Context] = &clientcmdapi.Context{Cluster: k.Context, AuthInfo: k.Context}
	config.CurrentContext = k.Context
	out, err := clientcmd.Write(*config)
	if err != nil {
		return fmt.Errorf("encode kubeconfig %s: %w", k.Path, err)
	}
	return plan.WriteFile(k.Path, out, 0o600)
}
