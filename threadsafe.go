// SPDX-License-Identifier: Apache-2.0

package asyncio

import "context"

// CallSoonThreadsafe is [Loop.CallSoon] for any goroutine, including the loop's own (S3). If the
// loop sleeps, it wakes it, with one write for any number of calls until the loop is awake. The
// calls of one goroutine run in order. On a closed loop the error is [ErrLoopClosed].
func (l *Loop) CallSoonThreadsafe(fn func()) error {
	mustCall("Loop.CallSoonThreadsafe", fn)
	return l.callFromOutside("Loop.CallSoonThreadsafe", fn)
}

func (l *Loop) callFromOutside(op string, fn func()) error {
	if !l.isMade() {
		return opError(op, errZeroLoop)
	}
	if !l.post(outsideCall{fn: l.remember(fn)}) {
		return opError(op, ErrLoopClosed)
	}
	return nil
}

// CreateTaskThreadsafe creates a task of fn on a loop that another goroutine runs, and returns the
// future of its result. It is asyncio's run_coroutine_threadsafe (T20, E5). As with [CreateTask],
// the task has the values of ctx, and a cancellation of ctx cancels it. ctx may come from another
// loop's task, from the standard library, or be [context.Background].
//
// The future gets the task's error. The exception handler gets it only if the future was cancelled
// before. If the loop is closed, now or before the task has ended, the error is [ErrLoopClosed].
// Any goroutine may call it. To wait for a task of its own loop, a task needs only CreateTask.
func CreateTaskThreadsafe[T any](ctx context.Context, l *Loop, fn func(ctx context.Context) (T, error)) *ConcurrentFuture[T] {
	mustHave("CreateTaskThreadsafe", fn != nil)
	f := NewConcurrentFuture[T]()
	if l == nil {
		_ = f.SetError(opError("CreateTaskThreadsafe", ErrNoTask))
		return f
	}
	kept, ok := f.promisedBy(l, "CreateTaskThreadsafe")
	if !ok {
		return f
	}
	create := func() {
		root := &scope{}
		root.init(ctx, l)
		t := CreateTask(root, fn)
		f.cancelWith(&t.task)
		// At once, not in the turn after: that may be one too late if the loop is being closed.
		t.observed = true
		t.join(&waiter{to: direct(func() {
			root.release()
			kept()
			deliver(f, t)
		})})
	}
	if err := l.callFromOutside("CreateTaskThreadsafe", create); err != nil {
		_ = f.SetError(err) // if it has none yet, for the same reason
	}
	return f
}

// cancelWith makes a cancellation of f cancel t; it may have come already.
func (f *concurrent) cancelWith(t *task) {
	l := t.loop
	cancel := func(e *CancelError) {
		_ = l.CallSoonThreadsafe(func() { t.cancelFor(e) }) // a closed loop has no tasks
	}
	f.mu.Lock()
	gone := f.state == finished
	if !gone {
		f.onCancel = cancel
	}
	f.mu.Unlock()
	if gone {
		t.cancelFor(&CancelError{})
	}
}

// deliver gives f the outcome of t.
func deliver[T any](f *ConcurrentFuture[T], t *Task[T]) {
	p := t.panic()
	delivered := f.settle("CreateTaskThreadsafe", func() { f.value, f.err, f.cut, f.panic = t.value, t.err, t.cut, p }) == nil
	if !delivered {
		// The future was cancelled: any other error of the task must not get lost.
		t.neglect()
	}
}
