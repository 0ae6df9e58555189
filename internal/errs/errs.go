// Package errs brings together the errors of things that can fail side by side or one after the other, so that a user hears of
// all of them at once. It is the only package that imports go-multierror.
//
// Invariants:
//   - The text has one sentence a line, in the order in which the errors were given, each sentence once. There is no header: what
//     several errors say stands alone, like what one says.
//   - No errors are nil, not a pointer that is nil in an interface that is not.
//   - A single error is returned as it is, so that a list costs nothing where there is none.
//   - errors.Is and errors.As find each of them; if several match, the first.
package errs

import (
	"errors"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/go-multierror"
)

// Join returns all errors that are not nil as one; give the most useful first. Lists that Join made are flattened. It never
// changes an error that it was given.
func Join(all ...error) error {
	list := multierror.Append(&multierror.Error{ErrorFormat: lines}, all...)
	switch len(list.Errors) {
	case 0:
		return nil
	case 1:
		return list.Errors[0]
	}
	return list
}

// All returns the errors that Join brought together, any other error alone, and none for nil.
func All(err error) []error {
	if err == nil {
		return nil
	}
	if list, is := err.(*multierror.Error); is { //nolint:errorlint // only a list itself, not one with words around it
		return slices.Clone(list.WrappedErrors())
	}
	return []error{err}
}

// lines is the format of a list. Two requests that fail for the same reason need not say so twice.
func lines(all []error) string {
	var b strings.Builder
	said := map[string]bool{}
	for _, err := range all {
		text := err.Error()
		if said[text] {
			continue
		}
		if len(said) > 0 {
			b.WriteByte('\n')
		}
		said[text] = true
		b.WriteString(text)
	}
	return b.String()
}

// Group runs functions side by side and brings their errors together in the order of the calls of Go, whichever fails first.
// multierror.Group has them in the order in which they fail, so that the same faults read differently each time; and its Wait
// returns a pointer, which as an error is not nil when all went well. The zero Group is ready to use.
type Group struct {
	wait sync.WaitGroup
	errs []*error
}

// Go runs f in a goroutine. It must be called by one goroutine, which then calls Wait.
func (g *Group) Go(f func() error) {
	err := new(error)
	g.errs = append(g.errs, err)
	g.wait.Go(func() { *err = f() })
}

// Wait waits until all functions have returned, and returns what they did.
func (g *Group) Wait() error {
	g.wait.Wait()
	all := make([]error, len(g.errs))
	for i, err := range g.errs {
		all[i] = *err
	}
	return Join(all...)
}

// IsNotFound reports whether an error of a port means that the object does not exist.
func IsNotFound(err error) bool {
	var e interface{ NotFound() bool }
	return errors.As(err, &e) && e.NotFound()
}

// IsDenied reports whether an error of a port means that a right is missing.
func IsDenied(err error) bool {
	var e interface{ Denied() bool }
	return errors.As(err, &e) && e.Denied()
}
