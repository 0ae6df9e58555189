package runs

import (
	"context"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/kubernetes/scheme"

	"github.com/stepherd/stepherd/internal/kube"
)

// Client is a user's view of the runs of a cluster: what package launch declares as ports. Errors are *Error.
type Client struct {
	client kubernetes.Interface
}

// New makes it of a client of NewClient.
func New(client kubernetes.Interface) *Client { return &Client{client: client} }

// CreateJob is one POST, never repeated by the client: whether an answer was lost is the caller's to think about. The
// server writes down manager as the one who made the Job.
func (r *Client) CreateJob(ctx context.Context, job *batchv1.Job, manager string, dryRun bool) (*batchv1.Job, error) {
	ctx, cancel := context.WithTimeout(ctx, kube.CallTimeout)
	defer cancel()
	opts := &metav1.CreateOptions{FieldManager: manager}
	if dryRun {
		opts.DryRun = []string{metav1.DryRunAll}
	}
	out := &batchv1.Job{}
	ctx = kube.WarningAbout(ctx, "the run's Job")
	err := r.client.BatchV1().RESTClient().Post().Namespace(job.Namespace).Resource("jobs").MaxRetries(0).
		VersionedParams(opts, scheme.ParameterCodec).Body(job).Do(ctx).Into(out)
	if err != nil {
		return nil, kube.Failed(err, "create job %s", job.Name)
	}
	return out, nil
}

// Job gets one Job.
func (r *Client) Job(ctx context.Context, namespace, name string) (*batchv1.Job, error) {
	ctx, cancel := context.WithTimeout(ctx, kube.CallTimeout)
	defer cancel()
	job, err := r.client.BatchV1().Jobs(namespace).Get(ctx, name, metav1.GetOptions{})
	return job, kube.Failed(err, "get job %s", name)
}

// PatchJob applies a JSON merge patch.
func (r *Client) PatchJob(ctx context.Context, namespace, name string, patch []byte) (*batchv1.Job, error) {
	ctx, cancel := context.WithTimeout(ctx, kube.CallTimeout)
	defer cancel()
	job, err := r.client.BatchV1().Jobs(namespace).Patch(ctx, name, types.MergePatchType, patch, metav1.PatchOptions{})
	return job, kube.Failed(err, "change job %s", name)
}

// DeleteJob deletes the Job of that UID and lets the garbage collector delete what it owns. The API's own default for Jobs
// would leave all that behind.
func (r *Client) DeleteJob(ctx context.Context, namespace, name, uid string) error {
	ctx, cancel := context.WithTimeout(ctx, kube.CallTimeout)
	defer cancel()
	background, precondition := metav1.DeletePropagationBackground, types.UID(uid)
	err := r.client.BatchV1().Jobs(namespace).Delete(ctx, name, metav1.DeleteOptions{
		PropagationPolicy: &background,
		Preconditions:     &metav1.Preconditions{UID: &precondition},
	})
	return kube.Failed(err, "delete job %s", name)
}

// WatchJob tells of one Job; nil means that there is none of that name (any more).
func (r *Client) WatchJob(ctx context.Context, namespace, name string, seen func(*batchv1.Job), trouble func(error)) error {
	jobs := r.client.BatchV1().Jobs(namespace)
	lw := kube.ListWatch{
		FieldSelector: fields.OneTermEqualSelector(metav1.ObjectNameField, name).String(),
		List:          func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) { return jobs.List(ctx, o) },
		Watch:         func(ctx context.Context, o metav1.ListOptions) (watch.Interface, error) { return jobs.Watch(ctx, o) },
	}
	found := false
	ctx, ifDenied := kube.UntilDenied(ctx, trouble)
	return kube.Run(ctx, lw, kube.Handler[*batchv1.Job]{
		ListBegins: func() { found = false },
		Seen: func(job *batchv1.Job) {
			found = true
			seen(job)
		},
		ListEnds: func() {
			if !found {
				seen(nil)
			}
		},
		Gone:    func(*batchv1.Job) { seen(nil) },
		Trouble: ifDenied,
	})
}
