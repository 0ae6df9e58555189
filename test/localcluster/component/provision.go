package component

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/workqueue"
	"k8s.io/klog/v2"
	"k8s.io/utils/ptr"

	"github.com/stepherd/stepherd/test/localcluster/config"
)

// provisionedBy tells Kubernetes' own volume controller that binding is its work and making and
// deleting is not.
const provisionedBy = "pv.kubernetes.io/provisioned-by"

// provisioner makes a folder for each claim of our storage class, and removes it with the volume.
type provisioner struct {
	client kubernetes.Interface
	root   string
	queue  workqueue.TypedRateLimitingInterface[any]
}

// provision runs until the context ends.
func provision(ctx context.Context, kubeconfig, root string) {
	rest, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		klog.ErrorS(err, "Volumes are not provisioned")
		return
	}
	client := kubernetes.NewForConfigOrDie(rest)
	p := provisioner{client: client, root: root,
		queue: workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[any]())}
	factory := informers.NewSharedInformerFactory(client, 10*time.Minute)
	handler := cache.ResourceEventHandlerFuncs{
		AddFunc:    func(o any) { p.queue.Add(o) },
		UpdateFunc: func(_, o any) { p.queue.Add(o) },
	}
	for _, informer := range []cache.SharedIndexInformer{
		factory.Core().V1().PersistentVolumeClaims().Informer(),
		factory.Core().V1().PersistentVolumes().Informer(),
	} {
		if _, err := informer.AddEventHandler(handler); err != nil {
			klog.ErrorS(err, "Volumes are not provisioned")
			return
		}
	}
	factory.Start(ctx.Done())
	go func() { <-ctx.Done(); p.queue.ShutDown() }()
	for p.next(ctx) {
	}
}

func (p provisioner) next(ctx context.Context) bool {
	o, quit := p.queue.Get()
	if quit {
		return false
	}
	defer p.queue.Done(o)
	var err error
	switch o := o.(type) {
	case *corev1.PersistentVolumeClaim:
		err = p.make(ctx, o)
	case *corev1.PersistentVolume:
		err = p.remove(ctx, o)
	}
	if err != nil {
		klog.ErrorS(err, "Provision a volume, will try again")
		p.queue.AddRateLimited(o)
		return true
	}
	p.queue.Forget(o)
	return true
}

func (p provisioner) make(ctx context.Context, claim *corev1.PersistentVolumeClaim) error {
	ours := ptr.Deref(claim.Spec.StorageClassName, "") == config.StorageClass
	if !ours || claim.Spec.VolumeName != "" || claim.DeletionTimestamp != nil {
		return nil
	}
	name := "pvc-" + string(claim.UID)
	dir := filepath.Join(p.root, name)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("make volume of claim %s/%s: %w", claim.Namespace, claim.Name, err)
	}
	// A Pod may run as any user; Mkdir's mode is cut by the umask.
	if err := os.Chmod(dir, 0o777); err != nil {
		return fmt.Errorf("open volume of claim %s/%s: %w", claim.Namespace, claim.Name, err)
	}
	volume := volumeFor(claim, name, dir)
	if _, err := p.client.CoreV1().PersistentVolumes().Create(ctx, volume, metav1.CreateOptions{}); err != nil && !apierrors.IsAlreadyExists(err) {
		return fmt.Errorf("create volume of claim %s/%s: %w", claim.Namespace, claim.Name, err)
	}
	return nil
}

func volumeFor(claim *corev1.PersistentVolumeClaim, name, dir string) *corev1.PersistentVolume {
	return &corev1.PersistentVolume{
		ObjectMeta: metav1.ObjectMeta{Name: name, Annotations: map[string]string{provisionedBy: config.Provisioner}},
		Spec: corev1.PersistentVolumeSpec{
			StorageClassName:              config.StorageClass,
			AccessModes:                   claim.Spec.AccessModes,
			VolumeMode:                    claim.Spec.VolumeMode,
			Capacity:                      claim.Spec.Resources.Requests,
			PersistentVolumeReclaimPolicy: corev1.PersistentVolumeReclaimDelete,
			PersistentVolumeSource: corev1.PersistentVolumeSource{
				HostPath: &corev1.HostPathVolumeSource{Path: dir, Type: ptr.To(corev1.HostPathDirectory)},
			},
			ClaimRef: &corev1.ObjectReference{
				APIVersion: "v1", Kind: "PersistentVolumeClaim",
				Namespace: claim.Namespace, Name: claim.Name, UID: claim.UID,
			},
		},
	}
}

// remove deletes a volume whose claim is gone, the folder first, so that a failure is tried again.
func (p provisioner) remove(ctx context.Context, v *corev1.PersistentVolume) error {
	ours := v.Annotations[provisionedBy] == config.Provisioner && v.Spec.HostPath != nil
	if !ours || v.Status.Phase != corev1.VolumeReleased || v.Spec.PersistentVolumeReclaimPolicy != corev1.PersistentVolumeReclaimDelete {
		return nil
	}
	// The path was written by us, but anyone who may write volumes can have changed it.
	if filepath.Dir(v.Spec.HostPath.Path) != p.root {
		return errors.New("volume " + v.Name + " does not lie in " + p.root)
	}
	if err := os.RemoveAll(v.Spec.HostPath.Path); err != nil {
		return fmt.Errorf("remove volume %s: %w", v.Name, err)
	}
	if err := p.client.CoreV1().PersistentVolumes().Delete(ctx, v.Name, metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
		return fmt.Errorf("delete volume %s: %w", v.Name, err)
	}
	return nil
}
