package podspec

import (
	"cmp"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

const (
	planVolume = "stepherd-plan"
	// driverGraceSeconds is what the driver has after SIGTERM to write the record.
	driverGraceSeconds = 30
)

// driverSpec is what we say, driver.podSettings over it, and what must hold over both.
func driverSpec(p *v1alpha1.Pipeline, o JobOptions) (*corev1.PodSpec, error) {
	d := &p.Driver
	image := cmp.Or(o.DriverImage, d.Image, o.DefaultDriverImage)
	if image == "" {
		return nil, errors.New("no image is known: set driver.image in the pipeline or use --driver-image")
	}
	needed, key := v1alpha1.MinDriver(p)
	if err := fitDriver(image, needed, key); err != nil {
		return nil, err
	}
	base := baseDriverSpec()
	base.ServiceAccountName = cmp.Or(o.ServiceAccount, d.ServiceAccountName, DefaultServiceAccount)
	base.Containers = []corev1.Container{baseDriverContainer(d, image)}
	volumes := []corev1.Volume{planFile()}
	if archive := p.Logs.Archive; archive != nil {
		volumes = append(volumes, archiveVolume(archive))
		mountArchive(&base.Containers[0])
	}
	spec, err := mergePodSettings(base, d.PodSettings)
	if err != nil {
		return nil, err
	}
	spec.ServiceAccountName = base.ServiceAccountName
	spec.DeprecatedServiceAccount = ""
	spec.ActiveDeadlineSeconds = nil
	holdDriver(spec, &base.Containers[0], volumes)
	holdToRunOnce(spec)
	limitGoMemory(&spec.Containers[0])
	secure(spec, v1alpha1.SecurityRestricted)
	return spec, nil
}

func baseDriverSpec() *corev1.PodSpec {
	yes, no, grace := true, false, int64(driverGraceSeconds)
	return &corev1.PodSpec{
		RestartPolicy:                 corev1.RestartPolicyNever,
		TerminationGracePeriodSeconds: &grace,
		EnableServiceLinks:            &no,
		// The driver's work needs the token, whatever its service account says by default.
		AutomountServiceAccountToken: &yes,
		NodeSelector:                 map[string]string{corev1.LabelOSStable: "linux"},
		Tolerations: []corev1.Toleration{
			tolerateLostNode(corev1.TaintNodeNotReady, driverLostNodeSeconds),
			tolerateLostNode(corev1.TaintNodeUnreachable, driverLostNodeSeconds),
		},
	}
}

func baseDriverContainer(d *v1alpha1.Driver, image string) corev1.Container {
	yes := true
	return corev1.Container{
		Name:                     v1alpha1.DriverContainer,
		Image:                    image,
		ImagePullPolicy:          cmp.Or(d.ImagePullPolicy, corev1.PullIfNotPresent),
		Args:                     []string{"run"},
		Env:                      driverEnv(d.LogLevel),
		Resources:                driverResources(d.Resources),
		VolumeMounts:             []corev1.VolumeMount{planMount()},
		TerminationMessagePolicy: corev1.TerminationMessageFallbackToLogsOnError,
		SecurityContext:          &corev1.SecurityContext{ReadOnlyRootFilesystem: &yes},
	}
}

// driverEnv tells the driver who it is, and its log level. A template cannot name the run: the cluster gives the name of a CronJob's run and the
// UID of any run.
func driverEnv(level v1alpha1.LogLevel) []corev1.EnvVar {
	from := func(name, field string) corev1.EnvVar {
		return corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{
			FieldRef: &corev1.ObjectFieldSelector{FieldPath: field},
		}}
	}
	env := []corev1.EnvVar{
		from(EnvRun, "metadata.labels['"+v1alpha1.LabelJobName+"']"),
		from(EnvRunUID, "metadata.labels['"+v1alpha1.LabelControllerUID+"']"),
		from(EnvNamespace, "metadata.namespace"),
		from(EnvPodName, "metadata.name"),
		from(EnvPodUID, "metadata.uid"),
	}
	if level != "" {
		env = append(env, corev1.EnvVar{Name: EnvLogLevel, Value: string(level)})
	}
	return env
}

func planMount() corev1.VolumeMount {
	return corev1.VolumeMount{Name: planVolume, MountPath: path.Dir(PlanFile), ReadOnly: true}
}

// planFile gives the plan to the driver as a file: byte for byte, while the kubelet expands $(X) in environment variables.
func planFile() corev1.Volume {
	return corev1.Volume{Name: planVolume, VolumeSource: corev1.VolumeSource{
		DownwardAPI: &corev1.DownwardAPIVolumeSource{Items: []corev1.DownwardAPIVolumeFile{
			annotationFile(PlanFile, v1alpha1.AnnotationPlan), annotationFile(MinDriverFile, v1alpha1.AnnotationMinDriver),
		}},
	}}
}

func annotationFile(file, annotation string) corev1.DownwardAPIVolumeFile {
	return corev1.DownwardAPIVolumeFile{
		Path:     path.Base(file),
		FieldRef: &corev1.ObjectFieldSelector{FieldPath: "metadata.annotations['" + annotation + "']"},
	}
}

// holdDriver gives the container `driver` back what podSettings may not change, and puts it first.
func holdDriver(spec *corev1.PodSpec, base *corev1.Container, volumes []corev1.Volume) {
	driver := takeContainer(spec, v1alpha1.DriverContainer, base)
	driver.Image, driver.Command, driver.Args = base.Image, base.Command, base.Args
	driver.TerminationMessagePath = ""
	driver.Env = replace(driver.Env, base.Env, func(a, b *corev1.EnvVar) bool { return a.Name == b.Name })
	driver.VolumeMounts = replace(driver.VolumeMounts, base.VolumeMounts, func(a, b *corev1.VolumeMount) bool {
		return path.Clean(a.MountPath) == path.Clean(b.MountPath)
	})
	spec.Volumes = replace(spec.Volumes, volumes, func(a, b *corev1.Volume) bool { return a.Name == b.Name })
	spec.Containers = append([]corev1.Container{driver}, spec.Containers...)
}

// replace gives ours, and those of theirs that stand for none of ours.
func replace[T any](theirs, ours []T, same func(a, b *T) bool) []T {
	out := slices.Clone(ours)
	for i := range theirs {
		if !slices.ContainsFunc(ours, func(o T) bool { return same(&theirs[i], &o) }) {
			out = append(out, theirs[i])
		}
	}
	return out
}

// MinDriverFile tells the driver which version is the oldest that understands the plan. It is empty or absent if that was not
// written down.
const MinDriverFile = "/etc/stepherd/min-driver"

// fitDriver errs when a driver image is known to be older than the version that a key needs. A digest, or a tag that is no version, is not
// judged: the driver itself reports it when it starts.
func fitDriver(image, needed, key string) error {
	if !v1alpha1.OlderVersion(tagOf(image), needed) {
		return nil
	}
	return fmt.Errorf("driver image %s is too old for the pipeline's key %s, which needs driver %s or later: set driver.image or --driver-image to one, or leave both out",
		image, key, needed)
}

// tagOf is an image's tag; empty where there is none, or a digest says which image it is.
func tagOf(image string) string {
	if strings.Contains(image, "@") {
		return ""
	}
	_, tag, _ := strings.Cut(image[strings.LastIndex(image, "/")+1:], ":")
	return tag
}
