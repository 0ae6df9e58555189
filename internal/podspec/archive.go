package podspec

import (
	corev1 "k8s.io/api/core/v1"

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
