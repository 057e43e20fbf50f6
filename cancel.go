// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"runtime"
)

// This file is where the cancellation of a task begins. From here it goes down the tree of contexts
// (scope.cancel) and ends the waits below (interrupt). A wait that begins later asks its context
// (errOf).

// Cancel cancels the task's context, and those derived from it, with a [*CancelError] around cause,
// which may be nil (C1). Every wait under it fails with [context.Canceled], the present one and all
// later ones. The task goes on until its function returns, and its result is what the function
// returns. A task that has not begun ends without running (C4). A wait that has been satisfied
// keeps its result.
//
// Cancel reports whether the task had not ended yet. Only the first cancellation counts. Only the
// loop's goroutine may call it.
func (t *task) Cancel(cause error) bool {
	t.mustBeMade("Task.Cancel")
	t.loop.mustOwn("Task.Cancel")
	if t.does == ended {
		return false
	}
	e := &CancelError{Cause: cause}
	runtime.Callers(2, e.pcs[:])
	return t.cancelFor(e)
}

// cancelFor is Cancel with an error that knows where Cancel was called; it adds who called it.
func (t *task) cancelFor(e *CancelError) bool {
	l := t.loop
	if t.does == ended {
		return false
	}
	var by uint64
	if l.current != nil {
		e.By, by = l.current.Name(), l.current.id
	}
	t.cancel(e, by)
	return true
}

// reason is the cause that the program gave for a cancellation, for traces.
func reason(cause error) error {
	if e, ok := cause.(*CancelError); ok {
		return e.Cause
	}
	return cause
}

// cancel is Cancel on behalf of a task group, a signal or the loop's shutdown.
func (t *task) cancel(cause error, by uint64) {
	if h := t.loop.hooks; h != nil {
		h.TaskCancelled(t.id, by, reason(cause))
	}
	t.scope.cancel(context.Canceled, cause)
}
