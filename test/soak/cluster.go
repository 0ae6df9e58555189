package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/podspec"
	"github.com/stepherd/stepherd/test/rig"
)

const namespace = "soak"

// cluster is the soak's own cluster.
type cluster struct {
	rig.Local
	kubeconfig string
	client     kubernetes.Interface
}

// makeCluster brings up two nodes and installs Stepherd.
func makeCluster(ctx context.Context, o options) (*cluster, error) {
	c := &cluster{}
	return c, o.Make(ctx, func(ctx context.Context, l rig.Local) error {
		c.Local = l
		return c.bringUp(ctx, o)
	})
}

func (c *cluster) bringUp(ctx context.Context, o options) (err error) {
	if _, err = c.Do(ctx, "up", "--nodes", "2"); err != nil {
		return err
	}
	if c.kubeconfig, err = c.Do(ctx, "kubeconfig"); err != nil {
		return err
	}
	if _, err = c.Do(ctx, "load", filepath.Join(o.Bin, "driver-image.tar")); err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", c.kubeconfig)
	if err != nil {
		return fmt.Errorf("read the kubeconfig: %w", err)
	}
	config.QPS, config.Timeout, config.UserAgent = -1, askLimit, "stepherd-soak"
	if c.client, err = kubernetes.NewForConfig(config); err != nil {
		return fmt.Errorf("make a client: %w", err)
	}
	if err := os.MkdirAll(c.proofDir(), 0o755); err != nil {
		return fmt.Errorf("make the folder of the proofs: %w", err)
	}
	return c.install(ctx)
}

func (c *cluster) install(ctx context.Context) error {
	opts := metav1.CreateOptions{}
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}
	if _, err := c.client.CoreV1().Namespaces().Create(ctx, ns, opts); err != nil {
		return fmt.Errorf("create the namespace: %w", err)
	}
	if _, err := c.client.CoreV1().ServiceAccounts(namespace).Create(ctx, podspec.DriverServiceAccount(namespace), opts); err != nil {
		return fmt.Errorf("create the service account: %w", err)
	}
	if _, err := c.client.RbacV1().Roles(namespace).Create(ctx, podspec.DriverRole(namespace), opts); err != nil {
		return fmt.Errorf("create the role: %w", err)
	}
	if _, err := c.client.RbacV1().RoleBindings(namespace).Create(ctx, podspec.DriverRoleBinding(namespace), opts); err != nil {
		return fmt.Errorf("create the role binding: %w", err)
	}
	return nil
}

// dir is the cluster's folder on this machine, which is at the same place on every node.
func (c *cluster) dir() string { return filepath.Dir(c.kubeconfig) }

func (c *cluster) proofDir() string { return filepath.Join(c.dir(), "soak-proof") }

// driverLog is the file on this machine in which a driver's output is.
func (c *cluster) driverLog(d rig.Driver) string {
	return filepath.Join(c.dir(), d.Node, "var-log", "pods", namespace+"_"+d.Pod+"_"+d.PodUID, v1alpha1.DriverContainer, "0.log")
}

// liveStepPods returns those that have not ended and are not deleted.
func (c *cluster) liveStepPods(ctx context.Context) ([]corev1.Pod, error) {
	pods, err := c.client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{
		LabelSelector: v1alpha1.LabelComponent + "=" + v1alpha1.ComponentStep,
		FieldSelector: "status.phase!=Succeeded,status.phase!=Failed",
	})
	if err != nil {
		return nil, err
	}
	var live []corev1.Pod
	for _, p := range pods.Items {
		if p.DeletionTimestamp == nil && p.Spec.NodeName != "" {
			live = append(live, p)
		}
	}
	return live, nil
}

// notEnded are the names of a run's Pods, the driver's too, that are not at their ends.
func (c *cluster) notEnded(ctx context.Context, run string) ([]string, error) {
	var names []string
	for _, label := range []string{v1alpha1.LabelRun, v1alpha1.LabelJobName} {
		pods, err := c.client.CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: label + "=" + run})
		if err != nil {
			return nil, err
		}
		for _, p := range pods.Items {
			if p.Status.Phase != corev1.PodSucceeded && p.Status.Phase != corev1.PodFailed {
				names = append(names, p.Name)
			}
		}
	}
	return names, nil
}

// jobEnd is the condition that ended the run's Job: Complete or Failed; empty while there is none.
func (c *cluster) jobEnd(ctx context.Context, run string) (batchv1.JobConditionType, error) {
	job, err := c.client.BatchV1().Jobs(namespace).Get(ctx, run, metav1.GetOptions{})
	if err != nil {
		return "", err
	}
	for _, cond := range job.Status.Conditions {
		if (cond.Type == batchv1.JobComplete || cond.Type == batchv1.JobFailed) && cond.Status == corev1.ConditionTrue {
			return cond.Type, nil
		}
	}
	return "", nil
}

// isCancelled reports whether the run's Job has the mark of a cancel.
func (c *cluster) isCancelled(ctx context.Context, run string) (bool, error) {
	job, err := c.client.BatchV1().Jobs(namespace).Get(ctx, run, metav1.GetOptions{})
	if err != nil {
		return false, err
	}
	return v1alpha1.MarksOf(job.Annotations).Cancelled, nil
}

func (c *cluster) deletePod(ctx context.Context, pod string, grace *int64) error {
	return c.client.CoreV1().Pods(namespace).Delete(ctx, pod, metav1.DeleteOptions{GracePeriodSeconds: grace})
}

func (c *cluster) evictPod(ctx context.Context, pod string) error {
	return c.client.PolicyV1().Evictions(namespace).Evict(ctx, &policyv1.Eviction{ObjectMeta: metav1.ObjectMeta{Name: pod, Namespace: namespace}})
}

func (c *cluster) about(o options) (about, error) {
	version, err := c.client.Discovery().ServerVersion()
	if err != nil {
		return about{}, fmt.Errorf("ask the cluster for its version: %w", err)
	}
	return about{
		date: time.Now().UTC().Format(time.DateOnly), machine: machine(), kubernetes: version.GitVersion,
		runs: o.runs, parallel: o.parallel, seed: o.seed,
	}, nil
}

// machine is this machine in words, such as "2 cores, 24 GiB". A local cluster is always on Linux.
func machine() string {
	words := fmt.Sprintf("%d cores", runtime.NumCPU())
	meminfo, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return words
	}
	for row := range strings.Lines(string(meminfo)) {
		var kib int64
		if _, err := fmt.Sscanf(row, "MemTotal: %d kB", &kib); err == nil {
			return fmt.Sprintf("%s, %d GiB", words, (kib+1<<19)>>20)
		}
	}
	return words
}

// launcher is `launcher` in the soak's namespace.
type launcher struct{ rig.Launcher }

// get is a run as `get -o json` shows it.
func (l launcher) get(ctx context.Context, run string) (v1alpha1.Run, error) {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	got, err := l.Do(ctx, "", "get", run, "-o", "json")
	if err != nil {
		return v1alpha1.Run{}, err
	}
	if got.Code != 0 {
		return v1alpha1.Run{}, fmt.Errorf("launcher get %s: exit code %d: %s", run, got.Code, got.Text())
	}
	var r v1alpha1.Run
	if err := json.Unmarshal([]byte(got.Stdout), &r); err != nil {
		return r, fmt.Errorf("read what launcher get %s -o json says: %w", run, err)
	}
	return r, nil
}

// askLimit is how long one question may take.
const askLimit = 20 * time.Second
