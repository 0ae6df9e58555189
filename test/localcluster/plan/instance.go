package plan

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
)

// Root is the folder of all instances. It is the only place on the machine's disk that is used.
const Root = "/var/lib/stepherd-localcluster"

// NetnsRoot is where iproute2 looks for network namespaces, so that `ip netns` shows ours.
const NetnsRoot = "/run/netns"

// The limit of 20 keeps unix socket paths below the kernel's 108 bytes.
var validName = regexp.MustCompile(`^[a-z0-9-]{1,20}$`)

// Instance is one cluster on this machine.
type Instance struct{ Name string }

// NewInstance checks the name.
func NewInstance(name string) (Instance, error) {
	if !validName.MatchString(name) {
		return Instance{}, fmt.Errorf("cluster name %q is not valid: use 1 to 20 of the characters a-z, 0-9 and -", name)
	}
	return Instance{Name: name}, nil
}

// Dir is the state folder; elem are joined to it.
func (i Instance) Dir(elem ...string) string {
	return filepath.Join(append([]string{Root, i.Name}, elem...)...)
}

// LockFile lies beside the state folder, because it has to outlive the folder. A name has no dot
// in it, so this is no instance's folder.
func (i Instance) LockFile() string { return filepath.Join(Root, i.Name+".lock") }

// SpecFile holds the Spec.
func (i Instance) SpecFile() string { return i.Dir("cluster.json") }

// Kubeconfig is the administrator's, for use from the machine itself.
func (i Instance) Kubeconfig() string { return i.Dir("kubeconfig") }

// Context is the name of the context in Kubeconfig.
func (i Instance) Context() string { return "localcluster-" + i.Name }

// Log is the log file of a process.
func (i Instance) Log(process string) string { return i.Dir("logs", process+".log") }

// Record is where a process leaves its pid and start time.
func (i Instance) Record(process string) string { return i.Dir("processes", process) }

// StopMark is the file that tells that a part (a node, or the API server) was stopped on purpose.
func (i Instance) StopMark(part string) string { return i.Dir("stopped", part) }

// Volumes is the folder below which PersistentVolumes are made.
func (i Instance) Volumes() string { return i.Dir("volumes") }

// Pins is a small file system of our own whose files hold mount namespaces open.
func (i Instance) Pins() string { return i.Dir("pins") }

// MountPin is the file that holds the mount namespace of a node open.
func (i Instance) MountPin(node string) string { return filepath.Join(i.Pins(), node) }

// Cgroup is the folder in every cgroup hierarchy below which all Pods live.
func (i Instance) Cgroup() string { return "/localcluster-" + i.Name }

// NodeCgroup is the cgroup root of a node's kubelet.
func (i Instance) NodeCgroup(node string) string { return i.Cgroup() + "/" + node }

// ControlPlaneNetns is the network namespace of the control plane.
func (i Instance) ControlPlaneNetns() string { return i.netns("cp") }

// NodeNetns is the network namespace of the node with that number.
func (i Instance) NodeNetns(number int) string { return i.netns("n" + strconv.Itoa(number)) }

func (i Instance) netns(part string) string {
	return filepath.Join(NetnsRoot, "lc-"+i.Name+"-"+part)
}

// OwnsNetns tells whether a file name in NetnsRoot is this instance's. It is exact: instance "dev"
// does not own lc-dev-n1-cp, which belongs to an instance called "dev-n1".
func (i Instance) OwnsNetns(file string) bool {
	return regexp.MustCompile(`^lc-` + regexp.QuoteMeta(i.Name) + `-(cp|n[0-9]+)$`).MatchString(file)
}
