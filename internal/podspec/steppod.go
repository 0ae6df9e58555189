package podspec

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// Attempt is what makes one Pod of a step another than the next.
type Attempt struct {
	// Number counts from 1.
	Number int
	// OOMs is how many of the step's earlier attempts ended OOMKilled, which makes its memory grow, see growMemory.
	OOMs int
	// Evaluate gives the values of the step's expressions. Nil leaves texts as the pipeline has them.
	Evaluate Evaluate
}

// StepPod is the Pod of an attempt. It errs when the pipeline has no such step, when its podSettings do not merge, when another
// step's Pod has the same name, and as Evaluate does.
func StepPod(p *v1alpha1.Pipeline, step string, attempt Attempt, id Identity) (*corev1.Pod, error) {
	s, known := p.FindStep(step)
	if !known {
		return nil, fmt.Errorf("pipeline %s has no step %q", p.Metadata.Name, step)
	}
	settings, err := v1alpha1.Effective(p, s)
	if err != nil {
		return nil, fmt.Errorf("step %s: %w", step, err)
	}
	program, err := programOf(s, settings.Env, attempt.Evaluate)
	if err != nil {
		return nil, fmt.Errorf("step %s: %w", step, err)
	}
	spec, err := stepSpec(program, &settings, v1alpha1.EffectivePolicy(p, s))
	if err != nil {
		return nil, fmt.Errorf("step %s: %w", step, err)
	}
	addVariables(spec, stepVariables(p, step, attempt.Number, id))
	growMemory(&spec.Containers[0], settings.Retry, attempt.OOMs)
	name, err := ownName(p, step, attempt.Number, id)
	if err != nil {
		return nil, fmt.Errorf("step %s: %w", step, err)
	}
	return &corev1.Pod{
		TypeMeta: metav1.TypeMeta{APIVersion: corev1.SchemeGroupVersion.String(), Kind: "Pod"},
		ObjectMeta: metav1.ObjectMeta{
			Name:            name,
			Namespace:       id.Namespace,
			Labels:          overlay(stepLabels(p, step, attempt.Number, id), settings.Labels),
			Annotations:     overlay(mustSucceed(&settings), stepAnnotations(&settings), settings.Annotations),
			OwnerReferences: []metav1.OwnerReference{ownerJob(id)},
		},
		Spec: *spec,
	}, nil
}

// mustSucceed tells the driver and readers of the run which side containers the Pod's success waits for.
func mustSucceed(s *v1alpha1.Settings) map[string]string {
	names := s.MustSucceed()
	if len(names) == 0 {
		return nil
	}
	return map[string]string{v1alpha1.AnnotationMustSucceed: strings.Join(names, ",")}
}

// ownerJob makes the garbage collector remove the Pod with its run. It is not a controller reference, or the Job
// controller would count the Pod as one of its own; and it does not block the owner's deletion, because that needs
// rights on the owner's finalizers (the admission plugin OwnerReferencesPermissionEnforcement).
func ownerJob(id Identity) metav1.OwnerReference {
	no := false
	return metav1.OwnerReference{
		APIVersion:         batchv1.SchemeGroupVersion.String(),
		Kind:               "Job",
		Name:               id.Run,
		UID:                types.UID(id.RunUID),
		Controller:         &no,
		BlockOwnerDeletion: &no,
	}
}

// stepSpec is what we say, the user's podSettings over it, and what must hold over both. Its first container is `main`.
func stepSpec(program program, settings *v1alpha1.Settings, policy v1alpha1.Policy) (*corev1.PodSpec, error) {
	base := baseStepSpec(program, settings).DeepCopy() // so that the Pod shares nothing with the pipeline
	spec, err := mergePodSettings(base, settings.PodSettings)
	if err != nil {
		return nil, err
	}
	holdMain(spec, &base.Containers[0])
	holdToRunOnce(spec)
	deadline := stepDeadline(policy, spec)
	spec.ActiveDeadlineSeconds = &deadline
	holdTokenBack(spec)
	addGPUExtras(spec, settings.Resources)
	leaveLostNodes(spec)
	secure(spec, settings.Security)
	return spec, nil
}

func baseStepSpec(program program, settings *v1alpha1.Settings) *corev1.PodSpec {
	no := false
	return &corev1.PodSpec{
		RestartPolicy: corev1.RestartPolicyNever,
		// Links would put seven variables for each Service of the namespace into every step's environment.
		EnableServiceLinks: &no,
		ServiceAccountName: settings.ServiceAccountName,
		Containers: []corev1.Container{{
			Name:            v1alpha1.MainContainer,
			Image:           settings.Image,
			ImagePullPolicy: settings.ImagePullPolicy,
			Command:         program.command,
			Args:            program.args,
			WorkingDir:      settings.WorkingDir,
			Env:             program.env,
			EnvFrom:         settings.EnvFrom,
			Resources:       settings.Resources.Requirements(),
			// The last lines of a failed step's log come with its status, so that a failure can be told without
			// the log. Of a main that ended with 0 the kubelet takes no line for its message, which has the results
			// (pkg/kubelet/kuberuntime/kuberuntime_container.go, convertToKubeContainerStatus, v1.35).
			TerminationMessagePolicy: corev1.TerminationMessageFallbackToLogsOnError,
		}},
	}
}

// holdMain gives `main` back what podSettings may not change, and puts it first, where kubectl looks for the default
// container.
func holdMain(spec *corev1.PodSpec, base *corev1.Container) {
	main := takeContainer(spec, v1alpha1.MainContainer, base)
	main.Image, main.Command, main.Args = base.Image, base.Command, base.Args
	main.TerminationMessagePath = ""
	main.EnvFrom = appendNew(base.EnvFrom, main.EnvFrom)
	spec.Containers = append([]corev1.Container{main}, spec.Containers...)
}

// holdTokenBack keeps the API token out of a step that did not ask for it. A step that names a service account is left to
// the account's own rule, as any other Pod; podSettings.automountServiceAccountToken settles it either way.
func holdTokenBack(spec *corev1.PodSpec) {
	named := spec.ServiceAccountName != "" || spec.DeprecatedServiceAccount != ""
	if spec.AutomountServiceAccountToken == nil && !named {
		no := false
		spec.AutomountServiceAccountToken = &no
	}
}

// stepVariables tell a step's programs which attempt they are.
func stepVariables(p *v1alpha1.Pipeline, step string, attempt int, id Identity) []corev1.EnvVar {
	return []corev1.EnvVar{
		{Name: EnvRun, Value: id.Run},
		{Name: EnvRunUID, Value: id.RunUID},
		{Name: EnvPipeline, Value: p.Metadata.Name},
		{Name: EnvStep, Value: step},
		{Name: EnvAttempt, Value: strconv.Itoa(attempt)},
	}
}

// resultsFile is the default of terminationMessagePath, which podSettings cannot change.
const resultsFile = corev1.TerminationMessagePathDefault

// addVariables gives the variables to every container of the Pod: an uploader beside `main` needs them as much as `main`. Only
// `main` has EnvResults, because what another container writes to its own file of that name is no result.
// They come first, so that the user's own can refer to them with $(NAME). The user's own of the same name stays and ours
// is left out. Ours win over envFrom, as every entry of env does.
func addVariables(spec *corev1.PodSpec, variables []corev1.EnvVar) {
	for _, containers := range [][]corev1.Container{spec.InitContainers, spec.Containers} {
		for i := range containers {
			c, ours := &containers[i], variables
			if c.Name == v1alpha1.MainContainer {
				ours = append(slices.Clip(ours), corev1.EnvVar{Name: EnvResults, Value: resultsFile})
			}
			c.Env = append(without(ours, c.Env), c.Env...)
		}
	}
}

// without returns the variables that theirs do not name.
func without(variables, theirs []corev1.EnvVar) []corev1.EnvVar {
	return slices.DeleteFunc(slices.Clone(variables), func(v corev1.EnvVar) bool {
		return slices.ContainsFunc(theirs, func(t corev1.EnvVar) bool { return t.Name == v.Name })
	})
}
