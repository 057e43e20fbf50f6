// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"fmt"

	"github.com/gocurtain/asyncio/trace"
)

// state is where a future is in its life. It only ever moves forward.
type state uint8

// Awaitable is a [Future] or [Task] with a result of type T.
type Awaitable[T any] interface {
	Await(ctx context.Context) (T, error)
	Result() (T, error)
	AnyFuture
}

// AnyFuture is a [Future] or [Task] of any type.
type AnyFuture interface {
	Done() bool
	base() *future
}

// Result is the end of a future: a value or an error.
type Result[T any] struct {
	Value T
	Err   error
}

const (
	// pending: no result yet. Waiters may join. Never together with a value, an error or a panic.
	pending state = iota
	// finished: there is a value or an error, and the waiters have been woken. Never together with
	// waiters.
	finished
)

// future is the part of a [Future] or [Task] that does not know the type of the result.
type future struct {
	awaited
	waiters
	err   error
	task  *task // the task this is the result of, or nil
	state state
	// observed: somebody has asked for the result or waits for it, so an error is not lost.
	observed bool
	// cut: it ended because it was cancelled, see iscancellation.go.
	cut bool
	taskFlags
}

// callback is a done callback. It runs in the turn after the one that resolved f.
type callback func()

func (fn callback) notified(f *future) {
	e := readyEntry{fn: fn}
	if h := f.loop.hooks; h != nil {
		e.ref = newID()
		h.HandleScheduled(e.ref, trace.OriginDone, 0)
	}
	f.loop.ready.Push(e)
}

// futureOf is a pending future of l.
func futureOf(l *Loop) future { return future{awaited: awaited{loop: l}} }

// base makes future reachable through every type that embeds it.
func (f *future) base() *future { return f }

func (f *future) blockers() []*task {
	if f.task == nil {
		return nil
	}
	return []*task{f.task}
}

// resolve ends the pending state and schedules all waiters, first come first served (F4).
func (f *future) resolve(err error) {
	f.loop.uses(&f.awaited)
	f.state, f.err = finished, err
	if h := f.loop.hooks; h != nil && f.task == nil {
		h.FutureResolved(f.traceID(), f.how())
	}
	for f.first != nil {
		w := f.first
		f.leave(w)
		w.to.notified(f)
	}
}

// cancel resolves f as cancelled.
func (f *future) cancel() {
	f.cut = true
	f.resolve(context.Canceled)
}

// settle is resolve for the program: it checks first which goroutine calls, and that there is no
// result yet.
func (f *future) settle(op string, err error) error {
	if f.loop == nil {
		return zeroValue(op)
	}
	if err := f.access(); err != nil {
		return f.loop.refuse(op, err)
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
	case f.loop != t.loop:
		if f.loop == nil {
			return zeroValue(op)
		}
		return opError(op, ErrOtherLoop)
	case f.task == t:
		return opError(op, ErrSelfAwait)
	}
	if !isClear(ctx) {
		if err := errOf(ctx); err != nil {
			return err
		}
	}
	f.loop.uses(&f.awaited)
	if f.state == finished {
		return nil
	}
	first := !f.observed
	f.observed = true
	f.join(&t.place)
	kind := trace.WaitFuture
	if f.task != nil {
		kind = trace.WaitTask
	}
	err = t.block(ctx, kind, f, 0)
	f.loop.uses(&f.awaited)
	if err != nil {
		f.leave(&t.place)
		if first {
			f.neglect()
		}
	}
	return err
}

// neglect withdraws the mark observed: the waiter left without reading the result. A task of a
// group still has the group.
func (f *future) neglect() {
	f.observed = false
	if t := f.task; t != nil && t.group == nil && f.state == finished {
		f.loop.unobserved(t)
	}
}

// outcome returns the error of a finished future and marks it seen. If its task panicked, outcome
// panics, too.
func (f *future) outcome() error {
	f.observed = true
	if t := f.loop.current; f.cut && t != nil {
		t.coro.given = true
	}
	if p := f.panic(); p != nil {
		panic(p)
	}
	return f.err
}

// panic returns the panic that ended the task of f, nil if none did. (A task may also return the
// panic of another task as its error.)
func (f *future) panic() *PanicError {
	if f.task == nil || f.task.returned {
		return nil
	}
	p, _ := f.err.(*PanicError)
	return p
}

// how says how a finished future ended, for traces.
func (f *future) how() trace.Outcome {
	switch {
	case f.err == nil:
		return trace.OutcomeResult
	case f.cancelled():
		return trace.OutcomeCancelled
	case f.panic() != nil, f.exited():
		return trace.OutcomePanic
	default:
		return trace.OutcomeError
	}
}

// exited reports whether runtime.Goexit ended the task of f. A task that only returns the ErrGoexit
// of another one does not count.
func (f *future) exited() bool {
	return f.task != nil && !f.task.returned && f.err == ErrGoexit
}

// Done reports whether there is a result. Only the loop's goroutine may call it.
func (f *future) Done() bool {
	f.mustOwn("Done")
	return f.state == finished
}

// Cancelled reports whether it ended because it was cancelled (C7). A timeout does not count. A
// future is cancelled by its Cancel, a task by the cancellation of its context or of what it
// awaited last, if its error says nothing else. Only the loop's goroutine may call it.
func (f *future) Cancelled() bool {
	f.mustOwn("Cancelled")
	return f.state == finished && f.cancelled()
}

// AddDoneCallback schedules fn, as [Loop.CallSoon] does, when there is a result; if there is one
// already, at once. Callbacks run in the order of registration (F4). The returned function removes
// fn, and reports whether that came in time (F5). Only the loop's goroutine may call either.
func (f *future) AddDoneCallback(fn func()) (remove func() bool) {
	f.mustBeMade("AddDoneCallback")
	f.mustOwn("AddDoneCallback")
	mustCall("AddDoneCallback", fn)
	f.observed = true
	fn = f.loop.remember(fn)
	if f.state == finished {
		callback(fn).notified(f)
		return func() bool { return false }
	}
	w := &waiter{to: callback(fn)}
	f.join(w)
	return func() bool {
		f.mustOwn("AddDoneCallback")
		waiting := w.next != nil
		f.leave(w)
		return waiting
	}
}

// Loop returns the loop it belongs to (F9). Any goroutine may call it.
func (f *future) Loop() *Loop { return f.loop }

// Future is a result that comes later (asyncio F1 to F14). It belongs to one loop, and only that
// loop's goroutine may use it; another goroutine goes through [Loop.CallSoonThreadsafe]. Make one
// with [NewFuture].
type Future[T any] struct {
	future
	value T
}

// NewFuture makes a pending future of a loop (S13). Any goroutine may call it.
func NewFuture[T any](l *Loop) *Future[T] {
	if l == nil {
		panic(opError("NewFuture", ErrNoTask))
	}
	f := &Future[T]{future: futureOf(l)}
	if d := l.debug.Load(); d != nil {
		d.madeFuture(&f.future, l.origin(2), l.owner.Load() != nobody && l.mine())
	}
	return f
}

// SetResult sets the result and wakes the tasks that wait for it. The error is [ErrInvalidState] if
// there is a result already, and [ErrWrongGoroutine] on another goroutine.
func (f *Future[T]) SetResult(value T) error {
	if f.access() == nil && f.state == pending {
		f.value = value
	}
	return f.settle("Future.SetResult", nil)
}

// SetError sets err, which must not be nil, as the result. It fails as SetResult does.
func (f *Future[T]) SetError(err error) error {
	if err == nil {
		return opError("Future.SetError", fmt.Errorf("%w: the error is nil", ErrInvalidState))
	}
	return f.settle("Future.SetError", err)
}

// Cancel ends the future with [context.Canceled]. It reports whether the future was pending (F1).
// Only the loop's goroutine may call it.
func (f *Future[T]) Cancel() bool {
	f.mustBeMade("Future.Cancel")
	f.mustOwn("Future.Cancel")
	if f.access() != nil || f.state != pending {
		return false
	}
	f.cancel()
	return true
}

// Result returns the result without waiting. Before there is one the error is [ErrInvalidState]
// (F2).
func (f *Future[T]) Result() (T, error) { return resultOf(&f.future, &f.value) }

// Await suspends the current task until there is a result, and returns it (F7, T9). It does not
// suspend if there is one already.
//
// If ctx is cancelled, before or meanwhile, Await returns ctx.Err() at once, and the future stays
// as it is. A result that arrived before the cancellation is returned.
//
// Only the task that ctx belongs to may call it.
func (f *Future[T]) Await(ctx context.Context) (T, error) {
	return awaitResult(ctx, &f.future, &f.value)
}

// String shows the state, for debugging (F13).
func (f *Future[T]) String() string {
	f.mustOwn("Future.String")
	return fmt.Sprintf("Future(%s)", f.describe())
}

func resultOf[T any](f *future, value *T) (T, error) {
	var zero T
	if f.loop == nil {
		return zero, zeroValue("Result")
	}
	if err := f.access(); err != nil && err != ErrLoopClosed {
		return zero, f.loop.refuse("Result", err)
	}
	if f.state != finished {
		return zero, opError("Result", ErrInvalidState)
	}
	err := f.outcome()
	return *value, err
}

func awaitResult[T any](ctx context.Context, f *future, value *T) (T, error) {
	if err := f.await(ctx, "Await"); err != nil {
		var zero T
		return zero, err
	}
	err := f.outcome()
	return *value, err
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

// endedWell reports whether there is nothing to report about f.
func (f *future) endedWell() bool {
	return f.state == finished && (f.err == nil || f.observed || f.cut)
}
