package client

import (
	"errors"
	"fmt"
	"strings"
)

// Class is what an error means to the caller of the program; cmd makes the exit code of it.
type Class int

// The classes of errors.
const (
	// ClassCluster: the cluster cannot be reached or does not have, or does not allow, what was asked for; and all that
	// is not known better.
	ClassCluster Class = iota
	// ClassUser: the command line or the pipeline must be changed.
	ClassUser
	// ClassTimeout: the time to wait has passed.
	ClassTimeout
	// ClassDetached: the user let go of a run that goes on.
	ClassDetached
)

// Error is a sentence for the user. Lines are one sentence each where there are several.
type Error struct {
	Class Class
	Lines []string
	err   error
}

func (e *Error) Error() string { return strings.Join(e.Lines, "\n") }

// Unwrap gives the cause, if there is one.
func (e *Error) Unwrap() error { return e.err }

// Errorf makes an error of one sentence. cause may be nil.
func Errorf(class Class, cause error, format string, args ...any) *Error {
	return &Error{Class: class, Lines: []string{fmt.Sprintf(format, args...)}, err: cause}
}

// UserErrorf makes an error of one sentence about the command line or the pipeline.
func UserErrorf(format string, args ...any) *Error { return Errorf(ClassUser, nil, format, args...) }

// ClusterErrorf makes an error of one sentence about the cluster.
func ClusterErrorf(format string, args ...any) *Error {
	return Errorf(ClassCluster, nil, format, args...)
}

// InvalidPipeline makes an error of the user's of one that says itself what is wrong with the pipeline.
func InvalidPipeline(err error) *Error {
	return &Error{Class: ClassUser, Lines: strings.Split(err.Error(), "\n"), err: err}
}

// ErrInterrupted is the error of a user who did not wait for an answer.
var ErrInterrupted = &Error{Class: ClassDetached, Lines: []string{"interrupted"}}

// ClassOf is the class of any error.
func ClassOf(err error) Class {
	var e *Error
	if errors.As(err, &e) {
		return e.Class
	}
	return ClassCluster
}
