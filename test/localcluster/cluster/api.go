package cluster

import (
	"context"
	"errors"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/utils/ptr"

	"github.com/stepherd/stepherd/test/localcluster/config"
	"github.com/stepherd/stepherd/test/localcluster/plan"
)

func newClient(i plan.Instance) (kubernetes.Interface, error) {
	cfg, err := clientcmd.BuildConfigFromFlags("", i.Kubeconfig())
	if err != nil {
		return nil, fmt.Errorf("read kubeconfig of cluster %q: %w", i.Name, err)
	}
	cfg.QPS = -1 // no throttle
	client, err := kubernetes.NewForConfig(cfg)
	if err != nil {
		return nil, fmt.Errorf("make client of cluster %q: %w", i.Name, err)
	}
	return client, nil
}

func ready(ctx context.Context, client kubernetes.Interface) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return client.Discovery().RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
}

// waitForNode waits for the Node object and puts its labels and taints right at once.
func (u *up) waitForNode(ctx context.Context, n plan.Node) error {
	if err := poll(ctx, func(ctx context.Context) error { return u.mark(ctx, n) }); err != nil {
		return fmt.Errorf("set labels and taints of %s: %w", n.Name, err)
	}
	return nil
}

func (u *up) mark(ctx context.Context, n plan.Node) error {
	nodes := u.client.CoreV1().Nodes()
	node, err := nodes.Get(ctx, n.Name, metav1.GetOptions{})
	if err != nil || !applyMarks(node, n) {
		return err
	}
	_, err = nodes.Update(ctx, node, metav1.UpdateOptions{})
	return err
}

// applyMarks tells whether anything had to be changed.
func applyMarks(node *corev1.Node, n plan.Node) bool {
	changed := false
	for key, value := range n.Labels {
		if now, ok := node.Labels[key]; !ok || now != value {
			metav1.SetMetaDataLabel(&node.ObjectMeta, key, value)
			changed = true
		}
	}
	for _, t := range n.Taints {
		changed = applyTaint(node, t) || changed
	}
	return changed
}

func applyTaint(node *corev1.Node, t plan.Taint) bool {
	want := corev1.Taint{Key: t.Key, Value: t.Value, Effect: corev1.TaintEffect(t.Effect)}
	for i, now := range node.Spec.Taints {
		if now.Key == want.Key && now.Effect == want.Effect {
			node.Spec.Taints[i].Value = want.Value
			return now.Value != want.Value
		}
	}
	node.Spec.Taints = append(node.Spec.Taints, want)
	return true
}

func (u *up) waitForReady(ctx context.Context) error {
	for _, n := range u.Spec.Nodes {
		if err := u.waitUntilReady(ctx, n); err != nil {
			return err
		}
	}
	return nil
}

// waitUntilReady believes a node whose kubelet this run started only when that kubelet has said so:
// the condition of a kubelet that died stays Ready for most of a minute.
func (u *up) waitUntilReady(ctx context.Context, n plan.Node) error {
	var since time.Time
	if u.processes.started[config.NodeProcess(config.Kubelet, n.Name)] {
		since = u.begin
	}
	return poll(ctx, func(ctx context.Context) error { return checkReady(ctx, u.client, n, since) })
}

// checkReady wants the kubelet to have said since then that the node is Ready.
func checkReady(ctx context.Context, client kubernetes.Interface, n plan.Node, since time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	node, err := client.CoreV1().Nodes().Get(ctx, n.Name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	if !isReady(node, since) {
		return errors.New("not Ready")
	}
	return nil
}

func isReady(node *corev1.Node, since time.Time) bool {
	for _, c := range node.Status.Conditions {
		if c.Type == corev1.NodeReady {
			// Only the kubelet moves the heartbeat. It is in whole seconds.
			return c.Status == corev1.ConditionTrue && !c.LastHeartbeatTime.Time.Before(since.Truncate(time.Second))
		}
	}
	return false
}

// checkAlive wants a sign of life of the kubelet since then. Between two of them are ten seconds.
func checkAlive(ctx context.Context, client kubernetes.Interface, n plan.Node, since time.Time) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	lease, err := client.CoordinationV1().Leases(corev1.NamespaceNodeLease).Get(ctx, n.Name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	if renewed := lease.Spec.RenewTime; renewed == nil || !renewed.After(since) {
		return errors.New("its kubelet gives no sign of life")
	}
	return nil
}

func (u *up) waitForDefaults(ctx context.Context) error {
	class := &storagev1.StorageClass{
		ObjectMeta: metav1.ObjectMeta{
			Name:        config.StorageClass,
			Annotations: map[string]string{"storageclass.kubernetes.io/is-default-class": "true"},
		},
		Provisioner:   config.Provisioner,
		ReclaimPolicy: ptr.To(corev1.PersistentVolumeReclaimDelete),
	}
	if _, err := u.client.StorageV1().StorageClasses().Create(ctx, class, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("create storage class %s: %w", class.Name, err)
	}
	err := poll(ctx, func(ctx context.Context) error {
		_, err := u.client.CoreV1().ServiceAccounts(metav1.NamespaceDefault).Get(ctx, "default", metav1.GetOptions{})
		return err
	})
	if err != nil {
		return fmt.Errorf("wait for the default service account: %w", err)
	}
	return nil
}

// allowNodes lets nodes read by role what the node authorizer lets them read too, but only a
// moment later: it learns of a Pod by a watch of its own, and a kubelet that is quicker is refused
// and waits for a second before it asks again. That second would be noise in every measurement.
func (u *up) allowNodes(ctx context.Context) error {
	binding := &rbacv1.ClusterRoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "localcluster:nodes"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: "system:node"},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: rbacv1.GroupKind, Name: "system:nodes"}},
	}
	if _, err := u.client.RbacV1().ClusterRoleBindings().Create(ctx, binding, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("create role binding %s: %w", binding.Name, err)
	}
	return nil
}
