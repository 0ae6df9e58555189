package kube

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stepherd/stepherd/internal/kube/kubetest"
	"github.com/stepherd/stepherd/internal/run"
)

func TestPodWarnings(t *testing.T) {
	event := func(kind, uid, by, reason, message string, age time.Duration) string {
		return fmt.Sprintf(`{"involvedObject":{"kind":%q,"uid":%q,"name":%q},"type":"Warning","reason":%q,"message":%q,"source":{"component":%q},"lastTimestamp":%q}`,
			kind, uid, strings.TrimPrefix(uid, "uid-"), reason, message, by, time.Now().Add(-age).UTC().Format(time.RFC3339))
	}
	mount := func(uid, message string, age time.Duration) string {
		return event("Pod", uid, "kubelet", "FailedMount", message, age)
	}
	const ofOne, ofAll, ofQueues = "involvedObject.uid=uid-1", "involvedObject.kind=Pod,type=Warning", "involvedObject.kind=Workload"
	placed := func(n int) run.Pod {
		return run.Pod{UID: fmt.Sprintf("uid-%d", n), Name: fmt.Sprint(n), Scheduled: time.Now()}
	}
	unplaced, queued := placed(1), placed(1)
	unplaced.Scheduled, queued.Scheduled, queued.Queued = time.Time{}, time.Time{}, true
	for name, tt := range map[string]struct {
		pods  []run.Pod
		pages []string
		asked []string
		want  map[string]string
	}{
		"none": {[]run.Pod{placed(1)}, []string{``}, []string{ofOne}, nil},
		"the newest, whatever its order": {
			[]run.Pod{placed(1)}, []string{mount("uid-1", "old", 20*time.Second) + "," + mount("uid-1", "secret \"s\"\nnot found", 0) + "," + mount("uid-1", "older", time.Minute)}, []string{ofOne},
			map[string]string{"uid-1": `FailedMount: secret "s" not found`},
		},
		"one that is over": {[]run.Pod{placed(1)}, []string{mount("uid-1", "old", time.Hour)}, []string{ofOne}, nil},
		"one that blocks nothing": {
			[]run.Pod{placed(1)}, []string{mount("uid-1", "no", time.Minute) + "," + event("Pod", "uid-1", "kubelet", "MissingClusterDNS", "m", 0)}, []string{ofOne},
			map[string]string{"uid-1": "FailedMount: no"},
		},
		"those of many, in pages": {
			[]run.Pod{placed(3), placed(2), placed(1)}, []string{mount("uid-1", "a", 0), mount("uid-2", "b", 0)}, []string{ofAll, ofAll},
			map[string]string{"uid-1": "FailedMount: a", "uid-2": "FailedMount: b"},
		},
		"of none but those": {[]run.Pod{placed(3), placed(1)}, []string{mount("uid-1", "a", 0), mount("uid-2", "b", 0)}, []string{ofAll, ofAll}, map[string]string{"uid-1": "FailedMount: a"}},
		"a claim that cannot be made": {
			[]run.Pod{unplaced}, []string{event("Pod", "uid-1", "resource_claim", "FailedResourceClaimCreation", "no template", time.Hour)}, []string{ofOne},
			map[string]string{"uid-1": "FailedResourceClaimCreation: no template"},
		},
		"a queue": {
			[]run.Pod{queued}, []string{event("Workload", "pod-1-0a1b2", "kueue", "Pending", "no quota for gpu", time.Hour)}, []string{ofOne, ofQueues},
			map[string]string{"uid-1": "no quota for gpu"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			server := kubetest.New()
			var asked []string
			server.Intercept(func(r *http.Request) *http.Response {
				asked = append(asked, r.URL.Query().Get("fieldSelector"))
				if r.URL.Query().Get("continue") != "" {
					return kubetest.JSON(`{"kind":"EventList","apiVersion":"v1","items":[` + tt.pages[1] + `]}`)
				}
				more := ""
				if len(tt.pages) > 1 {
					more = "2"
				}
				return kubetest.JSON(`{"kind":"EventList","apiVersion":"v1","metadata":{"continue":"` + more + `"},"items":[` + tt.pages[0] + `]}`)
			})
			got, err := NewPodWarnings(server.Client().CoreV1(), "ns").Latest(t.Context(), tt.pods)
			if err != nil || !maps.Equal(got, tt.want) {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
			if !slices.Equal(asked, tt.asked) {
				t.Errorf("asked for %q", asked)
			}
		})
	}
}

func TestPodWarningsErr(t *testing.T) {
	server := kubetest.New()
	server.Intercept(func(*http.Request) *http.Response { return kubetest.Status(403, "Forbidden", "no") })
	if _, err := NewPodWarnings(server.Client().CoreV1(), "ns").Latest(t.Context(), []run.Pod{{UID: "uid-1"}}); err == nil {
		t.Error("no error")
	}
}
