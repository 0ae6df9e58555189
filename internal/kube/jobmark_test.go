package kube

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/stepherd/stepherd/internal/api/v1alpha1"
	"github.com/stepherd/stepherd/internal/kube/kubetest"
)

func TestJobMark(t *testing.T) {
	annotate := func(s *kubetest.Server) {
		s.Set("jobs", "ns", "run", func(o map[string]any) {
			o["metadata"].(map[string]any)["annotations"] = map[string]any{v1alpha1.AnnotationCancel: "2031-01-02T03:04:05Z"}
		})
	}
	deleting := func(s *kubetest.Server) {
		s.Set("jobs", "ns", "run", func(o map[string]any) {
			o["metadata"].(map[string]any)["deletionTimestamp"] = "2031-01-02T03:04:05Z"
		})
	}
	touch := func(s *kubetest.Server) {
		s.Set("jobs", "ns", "run", func(o map[string]any) { o["status"] = map[string]any{"active": 1} })
	}
	nothing := func(*kubetest.Server) {}
	tests := []struct {
		name          string
		before, after func(*kubetest.Server)
		want          []bool // cancelled
		deleted       bool   // in the end
	}{
		{"never", nothing, touch, []bool{false}, false},
		{"at the beginning", annotate, touch, []bool{true}, false},
		{"later", nothing, annotate, []bool{false, true}, false},
		{"the Job is being deleted", nothing, deleting, []bool{false, true}, true},
		{"a cancelled Job is being deleted", annotate, deleting, []bool{true, true}, true},
		{"the Job is gone", nothing, func(s *kubetest.Server) { s.Remove("jobs", "ns", "run") }, []bool{false, true}, true},
		{"the Job was gone before", func(s *kubetest.Server) { s.Remove("jobs", "ns", "run") }, nothing, []bool{true}, true},
		{"gone in a gap", nothing, func(s *kubetest.Server) {
			s.Remove("jobs", "ns", "run")
			s.Forget()
			s.CutWatches()
		}, []bool{false, true}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := kubetest.New()
				client := server.Client()
				job, err := client.BatchV1().Jobs("ns").Create(t.Context(), &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: "run"}}, metav1.CreateOptions{})
				if err != nil {
					t.Fatal(err)
				}
				tt.before(server)
				mark := NewJobMark(client.BatchV1().RESTClient(), RunRef{Namespace: "ns", Name: "run", UID: string(job.UID)})
				ctx, cancel := context.WithCancel(t.Context())
				var got []bool
				var deleted bool
				done := make(chan struct{})
				go func() {
					defer close(done)
					_ = mark.Watch(ctx, func(m v1alpha1.Marks) { got, deleted = append(got, m.Cancelled), m.Deleted }, func(error, time.Duration) {})
				}()
				synctest.Wait()
				tt.after(server)
				time.Sleep(time.Minute)
				cancel()
				<-done
				if deleted != tt.deleted {
					t.Errorf("deleted is %t, want %t", deleted, tt.deleted)
				}
				if len(got) != len(tt.want) {
					t.Fatalf("got %v, want %v", got, tt.want)
				}
				for i := range got {
					if got[i] != tt.want[i] {
						t.Errorf("got %v, want %v", got, tt.want)
					}
				}
			})
		})
	}
}

// TestJobMarkOfAnother: a Job of the same name that was made after ours was deleted is not ours.
func TestJobMarkOfAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := kubetest.New().Client()
		if _, err := client.BatchV1().Jobs("ns").Create(t.Context(), &batchv1.Job{ObjectMeta: metav1.ObjectMeta{Name: "run"}}, metav1.CreateOptions{}); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		got := make(chan bool, 10)
		go func() {
			_ = NewJobMark(client.BatchV1().RESTClient(), RunRef{Namespace: "ns", Name: "run", UID: "ours"}).
				Watch(ctx, func(m v1alpha1.Marks) { got <- m.Cancelled }, func(error, time.Duration) {})
			close(got)
		}()
		if !<-got {
			t.Error("our Job is gone, and nobody says so")
		}
		cancel()
		for range got {
		}
	})
}
