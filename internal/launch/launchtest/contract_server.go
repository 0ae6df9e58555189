package launchtest

import "testing"

// ServerContract is what a preflight relies on. The server in memory that internal/kube is tested with does not know versions,
// accounts or namespaces, so it is for fakes and for clusters.
func ServerContract(t *testing.T, w World) {
	t.Helper()
	p := w.Ports
	if major, minor, err := p.Server.ServerVersion(t.Context()); err != nil || major != 1 || minor < 31 {
		t.Errorf("version %d.%d, %v", major, minor, err)
	}
	for _, exists := range []func(string) (bool, error){
		func(name string) (bool, error) { return p.Server.NamespaceExists(t.Context(), name) },
		func(name string) (bool, error) { return p.List.NamespaceExists(t.Context(), name) },
	} {
		if is, err := exists(w.Namespace); !is || err != nil {
			t.Errorf("the namespace exists: %t, %v", is, err)
		}
		if is, err := exists("there-is-no-such-namespace"); is || err != nil {
			t.Errorf("another one: %t, %v", is, err)
		}
	}
	if is, err := p.Server.ServiceAccountExists(t.Context(), w.Namespace, "there-is-no-such-account"); is || err != nil {
		t.Errorf("an account: %t, %v", is, err)
	}
	if may, err := p.DryRun.MayCreatePods(t.Context(), w.Namespace); !may || err != nil {
		t.Errorf("may create Pods: %t, %v", may, err)
	}
	if quotas, err := p.DryRun.Quotas(t.Context(), w.Namespace); len(quotas) > 0 || err != nil {
		t.Errorf("quotas: %v, %v", quotas, err)
	}
	events, err := p.News.PodEvents(t.Context(), w.Namespace, "there-is-no-such-pod")
	more, moreErr := p.Archive.Events(t.Context(), w.Namespace, "no-such-uid")
	queue, queueErr := p.News.QueueEvents(t.Context(), w.Namespace)
	if len(events)+len(more)+len(queue) > 0 || err != nil || moreErr != nil || queueErr != nil {
		t.Errorf("events: %v, %v, %v", err, moreErr, queueErr)
	}
}
