package main

import (
	"context"
	"fmt"
	"io"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	typedcorev1 "k8s.io/client-go/kubernetes/typed/core/v1"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/stepherd/stepherd/internal/api/pipelinefile"
	"github.com/stepherd/stepherd/internal/podspec"
	"github.com/stepherd/stepherd/internal/retry"
)

// bench is one call of the program.
type bench struct {
	options options
	client  kubernetes.Interface
	log     io.Writer
	// busyStarts counts trials that began on a machine that had other things to do.
	busyStarts int
}

func newBench(o options, log io.Writer) (*bench, error) {
	cfg, err := clientcmd.BuildConfigFromFlags("", o.kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("read the kubeconfig: %w", err)
	}
	// The observer must not be what slows things down: no limit of its own, and the cheapest encoding.
	cfg.QPS = -1
	cfg.ContentType = "application/vnd.kubernetes.protobuf"
	cfg.AcceptContentTypes = "application/vnd.kubernetes.protobuf,application/json"
	cfg.UserAgent = "stepherd-bench"
	client, err := kubernetes.NewForConfig(cfg)
	if err != nil {
		return nil, fmt.Errorf("make a client: %w", err)
	}
	return &bench{options: o, client: client, log: log}, nil
}

func (b *bench) pods() typedcorev1.PodInterface { return b.client.CoreV1().Pods(b.options.namespace) }

func (b *bench) say(format string, args ...any) { fmt.Fprintf(b.log, format, args...) }

// install makes the namespace with what a driver needs: the ServiceAccount and its Role. The floor uses them too.
func (b *bench) install(ctx context.Context) error {
	ns := b.options.namespace
	if err := b.makeNamespace(ctx); err != nil {
		return err
	}
	if _, err := b.client.CoreV1().ServiceAccounts(ns).Create(ctx, podspec.DriverServiceAccount(ns), metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("create the service account: %w", err)
	}
	if _, err := b.client.RbacV1().Roles(ns).Create(ctx, podspec.DriverRole(ns), metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("create the role: %w", err)
	}
	if _, err := b.client.RbacV1().RoleBindings(ns).Create(ctx, podspec.DriverRoleBinding(ns), metav1.CreateOptions{}); err != nil {
		return fmt.Errorf("create the role binding: %w", err)
	}
	return nil
}

// makeNamespace waits for an older one of the same name that is on its way out.
func (b *bench) makeNamespace(ctx context.Context) error {
	name, namespaces := b.options.namespace, b.client.CoreV1().Namespaces()
	ctx, cancel := context.WithTimeoutCause(ctx, 2*time.Minute, fmt.Errorf("namespace %s is still being deleted after 2 minutes", name))
	defer cancel()
	for {
		_, err := namespaces.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}, metav1.CreateOptions{})
		if !apierrors.IsAlreadyExists(err) {
			return err
		}
		old, err := namespaces.Get(ctx, name, metav1.GetOptions{})
		if err == nil && old.DeletionTimestamp == nil {
			return fmt.Errorf("namespace %s exists already, perhaps from a benchmark that was killed: delete it, or name another with -namespace", name)
		}
		if err := retry.Sleep(ctx, time.Second); err != nil {
			return err
		}
	}
}

// uninstall happens after Ctrl-C too.
func (b *bench) uninstall(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	if err := b.client.CoreV1().Namespaces().Delete(ctx, b.options.namespace, metav1.DeleteOptions{}); err != nil {
		b.say("bench: delete namespace %s yourself: %v\n", b.options.namespace, err)
	}
}

// warmUp runs both contestants once with two steps: the first Pods on a node read their images from disk, and if anything is
// not as it should be, it shows now and not after half an hour.
func (b *bench) warmUp(ctx context.Context) error {
	p, err := pipelinefile.Decode("bench/warm-up", fmt.Appendf(nil, head+chain(2), "bench-warm-up"))
	if err != nil {
		return fmt.Errorf("the benchmark's own pipeline: %w", err)
	}
	for _, who := range order(0) {
		one, _, err := b.try(ctx, "warm-up-"+string(who), who, p)
		if err != nil {
			return fmt.Errorf("warm up the %s: %w", who, err)
		}
		b.say("warm-up, %s: %.2f s\n", who, one.makespan)
	}
	return nil
}
