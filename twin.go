// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"time"
)

// twin is what package context needs of a scope, for contexts that it derives from it, and for
// [context.Cause]: a context of its own kind that is cancelled with the scope. That package finds
// it by a private key, which [scope.Value] answers, and by Done, which is the same for both; so its
// contexts, and others that pass these on, need no goroutine to watch the scope, and are cancelled
// before the scope's cancellation returns.
//
// A twin is also that context's parent, since the error of a cancellation is taken from there. Its
// fields are guarded by the scope's mu.
type twin struct {
	std    context.Context
	cancel context.CancelCauseFunc // with context.Canceled
	expire func()                  // with err, and the cause of cause
	err    error
	cause  context.Context // a std context that was cancelled with the cause
}

// fire cancels the std context, and with it those derived from it.
func (tw *twin) fire(err, cause error) {
	if err == context.Canceled {
		tw.cancel(cause)
		return
	}
	tw.err = err
	if cause != nil {
		var cancel context.CancelCauseFunc
		tw.cause, cancel = context.WithCancelCause(context.Background())
		cancel(cause)
	}
	tw.expire()
}

// Deadline has no answer: package context asks the scope for it.
func (tw *twin) Deadline() (deadline time.Time, ok bool) { return time.Time{}, false }

// never is the Done of all twins as parents: they tell by AfterFunc that they are done.
var never = make(chan struct{})

// Done is not nil, as that would mean that there is no cancellation.
func (tw *twin) Done() <-chan struct{} { return never }

// Err is the error that fire was given.
func (tw *twin) Err() error { return tw.err }

// Value lets [context.Cause] find the cause. There are no other values.
func (tw *twin) Value(key any) any {
	if tw.cause == nil {
		return nil
	}
	return tw.cause.Value(key)
}

// AfterFunc is called by package context when it makes tw.std.
func (tw *twin) AfterFunc(f func()) (stop func() bool) {
	tw.expire = f
	return func() bool { return false }
}
