package podspec

import (
	"maps"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// jobPodPrefix is how much of its Job's name a Pod's name has (apiserver/pkg/storage/names/generate.go: 63 less five random
// characters).
const jobPodPrefix = 57

// DriverPod is the Pod that the Job controller makes of the Job (kubernetes/pkg/controller/job/job_controller.go and
// kubernetes/pkg/controller/controller_utils.go, GetPodFromTemplate, v1.35), for a dry-run. uid stands for the Job's. Its owner is not a controller: a
// webhook that looks the owner up finds no Job yet.
func DriverPod(job *batchv1.Job, uid string) *corev1.Pod {
	template := job.Spec.Template.DeepCopy()
	labels := maps.Clone(template.Labels)
	if labels == nil {
		labels = map[string]string{}
	}
	labels[v1alpha1.LabelJobName], labels["job-name"] = job.Name, job.Name
	labels[v1alpha1.LabelControllerUID], labels["controller-uid"] = uid, uid
	return &corev1.Pod{
		TypeMeta: metav1.TypeMeta{APIVersion: corev1.SchemeGroupVersion.String(), Kind: "Pod"},
		ObjectMeta: metav1.ObjectMeta{
			Name:            job.Name[:min(jobPodPrefix, len(job.Name))] + "-00000",
			Namespace:       job.Namespace,
			Labels:          labels,
			Annotations:     template.Annotations,
			OwnerReferences: []metav1.OwnerReference{ownerJob(Identity{Run: job.Name, RunUID: uid})},
		},
		Spec: template.Spec,
	}
}
