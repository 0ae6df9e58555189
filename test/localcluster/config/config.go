// Package config writes what every process of a cluster is told: certificates, kubeconfigs,
// configuration files and command lines. To change how a component behaves, change it here.
//
// It starts nothing.
//
// Invariant: everything lies in the instance's folder, and writing it again changes nothing that a
// running component depends on.
package config

import (
	"bytes"
	"embed"
	"fmt"
	"path/filepath"
	"text/template"

	"github.com/stepherd/stepherd/test/localcluster/image"
	"github.com/stepherd/stepherd/test/localcluster/pki"
	"github.com/stepherd/stepherd/test/localcluster/plan"
)

//go:embed files
var files embed.FS

var templates = template.Must(template.New("").Option("missingkey=error").ParseFS(files, "files/*"))

// CNIPlugins is where the Debian package puts them.
const CNIPlugins = "/usr/lib/cni"

const apiServer = "https://192.0.2.1:6443"

// Cluster is an instance with the spec it should have.
type Cluster struct {
	plan.Instance
	Spec plan.Spec
}

func (c Cluster) pkiDir() string { return c.Dir("pki") }

func (c Cluster) crt(name string) string { return filepath.Join(c.pkiDir(), name+".crt") }

func (c Cluster) key(name string) string { return filepath.Join(c.pkiDir(), name+".key") }

// InnerKubeconfig is the kubeconfig of a component, or "admin".
func (c Cluster) InnerKubeconfig(user string) string { return c.Dir("kubeconfigs", user) }

func (c Cluster) file(elem ...string) string {
	return c.Dir(append([]string{"config"}, elem...)...)
}

// Write writes everything.
func (c Cluster) Write() error {
	authority, err := pki.Ensure(c.pkiDir())
	if err != nil {
		return err
	}
	if err := c.writeControlPlane(authority); err != nil {
		return err
	}
	for _, n := range c.Spec.Nodes {
		if err := c.writeNode(authority, n); err != nil {
			return err
		}
	}
	return nil
}

func (c Cluster) writeControlPlane(a *pki.Authority) error {
	for name, subject := range map[string]pki.Subject{
		"kube-apiserver": {Name: "kube-apiserver", Hosts: []string{"127.0.0.1", "localhost", plan.ControlPlaneIP,
			plan.KubernetesIP, "kubernetes", "kubernetes.default", "kubernetes.default.svc"}},
		"kubelet-client":          {Name: "kube-apiserver-kubelet-client", Group: "system:masters"},
		"service-accounts":        {Name: "service-accounts"},
		"admin":                   {Name: "localcluster-admin", Group: "system:masters"},
		"kube-controller-manager": {Name: "system:kube-controller-manager"},
		"kube-scheduler":          {Name: "system:kube-scheduler"},
		"kube-proxy":              {Name: "system:kube-proxy"},
	} {
		if err := a.Certificate(name, subject); err != nil {
			return err
		}
	}
	for _, user := range []string{"admin", "kube-controller-manager", "kube-scheduler", "kube-proxy"} {
		if err := c.writeKubeconfig(a, user); err != nil {
			return err
		}
	}
	door := fmt.Sprintf("https://127.0.0.1:%d", c.Spec.Port)
	if err := a.Write(pki.Kubeconfig{Path: c.Kubeconfig(), Server: door, Context: c.Context(), User: "admin"}); err != nil {
		return err
	}
	return render("kube-scheduler.yaml", c.file("kube-scheduler.yaml"),
		map[string]string{"Kubeconfig": c.InnerKubeconfig("kube-scheduler")})
}

func (c Cluster) writeKubeconfig(a *pki.Authority, user string) error {
	return a.Write(pki.Kubeconfig{Path: c.InnerKubeconfig(user), Server: apiServer, Context: c.Context(), User: user})
}

func (c Cluster) writeNode(a *pki.Authority, n plan.Node) error {
	user, serving := "kubelet-"+n.Name, "serving-"+n.Name
	if err := a.Certificate(user, pki.Subject{Name: "system:node:" + n.Name, Group: "system:nodes"}); err != nil {
		return err
	}
	if err := a.Certificate(serving, pki.Subject{Name: n.Name, Hosts: []string{n.Name, plan.NodeIP(n.Number)}}); err != nil {
		return err
	}
	if err := c.writeKubeconfig(a, user); err != nil {
		return err
	}
	data := c.nodeData(n, serving)
	for name, path := range map[string]string{
		"kubelet.yaml":    c.file(n.Name, "kubelet.yaml"),
		"kube-proxy.yaml": c.file(n.Name, "kube-proxy.yaml"),
		"containerd.toml": c.file(n.Name, "containerd.toml"),
		"cni.conflist":    c.file(n.Name, "cni", "pods.conflist"),
	} {
		if err := render(name, path, data); err != nil {
			return err
		}
	}
	return nil
}

// nodeData is what the templates of a node's files are filled with.
func (c Cluster) nodeData(n plan.Node, serving string) map[string]string {
	return map[string]string{
		"Node":            n.Name,
		"IP":              plan.NodeIP(n.Number),
		"CA":              c.crt("ca"),
		"ServingCert":     c.crt(serving),
		"ServingKey":      c.key(serving),
		"Cgroup":          c.NodeCgroup(n.Name),
		"PodCIDR":         plan.PodCIDR,
		"NodePodCIDR":     plan.NodePodCIDR(n.Number),
		"ProxyKubeconfig": c.InnerKubeconfig("kube-proxy"),
		"PauseImage":      image.Pause,
		"CNIPlugins":      CNIPlugins,
		"CNIConfig":       c.file(n.Name, "cni"),
		"LogMaxSize":      c.Spec.LogMaxSizeOf(n),
	}
}

func render(name, path string, data map[string]string) error {
	var out bytes.Buffer
	if err := templates.ExecuteTemplate(&out, name, data); err != nil {
		return fmt.Errorf("render %s: %w", name, err)
	}
	return plan.WriteFile(path, out.Bytes(), 0o644)
}
