package kube_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/driver"
	"github.com/stepherd/stepherd/internal/driver/drivertest"
	"github.com/stepherd/stepherd/internal/driver/recorder"
	"github.com/stepherd/stepherd/internal/kube"
	"github.com/stepherd/stepherd/internal/kube/kubetest"
)

// TestAdaptersKeepTheContract holds the adapters, on the real client-go, to what the driver relies on.
func TestAdaptersKeepTheContract(t *testing.T) {
	drivertest.Contract(t, func(t *testing.T) drivertest.World {
		return drivertest.WorldOf(newWorld(t, kubetest.New().Client(), "ns"))
	})
}

// world is a run in a namespace of a server.
type world struct {
	client kubernetes.Interface
	ref    kube.RunRef
}

func newWorld(t *testing.T, client kubernetes.Interface, namespace string) world {
	t.Helper()
	name := strings.ToLower(strings.NewReplacer("/", "-", "_", "-", "'", "").Replace(t.Name()))
	name = fmt.Sprintf("%s-%d", name[max(0, len(name)-30):], time.Now().UnixNano()%100_000)
	job, err := client.BatchV1().Jobs(namespace).Create(t.Context(), suspendedJob(strings.Trim(name, "-")), metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return world{client: client, ref: kube.RunRef{Namespace: namespace, Name: job.Name, UID: string(job.UID)}}
}

func suspendedJob(name string) *batchv1.Job {
	yes := true
	return &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Spec: batchv1.JobSpec{Suspend: &yes, Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{
			RestartPolicy: corev1.RestartPolicyNever, Containers: []corev1.Container{{Name: "driver", Image: "example.com/none:1"}},
		}}},
	}
}

func (w world) Ref() drivertest.Ref {
	return drivertest.Ref{Namespace: w.ref.Namespace, Run: w.ref.Name, UID: w.ref.UID}
}

func (w world) Pods() driver.Pods { return kube.NewStepPods(w.client.CoreV1().RESTClient(), w.ref) }

func (w world) Mark() driver.CancelMark {
	return kube.NewJobMark(w.client.BatchV1().RESTClient(), w.ref)
}

func (w world) Record(holder string) recorder.Record {
	return kube.NewRecord(w.client.CoreV1().RESTClient(), w.ref, "test", holder)
}

func (w world) OwnPod(ctx context.Context, containers ...string) (driver.OwnPod, error) {
	pod := drivertest.Pod(w.Ref(), "own", "1")
	pod.Labels, pod.Spec.Containers = nil, nil
	for _, name := range containers {
		pod.Spec.Containers = append(pod.Spec.Containers, corev1.Container{Name: name, Image: "example.com/none:1"})
	}
	pod, err := w.client.CoreV1().Pods(w.ref.Namespace).Create(ctx, pod, metav1.CreateOptions{})
	if err != nil {
		return nil, err
	}
	return kube.NewOwnPod(w.client.CoreV1().RESTClient(), pod.Namespace, pod.Name, string(pod.UID)), nil
}

// StrangerPod has an owner that exists: otherwise the garbage collector would take it away.
func (w world) StrangerPod(ctx context.Context, name string) error {
	job, err := w.client.BatchV1().Jobs(w.ref.Namespace).Create(ctx, suspendedJob("stranger-of-"+w.ref.Name), metav1.CreateOptions{})
	if err != nil {
		return err
	}
	pod := drivertest.Pod(w.Ref(), "a", "1")
	pod.Name = name
	pod.OwnerReferences[0].Name, pod.OwnerReferences[0].UID = job.Name, job.UID
	_, err = w.client.CoreV1().Pods(w.ref.Namespace).Create(ctx, pod, metav1.CreateOptions{})
	return err
}

func (w world) StrangerRecord(ctx context.Context) error {
	_, err := w.client.CoreV1().ConfigMaps(w.ref.Namespace).Create(ctx, &corev1.ConfigMap{
		ObjectMeta: metav1.ObjectMeta{
			Name:   record.Name(w.ref.Name, 0),
			Labels: map[string]string{v1alpha1.LabelRunUID: w.ref.UID},
		},
	}, metav1.CreateOptions{})
	return err
}

func (w world) DropRecord(ctx context.Context) error {
	return w.client.CoreV1().ConfigMaps(w.ref.Namespace).Delete(ctx, record.Name(w.ref.Name, 0), metav1.DeleteOptions{})
}

func (w world) SetCancel(ctx context.Context, grace string) error {
	return w.annotate(ctx, v1alpha1.AnnotationCancel, v1alpha1.AnnotationCancelGrace, grace)
}

func (w world) SetCancelFinally(ctx context.Context, grace string) error {
	return w.annotate(ctx, v1alpha1.AnnotationCancelFinally, v1alpha1.AnnotationCancelFinallyGrace, grace)
}

// annotate tries again where the Job's controller wrote at the same time.
func (w world) annotate(ctx context.Context, mark, graceMark, grace string) error {
	for {
		job, err := w.client.BatchV1().Jobs(w.ref.Namespace).Get(ctx, w.ref.Name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		metav1.SetMetaDataAnnotation(&job.ObjectMeta, mark, "2031-01-02T03:04:05Z")
		if grace != "" {
			metav1.SetMetaDataAnnotation(&job.ObjectMeta, graceMark, grace)
		}
		_, err = w.client.BatchV1().Jobs(w.ref.Namespace).Update(ctx, job, metav1.UpdateOptions{})
		if !apierrors.IsConflict(err) {
			return err
		}
	}
}
