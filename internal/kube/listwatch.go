package kube

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/stepherd/stepherd/internal/retry"
)

const (
	// ListPage is how many objects one answer to a list holds, so that a re-list of thousands of Pods does not need
	// memory for all of them at once.
	ListPage = 500

	// watchLife is the shortest time after which the server is asked to end a watch; it is up to twice as long, so that
	// watches of many clients do not end together. The same as client-go's reflector.
	watchLife = 5 * time.Minute

	// calmAfter is how long a watch must have lasted for its end not to count as trouble.
	calmAfter = 5 * time.Second
)

// Object is what the API server lists: a pointer to a typed object.
type Object interface {
	runtime.Object
	metav1.Object
}

// ListWatch is how to list and watch one kind of object in one namespace.
type ListWatch struct {
	// List and Watch are called with selectors, limits and versions filled in. A typed client's Watch fits; its List needs
	// a closure, because it gives a concrete type.
	List  func(context.Context, metav1.ListOptions) (runtime.Object, error)
	Watch func(context.Context, metav1.ListOptions) (watch.Interface, error)
	// LabelSelector and FieldSelector narrow both.
	LabelSelector, FieldSelector string
}

// Handler is told what exists. Its functions are called one at a time, and may be nil.
type Handler[T Object] struct {
	// ListBegins: what follows until ListEnds, by Seen, is all that exists. A list that breaks begins again.
	ListBegins func()
	// Seen is an object as it is now.
	Seen func(T)
	// ListEnds: what was known before the list and not Seen in it is gone.
	ListEnds func()
	// Gone is an object that was deleted, with its last state.
	Gone func(T)
	// Reached: all that happened up to a resourceVersion has been told.
	Reached func(version string)
	// Trouble is a broken list or watch, which is tried again after the wait. It is not called for the ordinary ends of
	// a watch. A denial is one of KindNoRight only before the first watch.
	Trouble func(err error, wait time.Duration)
}

// Run lists, watches from the list's resourceVersion, and lists again when the server has forgotten it; it never watches
// from "" or "0", which is any state that some server has in its cache. It returns only when ctx is done, with its cause.
func Run[T Object](ctx context.Context, lw ListWatch, h Handler[T]) error {
	f := follower[T]{lw: lw, h: h.filled()}
	for ctx.Err() == nil {
		err := f.turn(ctx)
		if ctx.Err() != nil {
			break
		}
		wait := f.delay(err)
		if err != nil {
			f.h.Trouble(f.passing(err), wait)
		}
		_ = retry.Sleep(ctx, wait) // the loop ends with ctx
	}
	return context.Cause(ctx)
}

// follower is the state of one Run.
type follower[T Object] struct {
	lw ListWatch
	h  Handler[T]
	// version is where the next watch starts; "" asks for a list.
	version string
	// watched reports whether a watch was opened.
	watched bool
	// failures is the number of failed turns since events last came or a watch last stayed up.
	failures int
}

// turn is one list, or one watch from beginning to end. A nil error means that all is well.
func (f *follower[T]) turn(ctx context.Context) error {
	if f.version == "" {
		return f.list(ctx)
	}
	err := f.watch(ctx)
	if KindOf(err) == KindExpired {
		f.version = ""
	}
	return err
}

// delay is how long to wait before the next turn. A version that the server has forgotten is no trouble of its: the
// first list after calm comes at once.
func (f *follower[T]) delay(err error) time.Duration {
	if err == nil {
		return 0
	}
	f.failures++
	if f.failures == 1 && KindOf(err) == KindExpired {
		return 0
	}
	wait := retry.APICalls.Jittered(f.failures - 1)
	return max(wait, wishOf(err))
}

// passing makes weather of a denial of what was granted before: an API server that has just started denies everything until
// it has read the Roles and their bindings (its RBAC authorizer goes by caches that it does not wait for, v1.35).
func (f *follower[T]) passing(err error) error {
	var e *Error
	if !f.watched || !errors.As(err, &e) || e.Kind != KindNoRight {
		return err
	}
	weather := *e
	weather.Kind = KindTransient
	return &weather
}

func (f *follower[T]) list(ctx context.Context) error {
	f.h.ListBegins()
	opts := metav1.ListOptions{LabelSelector: f.lw.LabelSelector, FieldSelector: f.lw.FieldSelector, Limit: ListPage}
	for {
		version, next, err := f.page(ctx, opts)
		if err != nil {
			return Failed(err, "list")
		}
		if next == "" {
			f.h.ListEnds()
			f.reach(version)
			return nil
		}
		opts.Continue = next
	}
}

func (f *follower[T]) page(ctx context.Context, opts metav1.ListOptions) (version, next string, err error) {
	ctx, cancel := context.WithTimeout(ctx, CallTimeout)
	defer cancel()
	list, err := f.lw.List(ctx, opts)
	if err != nil {
		return "", "", err
	}
	listMeta, err := meta.ListAccessor(list)
	if err != nil {
		return "", "", err
	}
	err = meta.EachListItem(list, func(o runtime.Object) error {
		if obj, ok := o.(T); ok {
			f.h.Seen(obj)
		}
		return nil
	})
	return listMeta.GetResourceVersion(), listMeta.GetContinue(), err
}

// errWatchEnded is the end of a watch that gave no reason.
var errWatchEnded = errors.New("the stream of events ended")

func (f *follower[T]) watch(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	life := int64((watchLife + rand.N(watchLife)).Seconds())
	w, err := f.lw.Watch(ctx, metav1.ListOptions{
		LabelSelector: f.lw.LabelSelector, FieldSelector: f.lw.FieldSelector,
		ResourceVersion: f.version, AllowWatchBookmarks: true, TimeoutSeconds: &life,
	})
	if err != nil {
		return Failed(err, "watch")
	}
	defer w.Stop()
	f.watched = true
	began := time.Now()
	for e := range w.ResultChan() {
		if err := f.event(e); err != nil {
			return err
		}
	}
	if time.Since(began) >= calmAfter {
		f.failures = 0
		return nil // servers end watches; the next one goes on from f.version
	}
	return Failed(errWatchEnded, "watch")
}

// event takes one event of the watch. Every one moves version on, bookmarks do nothing else.
func (f *follower[T]) event(e watch.Event) error {
	if e.Type == watch.Error {
		return Failed(apierrors.FromObject(e.Object), "watch")
	}
	obj, ok := e.Object.(T)
	if !ok {
		return nil
	}
	switch e.Type {
	case watch.Added, watch.Modified:
		f.h.Seen(obj)
	case watch.Deleted:
		f.h.Gone(obj)
	}
	f.failures = 0
	if v := obj.GetResourceVersion(); v != "" {
		f.reach(v)
	}
	return nil
}

func (f *follower[T]) reach(version string) {
	f.version = version
	f.h.Reached(version)
}

// filled is the handler with nothing nil.
func (h Handler[T]) filled() Handler[T] {
	if h.ListBegins == nil {
		h.ListBegins = func() {}
	}
	if h.Seen == nil {
		h.Seen = func(T) {}
	}
	if h.ListEnds == nil {
		h.ListEnds = func() {}
	}
	if h.Gone == nil {
		h.Gone = func(T) {}
	}
	if h.Reached == nil {
		h.Reached = func(string) {}
	}
	if h.Trouble == nil {
		h.Trouble = func(error, time.Duration) {}
	}
	return h
}
