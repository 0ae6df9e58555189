// Package podwatch gives the events of Pods as one stream. The API server ends a watch whose events it cannot deliver quickly
// enough, which on a machine with more work than cores happens to the best of readers; the stream goes on from the last
// resourceVersion, so that nothing is missed and nothing comes twice.
//
// It repeats no watch that cannot be opened, and it lists nothing: whatever else goes wrong is an error.
package podwatch

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
)

// Watcher opens a watch; the client of a namespace's Pods is one.
type Watcher interface {
	Watch(ctx context.Context, options metav1.ListOptions) (watch.Interface, error)
}

// Stream is the events of Pods since a list.
type Stream struct {
	watcher  Watcher
	options  metav1.ListOptions // its ResourceVersion is where to go on
	current  watch.Interface
	reopened int
}

// Open watches from the resourceVersion of a list, which options has to hold.
func Open(ctx context.Context, watcher Watcher, options metav1.ListOptions) (*Stream, error) {
	options.AllowWatchBookmarks = true
	s := &Stream{watcher: watcher, options: options}
	return s, s.open(ctx)
}

func (s *Stream) open(ctx context.Context) error {
	w, err := s.watcher.Watch(ctx, s.options)
	if err != nil {
		return fmt.Errorf("watch pods: %w", err)
	}
	s.current = w
	return nil
}

// Next waits for the next Pod that was added, modified or deleted. It errs when ctx is done, with its cause, or when the
// stream is broken for good.
func (s *Stream) Next(ctx context.Context) (watch.EventType, *corev1.Pod, error) {
	for {
		select {
		case <-ctx.Done():
			return "", nil, context.Cause(ctx)
		case e, ok := <-s.current.ResultChan():
			if !ok {
				if err := s.reopen(ctx); err != nil {
					return "", nil, err
				}
				continue
			}
			if e.Type == watch.Error {
				return "", nil, fmt.Errorf("watch pods: %w", apierrors.FromObject(e.Object))
			}
			pod, ok := e.Object.(*corev1.Pod)
			if !ok {
				return "", nil, fmt.Errorf("watch pods: the server sent a %T", e.Object)
			}
			s.options.ResourceVersion = pod.ResourceVersion
			if e.Type != watch.Bookmark {
				return e.Type, pod, nil
			}
		}
	}
}

func (s *Stream) reopen(ctx context.Context) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	s.reopened++
	return s.open(ctx)
}

// Reopened is how many times the server has ended the watch.
func (s *Stream) Reopened() int { return s.reopened }

// Stop ends the stream.
func (s *Stream) Stop() { s.current.Stop() }
