package config

import (
	"fmt"

	"github.com/stepherd/stepherd/test/localcluster/ns"
	"github.com/stepherd/stepherd/test/localcluster/plan"
	"github.com/stepherd/stepherd/test/localcluster/proc"
)

// The components that are this binary under another first argument.
const (
	Etcd              = "etcd"
	APIServer         = "kube-apiserver"
	ControllerManager = "kube-controller-manager"
	Scheduler         = "kube-scheduler"
	Kubelet           = "kubelet"
	Proxy             = "kube-proxy"
	Door              = "door"
)

// Containerd is Debian's; every node has its own.
const Containerd = "containerd"

// StorageClass is the default one; Provisioner is who makes its volumes.
const (
	StorageClass = "standard"
	Provisioner  = "stepherd.dev/localcluster"
)

// VolumesVariable tells the controller-manager where volumes are made, KubeconfigVariable as whom.
const (
	VolumesVariable    = "LOCALCLUSTER_VOLUMES"
	KubeconfigVariable = "LOCALCLUSTER_KUBECONFIG"
)

const clientRate = "500" // of components that would throttle themselves otherwise

// NodeProcess is the name of a node's process.
func NodeProcess(component, node string) string { return component + "-" + node }

// All lists the processes that a cluster consists of.
func (c Cluster) All(self string) []proc.Command {
	all := []proc.Command{
		c.DoorProcess(self), c.EtcdProcess(self), c.APIServerProcess(self), c.ControllerManagerProcess(self), c.SchedulerProcess(self),
	}
	for _, n := range c.Spec.Nodes {
		all = append(all, c.OnNode(self, n)...)
	}
	return all
}

// OnNode lists the processes that a node consists of, in the order in which they are started.
func (c Cluster) OnNode(self string, n plan.Node) []proc.Command {
	return []proc.Command{c.ContainerdProcess(n), c.KubeletProcess(self, n), c.ProxyProcess(self, n)}
}

func (c Cluster) controlPlane(self, component string, args ...string) proc.Command {
	return proc.Command{
		Instance: c.Name,
		Name:     component,
		Argv:     append([]string{self, component}, args...),
		In:       ns.Set{Net: c.ControlPlaneNetns()},
	}
}

// NodeNamespaces are the namespaces that make a node.
func (c Cluster) NodeNamespaces(n plan.Node) ns.Set {
	return ns.Set{Net: c.NodeNetns(n.Number), Mount: c.MountPin(n.Name)}
}

func (c Cluster) node(n plan.Node, component string, argv ...string) proc.Command {
	return proc.Command{
		Instance: c.Name,
		Node:     n.Name,
		Name:     NodeProcess(component, n.Name),
		Argv:     argv,
		In:       c.NodeNamespaces(n),
	}
}

// DoorProcess forwards 127.0.0.1 of the machine to the API server. Its listener was opened on the
// machine and is inherited; the process itself lives inside and dials from there.
func (c Cluster) DoorProcess(self string) proc.Command {
	return c.controlPlane(self, Door, fmt.Sprintf("127.0.0.1:%d", plan.APIServerPort))
}

// EtcdProcess is the database. Losing power loses the cluster, so nothing is flushed to the disk.
func (c Cluster) EtcdProcess(self string) proc.Command {
	return c.controlPlane(self, Etcd,
		"--name=etcd",
		"--data-dir="+c.Dir("etcd"),
		"--listen-client-urls=http://127.0.0.1:2379",
		"--advertise-client-urls=http://127.0.0.1:2379",
		"--listen-peer-urls=http://127.0.0.1:2380",
		"--initial-advertise-peer-urls=http://127.0.0.1:2380",
		"--initial-cluster=etcd=http://127.0.0.1:2380",
		"--unsafe-no-fsync",
		"--log-level=warn",
	)
}

// APIServerProcess is the API server.
func (c Cluster) APIServerProcess(self string) proc.Command {
	return c.controlPlane(self, APIServer,
		"--etcd-servers=http://127.0.0.1:2379",
		"--advertise-address="+plan.ControlPlaneIP,
		fmt.Sprintf("--secure-port=%d", plan.APIServerPort),
		"--service-cluster-ip-range="+plan.ServiceCIDR,
		"--tls-cert-file="+c.crt("kube-apiserver"),
		"--tls-private-key-file="+c.key("kube-apiserver"),
		"--client-ca-file="+c.crt("ca"),
		"--kubelet-certificate-authority="+c.crt("ca"),
		"--kubelet-client-certificate="+c.crt("kubelet-client"),
		"--kubelet-client-key="+c.key("kubelet-client"),
		// Names of nodes resolve nowhere.
		"--kubelet-preferred-address-types=InternalIP",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file="+c.crt("service-accounts"),
		"--service-account-signing-key-file="+c.key("service-accounts"),
		"--authorization-mode=Node,RBAC",
		"--enable-admission-plugins=NodeRestriction",
		"--allow-privileged=true",
		// Without it watches keep an API server that is told to end alive for a minute.
		"--shutdown-watch-termination-grace-period=1s",
	)
}

// ControllerManagerProcess is the controller-manager, with the volume provisioner in it.
func (c Cluster) ControllerManagerProcess(self string) proc.Command {
	p := c.controlPlane(self, ControllerManager,
		"--kubeconfig="+c.InnerKubeconfig(ControllerManager),
		"--authentication-kubeconfig="+c.InnerKubeconfig(ControllerManager),
		"--authorization-kubeconfig="+c.InnerKubeconfig(ControllerManager),
		"--bind-address=127.0.0.1",
		"--leader-elect=false",
		"--use-service-account-credentials=true",
		"--service-account-private-key-file="+c.key("service-accounts"),
		"--root-ca-file="+c.crt("ca"),
		"--cluster-signing-cert-file="+c.crt("ca"),
		"--cluster-signing-key-file="+c.key("ca"),
		"--kube-api-qps="+clientRate,
		"--kube-api-burst="+clientRate,
		// The built-in path is below /usr, which is the machine's.
		"--flex-volume-plugin-dir="+c.Dir("volume-plugins"),
	)
	p.Env = []string{VolumesVariable + "=" + c.Volumes(), KubeconfigVariable + "=" + c.InnerKubeconfig("admin")}
	return p
}

// SchedulerProcess is the scheduler.
func (c Cluster) SchedulerProcess(self string) proc.Command {
	return c.controlPlane(self, Scheduler,
		"--config="+c.file("kube-scheduler.yaml"),
		"--authentication-kubeconfig="+c.InnerKubeconfig(Scheduler),
		"--authorization-kubeconfig="+c.InnerKubeconfig(Scheduler),
		"--bind-address=127.0.0.1",
	)
}

// ContainerdProcess is a node's containerd.
func (c Cluster) ContainerdProcess(n plan.Node) proc.Command {
	return c.node(n, Containerd, "/usr/bin/containerd", "--config", c.file(n.Name, "containerd.toml"))
}

// KubeletHealth answers inside a node's network namespace: the kubelet's own default.
const KubeletHealth = "http://127.0.0.1:10248/healthz"

// KubeletProcess is a node's kubelet.
func (c Cluster) KubeletProcess(self string, n plan.Node) proc.Command {
	return c.node(n, Kubelet, self, Kubelet,
		"--config="+c.file(n.Name, "kubelet.yaml"),
		"--kubeconfig="+c.InnerKubeconfig("kubelet-"+n.Name),
		"--hostname-override="+n.Name,
		"--node-ip="+plan.NodeIP(n.Number),
	)
}

// ProxyProcess is a node's kube-proxy.
func (c Cluster) ProxyProcess(self string, n plan.Node) proc.Command {
	return c.node(n, Proxy, self, Proxy, "--config="+c.file(n.Name, "kube-proxy.yaml"))
}
