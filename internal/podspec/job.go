package podspec

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
)

// UnknownUID stands for the UID that the server will give to the run, in what is made before there is one.
const UnknownUID = "00000000-0000-0000-0000-000000000000"

// JobOptions is what the launcher adds to the pipeline.
type JobOptions struct {
	Run            string
	Namespace      string
	DriverImage    string // wins over the pipeline's
	ServiceAccount string // wins over the pipeline's; default DefaultServiceAccount
	// DefaultDriverImage is what is used where neither DriverImage nor the pipeline names one: the image of the
	// launcher's own version.
	DefaultDriverImage string
}

// backoffLimit is how many crashes of the driver a run survives. Kubernetes' default of 6 loses a run of three days to one
// bad node.
const backoffLimit = 20

// DriverJob is the run: the Job with the plan inside. It errs when no driver image is known, when the plan is too large,
// and when podSettings do not merge.
func DriverJob(p *v1alpha1.Pipeline, o JobOptions) (*batchv1.Job, error) {
	plan, err := EncodePlan(p)
	if err != nil {
		return nil, err
	}
	template, err := driverTemplate(p, o, plan)
	if err != nil {
		return nil, fmt.Errorf("driver of pipeline %s: %w", p.Metadata.Name, err)
	}
	deadline, err := runDeadline(p)
	if err != nil {
		return nil, err
	}
	return &batchv1.Job{
		TypeMeta: metav1.TypeMeta{APIVersion: batchv1.SchemeGroupVersion.String(), Kind: "Job"},
		ObjectMeta: metav1.ObjectMeta{
			Name:        o.Run,
			Namespace:   o.Namespace,
			Labels:      overlay(driverLabels(p), p.Metadata.Labels),
			Annotations: overlay(parameterAnnotation(p.Arguments), p.Metadata.Annotations),
		},
		Spec: driverJobSpec(template, deadline, p.Lifetime()),
	}, nil
}

// maxParameters is how many bytes the values of parameters may have to be in an annotation beside the plan.
const maxParameters = 4 << 10

// parameterAnnotation has the values of the parameters for lists of runs, which read no plans. Long ones are in the plan alone.
func parameterAnnotation(values map[string]v1alpha1.Value) map[string]string {
	if len(values) == 0 {
		return nil
	}
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(values); err != nil || text.Len() > maxParameters {
		return nil
	}
	return map[string]string{v1alpha1.AnnotationParameters: strings.TrimSuffix(text.String(), "\n")}
}

func driverJobSpec(template *corev1.PodTemplateSpec, deadline *int64, ttl time.Duration) batchv1.JobSpec {
	one, retries, replace := int32(1), int32(backoffLimit), batchv1.Failed
	keep := int32(seconds(ttl)) // validated to be at most a year
	return batchv1.JobSpec{
		Parallelism:             &one,
		Completions:             &one,
		BackoffLimit:            &retries,
		ActiveDeadlineSeconds:   deadline,
		TTLSecondsAfterFinished: &keep,
		// The only value that the API server takes beside a podFailurePolicy.
		PodReplacementPolicy: &replace,
		PodFailurePolicy:     driverFailurePolicy(),
		Template:             *template,
	}
}

// driverFailurePolicy: the first rule that matches decides. A driver that was evicted costs nothing, whatever its exit
// code; a verdict ends the Job at once; everything else counts against backoffLimit and is started again.
func driverFailurePolicy() *batchv1.PodFailurePolicy {
	container := v1alpha1.DriverContainer
	return &batchv1.PodFailurePolicy{Rules: []batchv1.PodFailurePolicyRule{
		{
			Action: batchv1.PodFailurePolicyActionIgnore,
			OnPodConditions: []batchv1.PodFailurePolicyOnPodConditionsPattern{
				{Type: corev1.DisruptionTarget, Status: corev1.ConditionTrue},
			},
		},
		{
			Action: batchv1.PodFailurePolicyActionFailJob,
			OnExitCodes: &batchv1.PodFailurePolicyOnExitCodesRequirement{
				ContainerName: &container,
				Operator:      batchv1.PodFailurePolicyOnExitCodesOpIn,
				Values:        []int32{ExitFailed, ExitCancelled, ExitInvalidPlan},
			},
		},
	}}
}

// driverTemplate carries the plan, so that lists of Jobs by metadata alone stay small.
func driverTemplate(p *v1alpha1.Pipeline, o JobOptions, plan string) (*corev1.PodTemplateSpec, error) {
	spec, err := driverSpec(p, o)
	if err != nil {
		return nil, err
	}
	labels, annotations := driverLabels(p), driverAnnotations(plan)
	annotations[v1alpha1.AnnotationMinDriver], _ = v1alpha1.MinDriver(p)
	optOutOfMeshes(labels, annotations)
	annotations = overlay(annotations, p.Driver.Annotations)
	if err := validation.ValidateAnnotationsSize(annotations); err != nil {
		return nil, errors.New("the plan and driver.annotations together are larger than the 256 KiB that Kubernetes allows: shorten the annotations")
	}
	return &corev1.PodTemplateSpec{
		ObjectMeta: metav1.ObjectMeta{Labels: overlay(labels, p.Metadata.Labels, p.Driver.Labels), Annotations: annotations},
		Spec:       *spec,
	}, nil
}

// driverAnnotations are the plan, and no disruption by an autoscaler. (A driver that is evicted all the same is replaced.)
func driverAnnotations(plan string) map[string]string {
	annotations := undisturbed()
	annotations[v1alpha1.AnnotationPlan] = plan
	return annotations
}
