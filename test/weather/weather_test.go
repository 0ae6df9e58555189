package weather

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zaptest"
	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/record"
	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/driver"
	"github.com/stepherd/stepherd/internal/driver/recorder"
	"github.com/stepherd/stepherd/internal/kube"
	"github.com/stepherd/stepherd/internal/kube/kubetest"
	"github.com/stepherd/stepherd/internal/podspec"
)

const pipeline = `apiVersion: stepherd.dev/v1alpha1
kind: Pipeline
metadata: {name: weather}
settings: {image: img, retry: {limit: 3, infraLimit: 3}}
steps:
  - {name: first}
  - {name: left, needs: [first]}
  - {name: right, needs: [first]}
  - {name: join, needs: [left, right]}
  - {name: alone}
  - {name: last, needs: [join, alone]}
`

// sky answers a request in the server's stead, or lets it pass with nil and nil.
type sky func(s *kubetest.Server, r *http.Request, since time.Duration) (*http.Response, error)

// TestWeather lets the same run go through all of it.
func TestWeather(t *testing.T) {
	for name, w := range map[string]struct {
		sky
		// meddle, if there is one, is done to the server every two seconds.
		meddle func(*kubetest.Server)
	}{
		"clear":                {},
		"away for 10 s":        {sky: away(3*time.Second, 10*time.Second)},
		"away for 60 s":        {sky: away(3*time.Second, time.Minute)},
		"away for 10 min":      {sky: away(3*time.Second, 10*time.Minute)},
		"away at first":        {sky: away(0, time.Minute)},
		"away again and again": {sky: every(20*time.Second, away(0, 10*time.Second))},
		"cut watches":          {meddle: (*kubetest.Server).CutWatches},
		"410 Gone":             {meddle: func(s *kubetest.Server) { s.Forget(); s.CutWatches() }},
		"bookmarks":            {meddle: func(s *kubetest.Server) { s.Bookmark("ns") }},
		"429 with Retry-After": {sky: twoOfThree(func(*kubetest.Server, *http.Request) (*http.Response, error) { return kubetest.TooMany(2), nil })},
		"500":                  {sky: twoOfThree(refusal(http.StatusInternalServerError, metav1.StatusReasonInternalError))},
		"503":                  {sky: twoOfThree(refusal(http.StatusServiceUnavailable, metav1.StatusReasonServiceUnavailable))},
		"rights not known yet": {sky: every(15*time.Second, between(4*time.Second, 3*time.Second, denied))},
		"expired token":        {sky: between(4*time.Second, time.Minute, refusal(http.StatusUnauthorized, metav1.StatusReasonUnauthorized))},
		"lost answers":         {sky: twoOfThree(lost(errors.New("connection reset by peer")))},
		"504 after the write": {sky: twoOfThree(func(s *kubetest.Server, r *http.Request) (*http.Response, error) {
			do(s, r)
			return kubetest.Status(http.StatusGatewayTimeout, metav1.StatusReasonTimeout, "request did not complete within the allotted timeout"), nil
		})},
		"slow answers": {sky: slow(3 * time.Second)},
		// While every answer takes longer than the fence's 5 s nothing is done; then all goes on.
		"very slow answers": {sky: between(4*time.Second, 3*time.Minute, late(20*time.Second))},
		"answers slower than patience": {sky: between(4*time.Second, 2*time.Minute, func(s *kubetest.Server, r *http.Request) (*http.Response, error) {
			do(s, r)
			<-r.Context().Done()
			return nil, r.Context().Err()
		})},
		"409 on the record": {sky: twoOfThree(conflict)},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { runThrough(t, w.sky, w.meddle) })
		})
	}
}

func runThrough(t *testing.T, sky sky, meddle func(*kubetest.Server)) {
	server := kubetest.New()
	job, err := server.Client().BatchV1().Jobs("ns").Create(t.Context(), &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: "run"}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if sky != nil {
		server.Fail(func(r *http.Request) (*http.Response, error) { return sky(server, r, time.Since(began)) })
	}
	player := &kubelet{server: server, made: map[string]int{}, known: map[string]bool{}}
	done := make(chan struct{})
	var others sync.WaitGroup
	others.Go(func() { player.work(done) })
	if meddle != nil {
		others.Go(func() { meddleWith(server, meddle, done) })
	}
	limited, cancel := context.WithTimeout(t.Context(), 2*time.Hour)
	defer cancel()
	code := driver.Run(limited, config(t, server, string(job.UID)))
	close(done)
	others.Wait()

	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	server.Fail(nil)
	ref := kube.RunRef{Namespace: "ns", Name: "run", UID: string(job.UID)}
	record, err := kube.NewRecord(server.Client().CoreV1().RESTClient(), ref, "weather", "reader").Take(t.Context(), record.Head{})
	if err != nil || record.Head.Phase != v1alpha1.RunSucceeded || len(record.Steps) != 6 {
		t.Fatalf("the record says %+v, %v", record, err)
	}
	for _, s := range record.Steps {
		if s.Phase != v1alpha1.StepSucceeded || len(s.Attempts) != 1 || player.made[s.Name] != 1 {
			t.Errorf("step %s: %s with %d attempts and %d Pods", s.Name, s.Phase, len(s.Attempts), player.made[s.Name])
		}
	}
}

func meddleWith(server *kubetest.Server, meddle func(*kubetest.Server), done <-chan struct{}) {
	tick := time.NewTicker(2 * time.Second)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			meddle(server)
		}
	}
}

// config wires the driver as cmd/driver does.
func config(t *testing.T, server *kubetest.Server, uid string) driver.Config {
	client := server.Client()
	ref := kube.RunRef{Namespace: "ns", Name: "run", UID: uid}
	core := client.CoreV1().RESTClient()
	return driver.Config{
		Plan: []byte(pipeline), Identity: podspec.Identity{Run: "run", RunUID: uid, Namespace: "ns"},
		Stdout: io.Discard, Unread: func() int { return 0 }, Logger: zaptest.NewLogger(t, zaptest.Level(zap.ErrorLevel)),
		Pods: kube.NewStepPods(core, ref), Mark: kube.NewJobMark(client.BatchV1().RESTClient(), ref),
		Warnings: kube.NewPodWarnings(client.CoreV1(), "ns"), Logs: noLogs{},
		Record: func(pipeline string) recorder.Record { return kube.NewRecord(core, ref, pipeline, "driver-1") },
	}
}

// noLogs has empty logs: the weather of logs is package logs' own subject.
type noLogs struct{}

func (noLogs) Open(context.Context, string, string, time.Time, bool) (io.ReadCloser, error) {
	return io.NopCloser(strings.NewReader("")), nil
}
