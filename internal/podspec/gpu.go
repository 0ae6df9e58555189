package podspec

import (
	"path"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// A container has 64 MiB of shared memory, which data loaders of the usual frameworks exceed at once.
const (
	sharedMemoryPath   = "/dev/shm"
	sharedMemoryVolume = "dev-shm"
)

// addGPUExtras adds what `gpu: 1` means beside the resource: the toleration of the taint that GPU nodes usually bear
// (its key is the resource's name: the same rule as the admission plugin ExtendedResourceToleration, which clusters need
// not run), and shared memory as large as the step's memory allows. A user who mounts /dev/shm has his way; one who
// declares a volume dev-shm has it mounted.
func addGPUExtras(spec *corev1.PodSpec, r *v1alpha1.Resources) {
	name := r.Device()
	if name == "" {
		return
	}
	spec.Tolerations = appendNew(spec.Tolerations, []corev1.Toleration{{
		Key:      string(name),
		Operator: corev1.TolerationOpExists,
		Effect:   corev1.TaintEffectNoSchedule,
	}})
	main := &spec.Containers[0]
	if slices.ContainsFunc(main.VolumeMounts, mountsSharedMemory) {
		return
	}
	main.VolumeMounts = append(main.VolumeMounts, corev1.VolumeMount{Name: sharedMemoryVolume, MountPath: sharedMemoryPath})
	if !slices.ContainsFunc(spec.Volumes, func(v corev1.Volume) bool { return v.Name == sharedMemoryVolume }) {
		spec.Volumes = append(spec.Volumes, corev1.Volume{Name: sharedMemoryVolume, VolumeSource: corev1.VolumeSource{
			EmptyDir: &corev1.EmptyDirVolumeSource{Medium: corev1.StorageMediumMemory},
		}})
	}
}

func mountsSharedMemory(m corev1.VolumeMount) bool {
	return path.Clean(m.MountPath) == sharedMemoryPath
}
