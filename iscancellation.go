// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"errors"
	"slices"
)

// This file alone decides whether an error is a cancellation. Nobody is told of one, since whoever
// cancelled knows. So it must be a cancellation of ours, and say nothing else. An error that a
// task's clean-up joins to it is an error of the program. So is the context.Canceled of a context
// that has nothing to do with the task, such as a client's own.

// cancelReason is a cause that this package gives to the cancellation of a task.
type cancelReason string

func (r cancelReason) Error() string { return string(r) }

// isCancellation reports whether err says only that ctx was cancelled.
func isCancellation(ctx context.Context, err error) bool {
	own := errOf(ctx)
	switch {
	case err == nil || own == nil:
		return false
	case err == context.Canceled: // as nearly always
		return true
	}
	reasons := []error{context.Canceled, own}
	for s, ok := ctx.(*scope); ok; s, ok = s.parent.(*scope) {
		// A wait under a parent fails with the parent's error, which may be another one.
		above, _ := verdict(s.parent)
		reasons = append(reasons, above)
	}
	return saysOnly(err, reasons...)
}

// wasCut reports whether t, which ends with err, ends because its context was cancelled, or because
// what it awaited last was (asyncio F8).
func (t *task) wasCut(err error) bool {
	return err != nil && (isCancellation(&t.scope, err) || t.coro != nil && t.coro.given && saysOnly(err, context.Canceled))
}

// cancelled reports whether f ended because it was cancelled, and not for a timeout.
func (f *future) cancelled() bool { return f.cut && !errors.Is(f.err, context.DeadlineExceeded) }

// saysOnly reports whether every leaf of the tree of err is one of reasons, or a reason of this
// package.
func saysOnly(err error, reasons ...error) bool {
	switch e := err.(type) {
	case *PanicError:
		return false
	case cancelReason, *SignalError:
		return true
	case *CancelError:
		return e.Cause == nil || saysOnly(e.Cause, reasons...)
	case interface{ Unwrap() []error }:
		return all(e.Unwrap(), reasons)
	case interface{ WrappedErrors() []error }: // as they were joined before Go could
		return all(e.WrappedErrors(), reasons)
	case interface{ Unwrap() error }:
		if inner := e.Unwrap(); inner != nil {
			return saysOnly(inner, reasons...)
		}
	}
	return slices.ContainsFunc(reasons, func(reason error) bool { return errors.Is(err, reason) })
}

// all reports whether the joined errs say only reasons. It is false if all of them are nil.
func all(errs, reasons []error) bool {
	some := false
	for _, err := range errs {
		if err == nil {
			continue
		}
		if some = true; !saysOnly(err, reasons...) {
			return false
		}
	}
	return some
}
