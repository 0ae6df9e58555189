package kube

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/stepherd/stepherd/internal/kube/kubetest"
	"github.com/stepherd/stepherd/internal/run"
)

const uid = kubetest.UID

var stepPod = kubetest.StepPod

// watched is a watch of step Pods in virtual time, and what it told.
type watched struct {
	pods   *StepPods
	server *kubetest.Server
	client kubernetes.Interface

	mu   sync.Mutex
	told []string
}

func (w *watched) tell(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.told = append(w.told, fmt.Sprintf(format, args...))
}

// since gives what was told since it was last asked, when all has come to rest.
func (w *watched) since(t *testing.T) []string {
	t.Helper()
	synctest.Wait()
	w.mu.Lock()
	defer w.mu.Unlock()
	told := w.told
	w.told = nil
	return told
}

// create makes a step Pod of the run.
func (w *watched) create(t *testing.T, step string) {
	t.Helper()
	pod := stepPod()
	pod.Name, pod.Labels["stepherd.dev/step"] = step, step
	pod.Spec.NodeName = ""
	if _, err := w.client.CoreV1().Pods("ns").Create(t.Context(), pod, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// start watches until the test ends. before may prepare the server.
func start(t *testing.T, before func(*watched)) *watched {
	t.Helper()
	server := kubetest.New()
	w := &watched{server: server, client: server.Client()}
	before(w)
	w.pods = NewStepPods(w.client.CoreV1().RESTClient(), RunRef{Namespace: "ns", Name: "run", UID: uid})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = w.pods.Watch(ctx,
			func(all []run.Pod) { w.tell("listed %d", len(all)) },
			func(e run.Event) {
				switch e := e.(type) {
				case run.PodSeen:
					w.tell("seen %s", e.Pod.Step)
				case run.PodGone:
					w.tell("gone %s", e.Pod.Step)
				}
			},
			func(err error, wait time.Duration) { w.tell("trouble %v", err) })
	}()
	t.Cleanup(func() { cancel(); <-done })
	return w
}

func want(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

func count(requests []string, name string) int {
	n := 0
	for _, r := range requests {
		if r == name {
			n++
		}
	}
	return n
}

func running(o map[string]any) {
	o["status"] = map[string]any{"phase": "Running", "containerStatuses": []any{map[string]any{
		"name": "main", "state": map[string]any{"running": map[string]any{"startedAt": "2031-01-02T03:04:05Z"}},
	}}}
}

func TestWatchTellsChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, func(w *watched) { w.create(t, "a") })
		want(t, w.since(t), "listed 1")
		w.create(t, "b")
		w.server.Set("pods", "ns", "a", running)
		want(t, w.since(t), "seen b", "seen a")
		w.server.Set("pods", "ns", "a", func(o map[string]any) { o["metadata"].(map[string]any)["annotations"] = map[string]any{"x": "y"} })
		want(t, w.since(t)) // nothing that a run could care for
		w.server.Remove("pods", "ns", "b")
		want(t, w.since(t), "gone b")
		if got := w.server.Requests(); count(got, "LIST pods") != 1 || count(got, "WATCH pods") != 1 {
			t.Errorf("requests %v", got)
		}
	})
}

func TestWatchGoesOnAfterACut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, func(w *watched) { w.create(t, "a") })
		time.Sleep(time.Minute)
		w.since(t)
		w.server.CutWatches()
		w.create(t, "b")
		want(t, w.since(t), "seen b") // at once: the watch had been up for long
		w.server.CutWatches()
		time.Sleep(time.Second)
		want(t, w.since(t), "trouble watch: the stream of events ended")
		if got := w.server.Requests(); count(got, "LIST pods") != 1 {
			t.Errorf("a cut is no reason to list: %v", got)
		}
	})
}

// TestGapIsListed: what happened while the server forgot is told by a list, also that a Pod is gone.
func TestGapIsListed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, func(w *watched) { w.create(t, "a"); w.create(t, "b"); w.create(t, "c") })
		time.Sleep(time.Minute)
		want(t, w.since(t), "listed 3")
		w.server.Fail(func(*http.Request) (*http.Response, error) { return kubetest.Status(503, "", "away"), nil })
		w.server.CutWatches()
		synctest.Wait()
		w.server.Remove("pods", "ns", "b")
		w.server.Set("pods", "ns", "c", running)
		w.server.Fail(nil) // nothing asks until its back-off is over
		w.create(t, "d")
		w.server.Forget()
		time.Sleep(time.Minute)
		told := slices.DeleteFunc(w.since(t), func(s string) bool { return strings.HasPrefix(s, "trouble") })
		want(t, told, "seen c", "seen d", "gone b")
	})
}

// TestLifeInAGap: a Pod that was created and went while the watch was away is known by the answer to its create alone.
func TestLifeInAGap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, func(w *watched) { w.create(t, "a") })
		time.Sleep(time.Minute)
		want(t, w.since(t), "listed 1")
		w.server.Fail(func(r *http.Request) (*http.Response, error) {
			if kubetest.Verb(r) == "POST pods" {
				return nil, nil
			}
			return kubetest.Status(503, "", "away"), nil
		})
		w.server.CutWatches()
		synctest.Wait()
		e, is := w.pods.Create(t.Context(), stepPod()).(run.PodSeen)
		if !is {
			t.Fatalf("got %+v", e)
		}
		w.server.Remove("pods", "ns", e.Pod.Name)
		w.server.Forget()
		w.server.Fail(nil)
		time.Sleep(time.Minute)
		told := slices.DeleteFunc(w.since(t), func(s string) bool { return strings.HasPrefix(s, "trouble") })
		want(t, told, "gone "+e.Pod.Step)
	})
}

// TestLifeInAList: so is one that was created and went after a list was asked for and before the server made it.
func TestLifeInAList(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, func(w *watched) {
			w.server.Fail(func(r *http.Request) (*http.Response, error) {
				if kubetest.Verb(r) == "LIST pods" {
					time.Sleep(time.Second) // the Pod's life, and more
				}
				return nil, nil
			})
		})
		synctest.Wait()
		e, is := w.pods.Create(t.Context(), stepPod()).(run.PodSeen)
		if !is {
			t.Fatalf("got %+v", e)
		}
		w.server.Remove("pods", "ns", e.Pod.Name)
		time.Sleep(2 * time.Second)
		want(t, w.since(t), "listed 0", "gone "+e.Pod.Step)
	})
}

// TestBirthIsNoEnd: a Pod that the watch knows exists, whatever comes after it.
func TestBirthIsNoEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, func(*watched) {})
		synctest.Wait()
		e, is := w.pods.Create(t.Context(), stepPod()).(run.PodSeen)
		if !is {
			t.Fatalf("got %+v", e)
		}
		want(t, w.since(t), "listed 0", "seen "+e.Pod.Step)
		w.create(t, "other")
		w.server.Bookmark("ns")
		want(t, w.since(t), "seen other")
	})
}

// TestExpiredWatch: a 410 in the stream, too, is answered by a list, at once.
func TestExpiredWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, func(w *watched) { w.create(t, "a") })
		w.since(t)
		w.server.Forget()
		w.create(t, "b")
		told := slices.DeleteFunc(w.since(t), func(s string) bool { return strings.HasPrefix(s, "trouble") })
		want(t, told, "seen b")
		if got := w.server.Requests(); count(got, "LIST pods") != 2 {
			t.Errorf("requests %v", got)
		}
	})
}

// TestBookmark: a bookmark moves the watch on, so that a cut after it needs no list.
func TestBookmark(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, func(w *watched) { w.create(t, "a") })
		time.Sleep(time.Minute)
		var from []string
		w.server.Fail(func(r *http.Request) (*http.Response, error) {
			if kubetest.Verb(r) == "WATCH pods" {
				from = append(from, r.URL.Query().Get("resourceVersion")+" "+r.URL.Query().Get("allowWatchBookmarks"))
			}
			return nil, nil
		})
		w.server.Bookmark("ns")
		synctest.Wait()
		w.server.CutWatches()
		synctest.Wait()
		want(t, from, "102 true") // 101 is the Pod, 102 the bookmark
	})
}

func TestListInPages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := start(t, func(w *watched) {
			for i := range 2*ListPage + 1 {
				w.create(t, fmt.Sprintf("s%04d", i))
			}
		})
		want(t, w.since(t), "listed 1001")
		if got := w.server.Requests(); count(got, "LIST pods") != 3 {
			t.Errorf("%d pages, want 3", count(got, "LIST pods"))
		}
	})
}

// TestBackoff: a server that is away for ten minutes is asked with growing waits, and one that names a wait is obeyed.
func TestBackoff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		began := time.Now()
		w := start(t, func(w *watched) {
			w.server.Fail(func(*http.Request) (*http.Response, error) {
				at = append(at, time.Since(began))
				return kubetest.Status(503, "", "away"), nil
			})
		})
		time.Sleep(10 * time.Minute)
		synctest.Wait()
		if n := len(at); n < 60 || n > 130 {
			t.Errorf("asked %d times in ten minutes", n)
		}
		for i := 1; i < len(at); i++ {
			if wait := at[i] - at[i-1]; wait < 50*time.Millisecond || wait > 10*time.Second {
				t.Errorf("wait %d was %v", i, wait)
			}
		}
		w.since(t)

		at = nil
		w.server.Fail(func(*http.Request) (*http.Response, error) {
			at = append(at, time.Since(began))
			return kubetest.TooMany(60), nil
		})
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if n := len(at); n < 4 || n > 6 {
			t.Errorf("asked %d times in five minutes, with Retry-After 60", n)
		}
		w.server.Fail(nil)
		time.Sleep(2 * time.Minute)
		if got := w.since(t); !slices.Contains(got, "listed 0") {
			t.Errorf("told %q", got)
		}
	})
}

// TestForeignPodsAreNotTold: the label alone does not make a Pod ours.
func TestForeignPodsAreNotTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		foreign := stepPod(func(p *corev1.Pod) { p.OwnerReferences[0].UID = "other" })
		w := start(t, func(*watched) {})
		w.since(t)
		if _, err := w.client.CoreV1().Pods("ns").Create(t.Context(), foreign, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		w.server.Remove("pods", "ns", foreign.Name)
		want(t, w.since(t))
	})
}
