package podspec

import (
	"slices"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

const archiveVolumeName = "stepherd-archive"

func archiveVolume(a *v1alpha1.LogArchive) corev1.Volume {
	return corev1.Volume{Name: archiveVolumeName, VolumeSource: *a.Volume.DeepCopy()}
}

// mountArchive gives the driver the volume and tells it that it has one.
func mountArchive(driver *corev1.Container) {
	driver.Env = append(driver.Env, corev1.EnvVar{Name: EnvArchive, Value: ArchiveRoot})
	driver.VolumeMounts = append(driver.VolumeMounts, corev1.VolumeMount{Name: archiveVolumeName, MountPath: ArchiveRoot})
}

const (
	// archiveDeadlineSeconds bounds a reader of an archive, and archiveKeepSeconds how long its log can be read, over
	// however slow a line, and how long one stays whose launcher did not delete it.
	archiveDeadlineSeconds = 10 * 60
	archiveKeepSeconds     = 10 * 60
)

// HasArchive reports whether a run keeps its logs in an archive.
func HasArchive(run *batchv1.Job) bool {
	return archiveVolumeOf(&run.Spec.Template.Spec) >= 0
}

func archiveVolumeOf(spec *corev1.PodSpec) int {
	return slices.IndexFunc(spec.Volumes, func(v corev1.Volume) bool { return v.Name == archiveVolumeName })
}

// ArchiveJobName is a name for a Job that reads a run's archive.
func ArchiveJobName(run, random string) string {
	suffix := "-logs-" + random
	if most := v1alpha1.MaxPodName - len(suffix); len(run) > most {
		run = strings.TrimRight(run[:most], "-.")
	}
	return run + suffix
}

// ArchiveJob reads the archive of a run, whose Job is given as the cluster has it, for somebody who may create Jobs and
// read Pods' logs and nothing else: its one Pod prints what request asks for, and ends. It is the driver's Pod in all that
// says where and as whom it runs, because what could write the volume can read it; it has no API token, no plan, nothing
// else of the driver's, and the volume for reading only. It is no run: its component is `archive`.
func ArchiveJob(run *batchv1.Job, name, request string) *batchv1.Job {
	template := &run.Spec.Template
	none, deadline, keep := int32(0), int64(archiveDeadlineSeconds), int32(archiveKeepSeconds)
	ours := archiveLabels(run)
	return &batchv1.Job{
		TypeMeta:   metav1.TypeMeta{APIVersion: batchv1.SchemeGroupVersion.String(), Kind: "Job"},
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: run.Namespace, Labels: overlay(ours, run.Labels)},
		Spec: batchv1.JobSpec{
			BackoffLimit: &none, ActiveDeadlineSeconds: &deadline, TTLSecondsAfterFinished: &keep,
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: overlay(ours, template.Labels), Annotations: overlay(nil, template.Annotations)},
				Spec:       archiveSpec(run, request),
			},
		},
	}
}

func archiveLabels(run *batchv1.Job) map[string]string {
	return map[string]string{
		v1alpha1.LabelManagedBy: v1alpha1.ManagedBy,
		v1alpha1.LabelComponent: v1alpha1.ComponentArchive,
		v1alpha1.LabelPipeline:  run.Labels[v1alpha1.LabelPipeline],
	}
}

func archiveSpec(run *batchv1.Job, request string) corev1.PodSpec {
	spec := run.Spec.Template.Spec.DeepCopy()
	no := false
	spec.AutomountServiceAccountToken = &no
	spec.InitContainers, spec.EphemeralContainers = nil, nil
	spec.Containers = []corev1.Container{archiveContainer(spec, request)}
	spec.Volumes = []corev1.Volume{spec.Volumes[archiveVolumeOf(spec)]}
	spec.ActiveDeadlineSeconds = nil
	nearDriver(spec, string(run.UID))
	return *spec
}

// archiveContainer is made of the driver's.
func archiveContainer(spec *corev1.PodSpec, request string) corev1.Container {
	at := slices.IndexFunc(spec.Containers, func(c corev1.Container) bool { return c.Name == v1alpha1.DriverContainer })
	driver := &spec.Containers[max(at, 0)]
	return corev1.Container{
		Name:                     v1alpha1.ArchiveContainer,
		Image:                    driver.Image,
		ImagePullPolicy:          driver.ImagePullPolicy,
		Args:                     []string{ArchiveCommand, request},
		Resources:                driver.Resources,
		SecurityContext:          driver.SecurityContext,
		TerminationMessagePolicy: corev1.TerminationMessageFallbackToLogsOnError,
		VolumeMounts:             []corev1.VolumeMount{{Name: archiveVolumeName, MountPath: ArchiveRoot, ReadOnly: true}},
	}
}

// nearDriver prefers the node of the run's driver, where there is one: a volume that is ReadWriteOnce can be used there
// only.
func nearDriver(spec *corev1.PodSpec, runUID string) {
	if spec.Affinity == nil {
		spec.Affinity = &corev1.Affinity{}
	}
	if spec.Affinity.PodAffinity == nil {
		spec.Affinity.PodAffinity = &corev1.PodAffinity{}
	}
	near := &spec.Affinity.PodAffinity.PreferredDuringSchedulingIgnoredDuringExecution
	*near = append(*near, corev1.WeightedPodAffinityTerm{
		Weight: 100,
		PodAffinityTerm: corev1.PodAffinityTerm{
			TopologyKey:   corev1.LabelHostname,
			LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{v1alpha1.LabelControllerUID: runUID}},
		},
	})
}
