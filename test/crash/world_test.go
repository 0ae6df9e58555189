//go:build cluster

package crash

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/kube"
)

// abreast is how many runs go on at once: enough to keep the API server busy while each of them waits.
const abreast = 16

// world is a namespace of the API server in which runs are tried, and the one watch and player for all of them.
type world struct {
	config    *rest.Config // for a driver's own client
	client    kubernetes.Interface
	namespace string
	player    *player

	mu     sync.Mutex
	stages map[string]*stage // by the UID of the run
	names  int
	told   atomic.Int32 // runs that went wrong
}

// TestMain keeps client-go from telling of each call that a driver's death cuts off.
func TestMain(m *testing.M) {
	klog.SetSlogLogger(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}

// newWorld makes the namespace and begins to watch it; all ends with the test.
func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{config: testConfig(t), stages: map[string]*stage{}}
	client, err := kube.NewClient(w.config)
	if err != nil {
		t.Fatal(err)
	}
	w.client = client
	w.player = &player{client: client, fail: func(err error) { t.Errorf("the player: %v", err) }}
	namespace, err := client.CoreV1().Namespaces().Create(t.Context(), &corev1.Namespace{
		ObjectMeta: metav1.ObjectMeta{GenerateName: "stepherd-crash-"},
	}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	w.namespace = namespace.Name
	w.watch(t)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := client.CoreV1().Namespaces().Delete(ctx, namespace.Name, metav1.DeleteOptions{}); err != nil {
			t.Error(err)
		}
	})
	return w
}

func testConfig(t *testing.T) *rest.Config {
	t.Helper()
	file := os.Getenv("STEPHERD_TEST_KUBECONFIG")
	if file == "" {
		t.Fatal("STEPHERD_TEST_KUBECONFIG names no kubeconfig")
	}
	place, err := kube.Resolve(kube.TargetFlags{Kubeconfig: file})
	if err != nil {
		t.Fatal(err)
	}
	// With a dialer of its own each driver would have a connection of its own, whose handshake costs more than the run.
	place.Config.Dial = nil
	return kube.WithDefaults(place.Config, "stepherd-crash")
}

// watch follows all step Pods of the namespace until the test ends.
func (w *world) watch(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	lists := 0
	lw := kube.ListWatch{
		LabelSelector: v1alpha1.LabelComponent + "=" + v1alpha1.ComponentStep,
		List: func(ctx context.Context, o metav1.ListOptions) (runtime.Object, error) {
			return w.client.CoreV1().Pods(w.namespace).List(ctx, o)
		},
		Watch: w.client.CoreV1().Pods(w.namespace).Watch,
	}
	handler := kube.Handler[*corev1.Pod]{
		ListBegins: func() {
			if lists++; lists > 1 {
				t.Error("the test's own watch has a gap: what was created or deleted in it is not known")
			}
		},
		Seen: func(pod *corev1.Pod) {
			if s := w.stageOf(pod); s != nil {
				w.player.enter(ctx, s, pod)
			}
		},
		Gone: func(pod *corev1.Pod) {
			if s := w.stageOf(pod); s != nil {
				s.leaves(pod)
			}
		},
	}
	watched := make(chan struct{})
	go func() {
		defer close(watched)
		if err := kube.Run(ctx, lw, handler); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	}()
	t.Cleanup(func() {
		stop()
		<-watched
		w.player.acts.Wait()
	})
}

func (w *world) stageOf(pod *corev1.Pod) *stage {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.stages[pod.Labels[v1alpha1.LabelRunUID]]
}

// enact gives a run its stage, and takes it away when s is nil.
func (w *world) enact(runUID string, s *stage) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if s == nil {
		delete(w.stages, runUID)
		return
	}
	w.stages[runUID] = s
}

// name gives each run another.
func (w *world) name(v *variant) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.names++
	return fmt.Sprintf("%s-%d", v.name, w.names)
}

// sideBySide calls f with 0 to n-1, abreast at once.
func sideBySide(n int, f func(i int)) {
	var all sync.WaitGroup
	places := make(chan struct{}, abreast)
	for i := range n {
		places <- struct{}{}
		all.Go(func() {
			f(i)
			<-places
		})
	}
	all.Wait()
}
