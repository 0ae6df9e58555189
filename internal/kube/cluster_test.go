//go:build cluster

package kube_test

import (
	"context"
	"os"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/stepherd/stepherd/internal/driver/drivertest"
	"github.com/stepherd/stepherd/internal/kube"
	"github.com/stepherd/stepherd/internal/kube/runs"
	"github.com/stepherd/stepherd/internal/launch/launchtest"
)

// TestAdaptersKeepTheContractOnACluster is the same as TestAdaptersKeepTheContract on a real cluster, which the
// environment variable STEPHERD_TEST_KUBECONFIG names: go test -tags cluster ./internal/kube
func TestAdaptersKeepTheContractOnACluster(t *testing.T) {
	client, namespace := realNamespace(t)
	drivertest.Contract(t, func(t *testing.T) drivertest.World { return drivertest.WorldOf(newWorld(t, client, namespace)) })
}

// TestRunsKeepTheContractOnACluster is TestRunsKeepTheContract on that cluster.
func TestRunsKeepTheContractOnACluster(t *testing.T) {
	client, namespace := realNamespace(t)
	w := launchtest.World{Ports: launchtest.PortsOf(runs.New(client)), Namespace: namespace}
	launchtest.Contract(t, func(*testing.T) launchtest.World { return w })
	launchtest.ServerContract(t, w)
}

// realNamespace makes a namespace that goes with the test.
func realNamespace(t *testing.T) (kubernetes.Interface, string) {
	t.Helper()
	file := os.Getenv("STEPHERD_TEST_KUBECONFIG")
	if file == "" {
		t.Fatal("STEPHERD_TEST_KUBECONFIG names no kubeconfig")
	}
	place, err := kube.Resolve(kube.TargetFlags{Kubeconfig: file})
	if err != nil {
		t.Fatal(err)
	}
	client, err := kube.NewClient(kube.WithDefaults(place.Config, "stepherd-test"))
	if err != nil {
		t.Fatal(err)
	}
	namespace, err := client.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "stepherd-contract-"},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := client.CoreV1().Namespaces().Delete(ctx, namespace.Name, metav1.DeleteOptions{}); err != nil {
			t.Error(err)
		}
	})
	return client, namespace.Name
}
