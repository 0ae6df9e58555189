package cluster

import (
	"context"
	"fmt"
	"slices"
	"time"

	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	storagev1 "k8s.io/api/storage/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	watchtools "k8s.io/client-go/tools/watch"
	"k8s.io/client-go/util/retry"
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

// until waits until the condition holds for the object of every name.
func until(ctx context.Context, c rest.Interface, kind, namespace string, example runtime.Object, names []string, holds func(runtime.Object) bool) error {
	if len(names) == 0 {
		return nil
	}
	missing := map[string]bool{}
	for _, name := range names {
		missing[name] = true
	}
	lw := cache.NewListWatchFromClient(c, kind, namespace, fields.Everything())
	_, err := watchtools.UntilWithSync(ctx, lw, example, nil, func(e watch.Event) (bool, error) {
		o, err := meta.Accessor(e.Object)
		if err != nil {
			return false, err
		}
		if _, asked := missing[o.GetName()]; asked {
			missing[o.GetName()] = e.Type == watch.Deleted || !holds(e.Object)
		}
		for _, still := range missing {
			if still {
				return false, nil
			}
		}
		return true, nil
	})
	return err
}

// waitForNodes waits for the Node objects and puts labels and taints right at once.
func (u *up) waitForNodes(ctx context.Context) error {
	anyNode := func(runtime.Object) bool { return true }
	if err := until(ctx, u.client.CoreV1().RESTClient(), "nodes", "", &corev1.Node{}, u.nodeNames(), anyNode); err != nil {
		return fmt.Errorf("wait for the nodes to register: %w", err)
	}
	for _, n := range u.Spec.Nodes {
		if err := u.mark(ctx, n); err != nil {
			return fmt.Errorf("set labels and taints of %s: %w", n.Name, err)
		}
	}
	return nil
}

func (u *up) mark(ctx context.Context, n plan.Node) error {
	nodes := u.client.CoreV1().Nodes()
	return retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		node, err := nodes.Get(ctx, n.Name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		u.noteReturning(node)
		if !applyMarks(node, n) {
			return nil
		}
		_, err = nodes.Update(ctx, node, metav1.UpdateOptions{})
		return err
	})
}

// noteReturning notes a node that is older than this run and whose kubelet this run started.
func (u *up) noteReturning(node *corev1.Node) {
	old := node.CreationTimestamp.Time.Before(u.begin.Truncate(time.Second)) // the API server's times are whole seconds
	if old && u.started[config.NodeProcess(config.Kubelet, node.Name)] && !slices.Contains(u.returning, node.Name) {
		u.returning = append(u.returning, node.Name)
	}
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

// waitForReady believes a node that was there before only after its restarted kubelet has given a
// sign of life: the condition of a kubelet that died stays Ready for most of a minute.
func (u *up) waitForReady(ctx context.Context) error {
	renewed := func(o runtime.Object) bool {
		renewTime := o.(*coordinationv1.Lease).Spec.RenewTime
		return renewTime != nil && renewTime.After(u.begin)
	}
	err := until(ctx, u.client.CoordinationV1().RESTClient(), "leases", corev1.NamespaceNodeLease, &coordinationv1.Lease{}, u.returning, renewed)
	if err != nil {
		return fmt.Errorf("wait for the kubelets' sign of life: %w", err)
	}
	err = until(ctx, u.client.CoreV1().RESTClient(), "nodes", "", &corev1.Node{}, u.nodeNames(), isReady)
	if err != nil {
		return fmt.Errorf("wait for the nodes to be Ready: %w", err)
	}
	return nil
}

func isReady(o runtime.Object) bool {
	for _, c := range o.(*corev1.Node).Status.Conditions {
		if c.Type == corev1.NodeReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
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
	exists := func(runtime.Object) bool { return true }
	err := until(ctx, u.client.CoreV1().RESTClient(), "serviceaccounts", "default", &corev1.ServiceAccount{}, []string{"default"}, exists)
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
