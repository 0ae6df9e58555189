package main

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
)

// namespaceNamed is a cluster with the namespace, which is on its way out or not.
func namespaceNamed(name string, leaving bool) *fake.Clientset {
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if leaving {
		now := metav1.Now()
		ns.DeletionTimestamp, ns.Finalizers = &now, []string{"kubernetes"}
	}
	return fake.NewClientset(ns)
}

func TestMakeNamespace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := namespaceNamed("n", true)
		b := &bench{client: client, options: options{namespace: "n"}}
		made := make(chan error, 1)
		go func() { made <- b.makeNamespace(t.Context()) }()
		time.Sleep(10 * time.Second)
		select {
		case err := <-made:
			t.Fatalf("did not wait for the older namespace: %v", err)
		default:
		}
		if err := client.Tracker().Delete(corev1.SchemeGroupVersion.WithResource("namespaces"), "", "n"); err != nil {
			t.Fatal(err)
		}
		if err := <-made; err != nil {
			t.Errorf("got error %v after the older namespace was gone", err)
		}
	})
}

func TestMakeNamespaceErrs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := &bench{client: namespaceNamed("n", false), options: options{namespace: "n"}}
		if err := b.makeNamespace(t.Context()); err == nil || !strings.Contains(err.Error(), "namespace n exists already") {
			t.Errorf("a namespace that stays: got error %v", err)
		}
		b.client = namespaceNamed("n", true)
		if err := b.makeNamespace(t.Context()); err == nil || !strings.Contains(err.Error(), "still being deleted after 2 minutes") {
			t.Errorf("a namespace that never goes: got error %v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := b.makeNamespace(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("a done context: got error %v", err)
		}
	})
}
