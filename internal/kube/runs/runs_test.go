package runs_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/kube"
	"github.com/stepherd/stepherd/internal/kube/kubetest"
	"github.com/stepherd/stepherd/internal/kube/runs"
)

const ns = "ml"

// runJob is a Job with the labels of a run.
func runJob(name string) *batchv1.Job {
	return &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: ns, Labels: map[string]string{
		v1alpha1.LabelManagedBy: v1alpha1.ManagedBy, v1alpha1.LabelComponent: v1alpha1.ComponentDriver,
	}}}
}

func create(t *testing.T, runs *runs.Client, job *batchv1.Job) *batchv1.Job {
	t.Helper()
	created, err := runs.CreateJob(t.Context(), job, "manager", false)
	if err != nil {
		t.Fatal(err)
	}
	return created
}

// question is a request as a test looks at it.
type question struct {
	verb, query, contentType string
	body                     map[string]any
}

// listen answers some requests in the server's stead and keeps all of them.
func listen(s *kubetest.Server, answer func(q question) *http.Response) *[]question {
	var asked []question
	s.Intercept(func(r *http.Request) *http.Response {
		q := question{verb: kubetest.Verb(r), query: r.URL.RawQuery, contentType: r.Header.Get("Content-Type")}
		if r.Body != nil {
			text, _ := io.ReadAll(r.Body)
			r.Body = io.NopCloser(strings.NewReader(string(text)))
			_ = json.Unmarshal(text, &q.body) // no body is none
		}
		asked = append(asked, q)
		if answer == nil {
			return nil
		}
		return answer(q)
	})
	return &asked
}

// TestCreateJobIsOnePost: also when the server asks the client to come again.
func TestCreateJobIsOnePost(t *testing.T) {
	s := kubetest.New()
	runs := runs.New(s.Client())
	asked := listen(s, func(question) *http.Response {
		busy := kubetest.Status(http.StatusTooManyRequests, metav1.StatusReasonTooManyRequests, "too many requests")
		busy.Header.Set("Retry-After", "1")
		return busy
	})
	_, err := runs.CreateJob(t.Context(), runJob("r"), "me", true)
	var e *kube.Error
	if !errors.As(err, &e) || !e.Temporary() || e.Unsent() {
		t.Errorf("got %v", err)
	}
	if len(*asked) != 1 || (*asked)[0].query != "dryRun=All&fieldManager=me" {
		t.Errorf("asked %+v", *asked)
	}
}

func TestCreateJobTaken(t *testing.T) {
	runs := runs.New(kubetest.New().Client())
	create(t, runs, runJob("r"))
	_, err := runs.CreateJob(t.Context(), runJob("r"), "me", false)
	var e *kube.Error
	if !errors.As(err, &e) || !e.Exists() {
		t.Errorf("got %v", err)
	}
}

// TestErrors: what launch asks of an error.
func TestErrors(t *testing.T) {
	for _, tc := range []struct {
		name    string
		code    int32
		reason  metav1.StatusReason
		message string
		is      string
	}{
		{"no right", 403, metav1.StatusReasonForbidden, `jobs.batch is forbidden: User "jane" cannot create resource "jobs" in API group "batch" in the namespace "ml"`, `right create jobs "ml"`},
		{"no right, with the authorizer's words", 403, metav1.StatusReasonForbidden, `pods "x" is forbidden: User "jane" cannot get resource "pods/log" in API group "" in the namespace "ml": no RBAC policy matched`, `right get pods/log "ml"`},
		{"no right in the cluster", 403, metav1.StatusReasonForbidden, `namespaces "ml" is forbidden: User "jane" cannot get resource "namespaces" in API group "" at the cluster scope`, `right get namespaces ""`},
		{"pod security", 403, metav1.StatusReasonForbidden, `pods "x" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true`, "refused"},
		{"quota", 403, metav1.StatusReasonForbidden, `pods "x" is forbidden: exceeded quota: q, requested: pods=1, used: pods=1, limited: pods=1`, "quota"},
		{"invalid", 422, metav1.StatusReasonInvalid, "Job.batch is invalid", "refused"},
		{"unknown", 404, metav1.StatusReasonNotFound, `jobs.batch "r" not found`, "not found"},
		{"who", 401, metav1.StatusReasonUnauthorized, "Unauthorized", "unauthorized temporary"},
		{"broken", 500, metav1.StatusReasonInternalError, "etcdserver: leader changed", "temporary"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := kubetest.New()
			listen(s, func(question) *http.Response { return kubetest.Status(tc.code, tc.reason, tc.message) })
			_, err := runs.New(s.Client()).Job(t.Context(), ns, "r")
			var e *kube.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %T", err)
			}
			var is []string
			if verb, resource, namespace, ok := e.MissingRight(); ok {
				is = append(is, fmt.Sprintf("right %s %s %q", verb, resource, namespace))
			}
			for word, yes := range map[string]bool{"refused": e.Refused(), "quota": e.Quota(), "not found": e.NotFound(), "exists": e.Exists(), "unsent": e.Unsent()} {
				if yes {
					is = append(is, word)
				}
			}
			if e.Unauthorized() {
				is = append(is, "unauthorized")
			}
			if e.Temporary() {
				is = append(is, "temporary")
			}
			if got := strings.Join(is, " "); got != tc.is || e.Message() != tc.message {
				t.Errorf("got %s, want %s; message %q", got, tc.is, e.Message())
			}
		})
	}
}

// TestNoAnswer: connections that are refused, cut or silent, on real sockets.
func TestNoAnswer(t *testing.T) {
	cut := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := w.(http.Hijacker).Hijack()
		if err == nil {
			_ = c.Close()
		}
	}))
	defer cut.Close()
	reset := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if c, _, err := w.(http.Hijacker).Hijack(); err == nil {
			_ = c.(*net.TCPConn).SetLinger(0)
			_ = c.Close()
		}
	}))
	defer reset.Close()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + l.Addr().String()
	_ = l.Close()
	for name, tc := range map[string]struct {
		host   string
		unsent bool
		says   string
	}{
		"refused": {closed, true, "connect: connection refused"},
		"cut":     {cut.URL, false, "EOF"},
		"reset":   {reset.URL, false, "connection reset by peer"},
	} {
		t.Run(name, func(t *testing.T) {
			client, err := kube.NewClient(kube.WithDefaults(&rest.Config{Host: tc.host}, "test"))
			if err != nil {
				t.Fatal(err)
			}
			_, err = runs.New(client).CreateJob(t.Context(), runJob("r"), "me", false)
			var e *kube.Error
			if !errors.As(err, &e) || !e.Temporary() || e.Unsent() != tc.unsent || !strings.HasSuffix(e.Message(), tc.says) || strings.Contains(e.Message(), "http") {
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestSilence: a server that never answers is given up after CallTimeout.
func TestSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := kubetest.New()
		s.Intercept(func(r *http.Request) *http.Response {
			<-r.Context().Done()
			return nil
		})
		start := time.Now()
		_, err := runs.New(s.Client()).Job(t.Context(), ns, "r")
		var e *kube.Error
		if !errors.As(err, &e) || !e.Temporary() || e.Message() != "no answer within 30s" || time.Since(start) != kube.CallTimeout {
			t.Errorf("got %v after %s", err, time.Since(start))
		}
	})
}

// TestDeleteJob says the propagation, because the API's default orphans, and the UID.
func TestDeleteJob(t *testing.T) {
	s := kubetest.New()
	runs := runs.New(s.Client())
	job := create(t, runs, runJob("r"))
	asked := listen(s, nil)
	if err := runs.DeleteJob(t.Context(), ns, "r", "another"); kube.KindOf(err) != kube.KindConflict {
		t.Errorf("another run: got %v", err)
	}
	if err := runs.DeleteJob(t.Context(), ns, "r", string(job.UID)); err != nil {
		t.Error(err)
	}
	if got := (*asked)[1].body["propagationPolicy"]; got != "Background" {
		t.Errorf("propagation %v, want Background", got)
	}
	if s.Get("jobs", ns, "r") != nil {
		t.Error("the Job is still there")
	}
}

func TestPatchJob(t *testing.T) {
	s := kubetest.New()
	asked := listen(s, func(question) *http.Response {
		return kubetest.Status(http.StatusNotFound, metav1.StatusReasonNotFound, "not found")
	})
	_, err := runs.New(s.Client()).PatchJob(t.Context(), ns, "r", []byte(`{"spec":{"activeDeadlineSeconds":1}}`))
	if kube.KindOf(err) != kube.KindNotFound {
		t.Errorf("got %v", err)
	}
	if q := (*asked)[0]; q.verb != "PATCH jobs" || q.contentType != "application/merge-patch+json" || q.body["spec"] == nil {
		t.Errorf("asked %+v", q)
	}
}

// TestEachJob hands over every run once, in pages, also when the server forgets the list half-way; other Jobs are not runs.
func TestEachJob(t *testing.T) {
	s := kubetest.New()
	runs := runs.New(s.Client())
	for i := range 1100 {
		create(t, runs, runJob(fmt.Sprintf("r%04d", i)))
	}
	for name, condition := range map[string]string{"r0001": "Complete", "r0002": "Failed", "r0003": "Suspended", "r0004": "FailureTarget"} {
		s.Set("jobs", ns, name, func(o map[string]any) {
			o["status"] = map[string]any{"conditions": []any{map[string]any{"type": condition, "status": "True"}}}
		})
	}
	other := runJob("backup")
	other.Labels = nil
	create(t, runs, other)
	forgotten := false
	asked := listen(s, func(q question) *http.Response {
		if strings.Contains(q.query, "continue=") && !forgotten {
			forgotten = true
			return kubetest.Status(http.StatusGone, metav1.StatusReasonExpired, "The provided continue parameter is too old")
		}
		return nil
	})
	seen := map[string]int{}
	told := map[string]*batchv1.Job{}
	if err := runs.EachJob(t.Context(), ns, func(job *batchv1.Job) { seen[job.Name]++; told[job.Name] = job }); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 1100 || seen["r0000"] != 1 || seen["r1099"] != 1 || seen["backup"] != 0 {
		t.Errorf("%d Jobs, r0000 %d times", len(seen), seen["r0000"])
	}
	for name, want := range map[string]string{"r0000": "", "r0001": "Complete", "r0002": "Failed", "r0003": "", "r0004": ""} {
		job, got := told[name], ""
		if len(job.Status.Conditions) == 1 && job.Status.Conditions[0].Status == corev1.ConditionTrue {
			got = string(job.Status.Conditions[0].Type)
		}
		if suspended := job.Spec.Suspend != nil && *job.Spec.Suspend; got != want || suspended != (name == "r0003") || job.UID == "" || job.Labels == nil {
			t.Errorf("%s is told as %+v", name, job)
		}
	}
	if len(*asked) != 5 { // one page, none, three pages
		t.Errorf("%d requests, want 5", len(*asked))
	}
}

// TestWatchJob tells of every change, and of the end of the Job.
func TestWatchJob(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := kubetest.New()
		runs := runs.New(s.Client())
		create(t, runs, runJob("r"))
		create(t, runs, runJob("another"))
		ctx, cancel := context.WithCancel(t.Context())
		var seen []string
		done := make(chan error, 1)
		go func() {
			done <- runs.WatchJob(ctx, ns, "r", func(job *batchv1.Job) {
				if job == nil {
					seen = append(seen, "gone")
					return
				}
				seen = append(seen, fmt.Sprint(job.Name, " ", job.Status.Active))
			}, func(error) { seen = append(seen, "trouble") })
		}()
		active := func(n int) {
			synctest.Wait()
			s.Set("jobs", ns, "r", func(o map[string]any) { o["status"] = map[string]any{"active": n} })
		}
		active(1)
		active(2)
		synctest.Wait()
		s.CutWatches()
		active(3)
		time.Sleep(time.Minute)
		s.Remove("jobs", ns, "r")
		synctest.Wait()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		if got, want := strings.Join(seen, ", "), "r 0, r 1, r 2, trouble, r 3, gone"; got != want {
			t.Errorf("seen %s, want %s", got, want)
		}
	})
}

// TestWatchDeniedForAWhile: an API server that has just started denies what it granted before; that is no reason to give up.
func TestWatchDeniedForAWhile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := kubetest.New()
		runs := runs.New(s.Client())
		create(t, runs, runJob("r"))
		var denies atomic.Bool
		listen(s, func(q question) *http.Response {
			if !denies.Load() {
				return nil
			}
			return kubetest.Status(http.StatusForbidden, metav1.StatusReasonForbidden, `jobs is forbidden: User "jane" cannot watch resource "jobs" in API group "batch" in the namespace "ml"`)
		})
		ctx, cancel := context.WithCancel(t.Context())
		var seen []string
		done := make(chan error, 1)
		go func() {
			done <- runs.WatchJob(ctx, ns, "r", func(*batchv1.Job) { seen = append(seen, "seen") }, func(err error) {
				seen = append(seen, map[bool]string{true: "weather", false: err.Error()}[kube.KindOf(err) == kube.KindTransient])
			})
		}()
		synctest.Wait()
		denies.Store(true)
		s.CutWatches()
		time.Sleep(150 * time.Millisecond) // virtual
		denies.Store(false)
		time.Sleep(time.Minute) // virtual
		s.Set("jobs", ns, "r", func(o map[string]any) { o["status"] = map[string]any{"active": 1} })
		synctest.Wait()
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) || len(seen) < 4 || strings.Join(slices.Compact(seen), ", ") != "seen, weather, seen" {
			t.Errorf("seen %q, %v", seen, err)
		}
	})
}

// TestWatchDenied: who may not watch is told so at once, and not tried for ever.
func TestWatchDenied(t *testing.T) {
	s := kubetest.New()
	runs := runs.New(s.Client())
	listen(s, func(q question) *http.Response {
		verb, resource, _ := strings.Cut(q.verb, " ")
		if verb != "WATCH" {
			return nil
		}
		return kubetest.Status(http.StatusForbidden, metav1.StatusReasonForbidden,
			fmt.Sprintf(`%s is forbidden: User "jane" cannot watch resource %q in API group "" in the namespace "ml"`, resource, resource))
	})
	jobErr := runs.WatchJob(t.Context(), ns, "r", func(*batchv1.Job) {}, func(error) {})
	podErr := runs.WatchStepPods(t.Context(), ns, "uid", func(string, v1alpha1.AttemptStatus, bool) {}, func(error) {})
	for want, err := range map[string]error{"jobs": jobErr, "pods": podErr} {
		var e *kube.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: got %v", want, err)
			continue
		}
		if verb, resource, _, ok := e.MissingRight(); !ok || verb != "watch" || resource != want {
			t.Errorf("%s: got %s %s %v", want, verb, resource, ok)
		}
	}
}
