package runs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/client-go/rest"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/kube"
	"github.com/stepherd/stepherd/internal/kube/podstatus"
)

// A Job carries its plan, which can have 250 KiB, and a piece of a record has up to 32: thousands of runs are listed without
// either. The server can leave them out in two ways (https://kubernetes.io/docs/reference/using-api/api-concepts, "Receiving
// resources as Tables" and "Metadata-only fetches"): a Table has an object's metadata and what kubectl prints of it.
const (
	asTable    = "application/json;as=Table;v=v1;g=meta.k8s.io"
	asMetadata = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
)

// EachJob calls each with every Job that is a run, page by page. Such a Job has metadata and, when it has ended, the type of the
// condition that ended it; Job gets the rest. A list that takes so long that the server forgets it begins anew: each Job is told
// once all the same.
func (r *Client) EachJob(ctx context.Context, namespace string, each func(*batchv1.Job)) error {
	told := map[types.UID]bool{}
	request := func() *rest.Request {
		return r.client.BatchV1().RESTClient().Get().Namespace(namespace).Resource("jobs").SetHeader("Accept", asTable)
	}
	return eachPage(ctx, request, v1alpha1.ComponentDriver, func(page []byte) (string, error) {
		var table metav1.Table
		if err := json.Unmarshal(page, &table); err != nil {
			return "", fmt.Errorf("the server's table of Jobs is not JSON: %w", err)
		}
		jobs, err := jobsOf(&table)
		for _, job := range jobs {
			if !told[job.UID] {
				told[job.UID] = true
				each(job)
			}
		}
		return table.Continue, err
	})
}

// RecordHeads are the heads of the records in a namespace, by the UID of their run. Records that earlier builds wrote do not tell
// theirs in their metadata and are not among them.
func (r *Client) RecordHeads(ctx context.Context, namespace string) (map[string]record.Head, error) {
	heads := map[string]record.Head{}
	request := func() *rest.Request {
		return r.client.CoreV1().RESTClient().Get().Namespace(namespace).Resource("configmaps").SetHeader("Accept", asMetadata)
	}
	err := eachPage(ctx, request, v1alpha1.ComponentRecord, func(page []byte) (string, error) {
		var list metav1.PartialObjectMetadataList
		if err := json.Unmarshal(page, &list); err != nil {
			return "", fmt.Errorf("the server's list of ConfigMaps is not JSON: %w", err)
		}
		for i := range list.Items {
			meta := &list.Items[i].ObjectMeta
			uid := meta.Labels[v1alpha1.LabelRunUID]
			if head, told := record.HeadFromAnnotations(meta.Annotations); told && podstatus.OwnedBy(meta, uid) {
				heads[uid] = head
			}
		}
		return list.Continue, nil
	})
	return heads, err
}

// eachPage lists what has the labels of a component, and calls read with each page, which returns the token of the next.
func eachPage(ctx context.Context, request func() *rest.Request, component string, read func(page []byte) (next string, err error)) error {
	opts := metav1.ListOptions{
		Limit: kube.ListPage,
		LabelSelector: fmt.Sprintf("%s=%s,%s=%s", v1alpha1.LabelManagedBy, v1alpha1.ManagedBy,
			v1alpha1.LabelComponent, component),
	}
	for {
		page, err := onePage(ctx, request().VersionedParams(&opts, scheme.ParameterCodec))
		if kube.KindOf(err) == kube.KindExpired && opts.Continue != "" {
			opts.Continue = ""
			continue
		}
		if err != nil {
			return err
		}
		if opts.Continue, err = read(page); err != nil || opts.Continue == "" {
			return err
		}
	}
}

func onePage(ctx context.Context, request *rest.Request) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, kube.CallTimeout)
	defer cancel()
	result := request.Do(ctx)
	// Raw alone gives an error without the server's words; Error reads them from the answer.
	if err := result.Error(); err != nil {
		return nil, kube.Failed(err, "list the runs")
	}
	page, err := result.Raw()
	return page, kube.Failed(err, "list the runs")
}

// jobsOf are the Jobs that a table shows.
func jobsOf(table *metav1.Table) ([]*batchv1.Job, error) {
	status := -1
	for i, c := range table.ColumnDefinitions {
		if c.Name == "Status" {
			status = i
		}
	}
	if status < 0 {
		return nil, errors.New("the server's table of Jobs has no column Status: Kubernetes 1.31 or later is needed")
	}
	jobs := make([]*batchv1.Job, 0, len(table.Rows))
	for _, row := range table.Rows {
		var object metav1.PartialObjectMetadata
		if err := json.Unmarshal(row.Object.Raw, &object); err != nil {
			return jobs, fmt.Errorf("a row of the server's table of Jobs has no metadata: %w", err)
		}
		job := &batchv1.Job{ObjectMeta: object.ObjectMeta}
		if status < len(row.Cells) {
			setStatus(job, row.Cells[status])
		}
		jobs = append(jobs, job)
	}
	return jobs, nil
}

// setStatus reads what the server prints as the status of a Job (pkg/printers/internalversion/printers.go, printJob, v1.35).
func setStatus(job *batchv1.Job, cell any) {
	ended := func(t batchv1.JobConditionType) {
		job.Status.Conditions = []batchv1.JobCondition{{Type: t, Status: corev1.ConditionTrue}}
	}
	switch cell {
	case "Complete":
		ended(batchv1.JobComplete)
	case "Failed":
		ended(batchv1.JobFailed)
	case "Suspended":
		yes := true
		job.Spec.Suspend = &yes
	}
}

// LiveDriverPods are the driver Pods in a namespace that have not come to their terminal phase.
func (r *Client) LiveDriverPods(ctx context.Context, namespace string) ([]corev1.Pod, error) {
	ctx, cancel := context.WithTimeout(ctx, kube.CallTimeout)
	defer cancel()
	list, err := r.client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{
		LabelSelector: fmt.Sprintf("%s=%s,%s=%s", v1alpha1.LabelManagedBy, v1alpha1.ManagedBy, v1alpha1.LabelComponent, v1alpha1.ComponentDriver),
		FieldSelector: fmt.Sprintf("status.phase!=%s,status.phase!=%s", corev1.PodSucceeded, corev1.PodFailed),
	})
	if err != nil {
		return nil, kube.Failed(err, "list the driver's pods")
	}
	return list.Items, nil
}
