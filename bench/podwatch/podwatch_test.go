package podwatch

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"
)

// script is a server: each watch gives the events of the next entry, and then ends.
type script struct {
	watches [][]watch.Event
	from    []string // the resourceVersions that were asked for
}

func (s *script) Watch(_ context.Context, options metav1.ListOptions) (watch.Interface, error) {
	s.from = append(s.from, options.ResourceVersion)
	if len(s.watches) == 0 {
		return nil, errors.New("no more")
	}
	events := s.watches[0]
	s.watches = s.watches[1:]
	w := watch.NewFakeWithOptions(watch.FakeOptions{ChannelSize: len(events)})
	for _, e := range events {
		w.Action(e.Type, e.Object)
	}
	w.Stop()
	return w, nil
}

func event(kind watch.EventType, name, version string) watch.Event {
	return watch.Event{Type: kind, Object: &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Name: name, ResourceVersion: version}}}
}

func TestNextGoesOnWhereAWatchEnded(t *testing.T) {
	server := &script{watches: [][]watch.Event{
		{event(watch.Added, "a", "11"), event(watch.Modified, "a", "12")},
		{}, // ended before anything came
		{event(watch.Bookmark, "", "20")},
		{event(watch.Deleted, "a", "21")},
	}}
	stream, err := Open(t.Context(), server, metav1.ListOptions{ResourceVersion: "10"})
	if err != nil {
		t.Fatal(err)
	}
	defer stream.Stop()
	var got []string
	for range 3 {
		kind, pod, err := stream.Next(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, string(kind)+" "+pod.ResourceVersion)
	}
	if want := []string{"ADDED 11", "MODIFIED 12", "DELETED 21"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if want := []string{"10", "12", "12", "20"}; !slices.Equal(server.from, want) {
		t.Errorf("got watches from %v, want %v", server.from, want)
	}
	if got, want := stream.Reopened(), 3; got != want {
		t.Errorf("got %d watches reopened, want %d", got, want)
	}
}

func TestNextErrs(t *testing.T) {
	expired := &metav1.Status{Status: metav1.StatusFailure, Code: 410, Reason: metav1.StatusReasonExpired, Message: "too old"}
	for _, tt := range []struct {
		name   string
		object runtime.Object
		kind   watch.EventType
		want   string
	}{
		{"the server has forgotten the version", expired, watch.Error, "watch pods: too old"},
		{"not a Pod", &corev1.ConfigMap{}, watch.Added, "watch pods: the server sent a *v1.ConfigMap"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := &script{watches: [][]watch.Event{{{Type: tt.kind, Object: tt.object}}}}
			stream, err := Open(t.Context(), server, metav1.ListOptions{ResourceVersion: "10"})
			if err != nil {
				t.Fatal(err)
			}
			if _, _, err := stream.Next(t.Context()); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestNextEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	server := &script{watches: [][]watch.Event{{}}}
	stream, err := Open(ctx, server, metav1.ListOptions{ResourceVersion: "10"})
	if err != nil {
		t.Fatal(err)
	}
	enough := errors.New("enough")
	cancel(enough)
	if _, _, err := stream.Next(ctx); !errors.Is(err, enough) {
		t.Errorf("got error %v, want %v", err, enough)
	}
}
