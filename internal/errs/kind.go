package errs

import "errors"

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
