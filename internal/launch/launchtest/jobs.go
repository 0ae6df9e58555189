package launchtest

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// Jobs is what creates and changes Jobs, as the ports of launch ask for it.
type Jobs struct{ c *Cluster }

// Jobs is the cluster's.
func (c *Cluster) Jobs() Jobs { return Jobs{c} }

// CreateJob keeps the Job.
func (f Jobs) CreateJob(ctx context.Context, job *batchv1.Job, manager string, dryRun bool) (*batchv1.Job, error) {
	end, err := f.c.begin(ctx, "CreateJob")
	defer end()
	f.c.calls = append(f.c.calls, strings.TrimSuffix(fmt.Sprintf("create %s %s", job.Name, map[bool]string{true: "dry-run"}[dryRun]), " "))
	if err != nil {
		return nil, err
	}
	if f.c.JobsByName[job.Name] != nil {
		return nil, &Error{Kind: Exists, Text: fmt.Sprintf("jobs.batch %q already exists", job.Name)}
	}
	created := job.DeepCopy()
	created.UID = types.UID("uid-" + job.Name)
	created.CreationTimestamp = metav1.NewTime(f.c.NowFunc())
	created.ManagedFields = []metav1.ManagedFieldsEntry{{Manager: manager}}
	if f.c.OnCreate != nil {
		err = f.c.OnCreate(created)
	}
	if !dryRun && (err == nil || kindIs(err, LostAnswer)) {
		f.c.JobsByName[job.Name] = created
		f.c.wake()
	}
	return created.DeepCopy(), err
}

// PatchJob applies the parts of a merge patch that are used: annotations and the deadline.
func (f Jobs) PatchJob(ctx context.Context, _, name string, patch []byte) (*batchv1.Job, error) {
	end, err := f.c.begin(ctx, "PatchJob")
	defer end()
	f.c.calls = append(f.c.calls, "patch "+name+" "+string(patch))
	if err != nil {
		return nil, err
	}
	if _, err := f.c.job(name); err != nil {
		return nil, err
	}
	job := f.c.JobsByName[name]
	if err := sameUID(patch, job); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(patch, job); err != nil {
		return nil, err
	}
	if f.c.OnPatch != nil {
		f.c.OnPatch(job)
	}
	f.c.wake()
	return job.DeepCopy(), nil
}

// DeleteJob forgets a Job.
func (f Jobs) DeleteJob(ctx context.Context, _, name, uid string) error {
	end, err := f.c.begin(ctx, "DeleteJob")
	defer end()
	f.c.calls = append(f.c.calls, "delete "+name+" "+uid)
	if err != nil {
		return err
	}
	job, err := f.c.job(name)
	if err != nil {
		return err
	}
	if string(job.UID) != uid {
		return anotherUID(name)
	}
	delete(f.c.JobsByName, name)
	f.c.wake()
	return nil
}

// Job gets a Job.
func (f Jobs) Job(ctx context.Context, namespace, name string) (*batchv1.Job, error) {
	return f.c.Runs().Job(ctx, namespace, name)
}

// sameUID fails where a patch names another UID than the Job's.
func sameUID(patch []byte, job *batchv1.Job) error {
	var wanted metav1.PartialObjectMetadata
	if err := json.Unmarshal(patch, &wanted); err != nil {
		return err
	}
	if wanted.UID != "" && wanted.UID != job.UID {
		return anotherUID(job.Name)
	}
	return nil
}

func anotherUID(name string) error {
	return &Error{Kind: Conflict, Text: fmt.Sprintf("jobs.batch %q has another UID", name)}
}
