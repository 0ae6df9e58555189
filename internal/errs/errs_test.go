package errs_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/go-multierror"

	"github.com/stepherd/stepherd/internal/errs"
)

var (
	errA, errB, errC = errors.New("a is missing"), errors.New("b is missing"), errors.New("c is missing")

	nothing *multierror.Error
)

func TestJoin(t *testing.T) {
	for name, tt := range map[string]struct {
		all  []error
		want string
	}{
		"none":              {nil, ""},
		"only nil":          {[]error{nil, nil}, ""},
		"typed nil":         {[]error{nothing}, ""},
		"typed nil and one": {[]error{nothing, errA}, "a is missing"},
		"one":               {[]error{nil, errA}, "a is missing"},
		"two":               {[]error{errB, nil, errA}, "b is missing\na is missing"},
		"flattened":         {[]error{errs.Join(errA, errB), errC}, "a is missing\nb is missing\nc is missing"},
		"said once":         {[]error{errA, errors.New("a is missing"), errB}, "a is missing\nb is missing"},
	} {
		t.Run(name, func(t *testing.T) {
			err := errs.Join(tt.all...)
			if (err == nil) != (tt.want == "") {
				t.Fatalf("got %#v, want %q", err, tt.want)
			}
			if err != nil && err.Error() != tt.want {
				t.Errorf("got %q, want %q", err, tt.want)
			}
		})
	}
}

// A header such as "2 errors occurred:" would come back if a list lost its format on the way.
func TestJoinOfJoinedHasNoHeader(t *testing.T) {
	err := errs.Join(fmt.Errorf("close the archive: %w", errs.Join(errA, errB)), errs.Join(errB, errC))
	want := "close the archive: a is missing\nb is missing\nb is missing\nc is missing"
	if got := err.Error(); got != want || strings.Contains(got, "occurred") {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestJoinReturnsOneErrorAsItIs(t *testing.T) {
	if err := errs.Join(nil, errA, nothing); err != errA { //nolint:errorlint // the very same is wanted
		t.Errorf("got %#v", err)
	}
}

func TestJoinChangesNothingThatItWasGiven(t *testing.T) {
	first := errs.Join(errA, errB)
	_ = errs.Join(first, errC)
	if got := first.Error(); got != "a is missing\nb is missing" {
		t.Errorf("got %q", got)
	}
}

func TestEachIsFound(t *testing.T) {
	path := &fs.PathError{Op: "open", Path: "x", Err: fs.ErrNotExist}
	err := fmt.Errorf("prepare: %w", errs.Join(errA, fmt.Errorf("read: %w", path), context.Canceled))
	for _, want := range []error{errA, fs.ErrNotExist, context.Canceled} {
		if !errors.Is(err, want) {
			t.Errorf("%v is not found", want)
		}
	}
	var found *fs.PathError
	if !errors.As(err, &found) || found != path {
		t.Errorf("found %v", found)
	}
	if errors.Is(err, errB) {
		t.Error("b is found and was not there")
	}
}

func TestAll(t *testing.T) {
	wrapped := fmt.Errorf("prepare: %w", errs.Join(errA, errB))
	for name, tt := range map[string]struct {
		err  error
		want []error
	}{
		"none":    {nil, nil},
		"one":     {errA, []error{errA}},
		"several": {errs.Join(errA, errB), []error{errA, errB}},
		"wrapped": {wrapped, []error{wrapped}},
	} {
		if got := errs.All(tt.err); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, want %v", name, got, tt.want)
		}
	}
}

func TestGroup(t *testing.T) {
	var g errs.Group
	second := make(chan struct{})
	g.Go(func() error { <-second; return errA }) // fails last, and is told first
	g.Go(func() error { return nil })
	g.Go(func() error { defer close(second); return errB })
	err := g.Wait()
	if got := err.Error(); got != "a is missing\nb is missing" {
		t.Errorf("got %q", got)
	}
}

func TestGroupWithoutErrorsIsNil(t *testing.T) {
	var g errs.Group
	g.Go(func() error { return nil })
	g.Go(func() error { return nil })
	if err := g.Wait(); err != nil {
		t.Errorf("got %#v", err)
	}
	if err := new(errs.Group).Wait(); err != nil {
		t.Errorf("an empty group: %#v", err)
	}
}
