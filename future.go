// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"errors"
	"fmt"

	"github.com/gocurtain/asyncio/trace"
)

// state is where a future is in its life. It only ever moves forward.
type state uint8

const (
	// pending: no result yet. Waiters may join. Never together with a value, an error or a panic.
	pending state = iota
	// finished: there is a value or an error, and the waiters have been woken. Never together with waiters.
	finished
)

// future is what all futures have, whatever the type of their result.
type future struct {
	loop *Loop
	// waiters is a ring of those to tell, in the order they joined; nil if there are none.
	waiters *waiter
	err     error
	task    *task // the task this is the result of, or nil
	traceID uint64
	state   state
	// observed: somebody has asked for the result or waits for it, so an error is not lost.
	observed bool
}

// waiter is a place in a future's queue: a suspended task, a callback, or a watch on
// several futures.
type waiter struct {
	prev, next *waiter
	task       *task
	fn         func()
	many       *many
}

// done reports whether there is a result.
func (f *future) done() bool { return f.state == finished }

// base makes future reachable through every type that embeds it.
func (f *future) base() *future { return f }

func (f *future) id() uint64 {
	if f.task != nil {
		return f.task.id
	}
	if f.traceID == 0 {
		f.traceID = newID()
	}
	return f.traceID
}

func (f *future) join(w *waiter) {
	if f.waiters == nil {
		w.prev, w.next = w, w
		f.waiters = w
		return
	}
	first := f.waiters
	w.prev, w.next = first.prev, first
	first.prev.next, first.prev = w, w
}

func (f *future) leave(w *waiter) {
	if w.next == nil {
		return
	}
	if w.next == w {
		f.waiters = nil
	} else {
		w.prev.next, w.next.prev = w.next, w.prev
		if f.waiters == w {
			f.waiters = w.next
		}
	}
	w.prev, w.next = nil, nil
}

// resolve ends the pending state and schedules all waiters, first come first served (F4).
func (f *future) resolve(err error) {
	f.state, f.err = finished, err
	if h := f.loop.hooks; h != nil && f.task == nil {
		h.FutureResolved(f.id(), outcomeOf(err))
	}
	for f.waiters != nil {
		w := f.waiters
		f.leave(w)
		f.notify(w)
	}
}

func (f *future) notify(w *waiter) {
	l := f.loop
	switch {
	case w.many != nil:
		w.many.completed(f)
		return
	case w.task != nil:
		wake := trace.WakeFuture
		if f.task != nil {
			wake = trace.WakeTask
		}
		l.wake(w.task, wake, f)
		return
	}
	entry := readyEntry{fn: w.fn}
	if h := l.hooks; h != nil {
		entry.ref = newID()
		h.HandleScheduled(entry.ref, trace.OriginDone, 0)
	}
	l.ready.Push(entry)
}

// settle is resolve for those outside: it checks who calls and what came before.
func (f *future) settle(op string, err error) error {
	if !f.loop.onOwnGoroutine() {
		return opError(op, ErrWrongGoroutine)
	}
	if f.state != pending {
		return opError(op, ErrInvalidState)
	}
	f.resolve(err)
	return nil
}

// await suspends the current task until f is done (F7).
func (f *future) await(ctx context.Context, op string) error {
	t, err := currentTask(ctx, op)
	if err != nil {
		return err
	}
	switch {
	case f.loop != t.loop():
		return opError(op, ErrOtherLoop)
	case f.task == t:
		return opError(op, ErrSelfAwait)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	f.observed = true
	if f.state == finished {
		return nil
	}
	f.join(&t.place)
	kind := trace.WaitFuture
	if f.task != nil {
		kind = trace.WaitTask
	}
	err = t.block(ctx, kind, f, 0)
	if err != nil {
		f.leave(&t.place)
	}
	return err
}

// outcome returns the error of a finished future and marks it seen. The panic of a task goes on here.
func (f *future) outcome() error {
	f.observed = true
	if p, ok := f.err.(*PanicError); ok && f.task != nil {
		panic(p)
	}
	return f.err
}

func (f *future) addDoneCallback(fn func()) (remove func() bool) {
	f.loop.mustOwn("AddDoneCallback")
	f.observed = true
	w := &waiter{fn: fn}
	if f.state == finished {
		f.notify(w)
		return func() bool { return false }
	}
	f.join(w)
	return func() bool {
		waiting := w.next != nil
		f.leave(w)
		return waiting
	}
}

func outcomeOf(err error) trace.Outcome {
	switch {
	case err == nil:
		return trace.OutcomeResult
	case isPanic(err), errors.Is(err, ErrGoexit):
		return trace.OutcomePanic
	case errors.Is(err, context.Canceled):
		return trace.OutcomeCancelled
	default:
		return trace.OutcomeError
	}
}

func isPanic(err error) bool {
	_, ok := err.(*PanicError)
	return ok
}

// result is a future with its value: what [Future] and [Task] share.
type result[T any] struct {
	future
	value T
}

// Done reports whether there is a result. Only the loop's goroutine may call it.
func (r *result[T]) Done() bool { return r.done() }

// Cancelled reports whether it ended with [context.Canceled].
func (r *result[T]) Cancelled() bool {
	return r.done() && errors.Is(r.err, context.Canceled)
}

// Result returns the result without waiting. Before there is one the error is
// [ErrInvalidState] (F2). The panic of a task continues in the caller.
func (r *result[T]) Result() (T, error) {
	if !r.done() {
		var zero T
		return zero, opError("Result", ErrInvalidState)
	}
	err := r.outcome()
	return r.value, err
}

// Await suspends the current task until there is a result, and returns it (F7, T9).
// It does not suspend if there is one already.
//
// If ctx is cancelled, before or meanwhile, Await returns ctx.Err() at once. What
// was awaited goes on: a task is cancelled along with its awaiter only if its
// context comes from the awaiter's, as it does when the awaiter created it. A
// result that arrived before the cancellation is returned. The panic of a task
// continues in its awaiter, as a panic with a [*PanicError].
//
// Only the task that ctx belongs to may call it.
func (r *result[T]) Await(ctx context.Context) (T, error) {
	if err := r.await(ctx, "Await"); err != nil {
		var zero T
		return zero, err
	}
	err := r.outcome()
	return r.value, err
}

// AddDoneCallback schedules fn for when there is a result, as [Loop.CallSoon]
// would, in order of registration (F4); if there is one, right away. The returned
// function takes fn back, and reports whether it came in time. Only the loop's
// goroutine may call either.
func (r *result[T]) AddDoneCallback(fn func()) (remove func() bool) { return r.addDoneCallback(fn) }

// Loop returns the loop it belongs to (F9).
func (r *result[T]) Loop() *Loop { return r.loop }

// Future is a result that somebody will provide (asyncio F1 to F14). It belongs to
// one loop, and only that loop's goroutine may use it; another goroutine goes
// through [Loop.CallSoonThreadsafe]. Make one with [NewFuture].
type Future[T any] struct {
	result[T]
}

// NewFuture makes a pending future of a loop (S13). Any goroutine may call it.
func NewFuture[T any](l *Loop) *Future[T] {
	f := &Future[T]{}
	f.loop = l
	return f
}

// SetResult provides the result and schedules all who wait for it. The error is
// [ErrInvalidState] if there was a result, and [ErrWrongGoroutine] on another goroutine.
func (f *Future[T]) SetResult(value T) error {
	if f.state == pending && f.loop.onOwnGoroutine() {
		f.value = value
	}
	return f.settle("Future.SetResult", nil)
}

// SetError provides an error as the result; err must not be nil. Errors are as those of SetResult.
func (f *Future[T]) SetError(err error) error {
	if err == nil {
		return opError("Future.SetError", fmt.Errorf("%w: the error is nil", ErrInvalidState))
	}
	return f.settle("Future.SetError", err)
}

// Cancel ends the future with [context.Canceled]. It reports whether it was pending (F1).
func (f *Future[T]) Cancel() bool {
	return f.settle("Future.Cancel", context.Canceled) == nil
}

// String shows the state, for debugging (F13).
func (f *Future[T]) String() string {
	return fmt.Sprintf("Future(%s)", f.describe())
}

func (f *future) describe() string {
	switch {
	case f.state == pending:
		return "pending"
	case f.err != nil:
		return "error: " + f.err.Error()
	default:
		return "finished"
	}
}
