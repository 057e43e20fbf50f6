// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
)

// ConcurrentFuture is a future for any goroutine: any may set the result, and any may wait for it,
// tasks of every loop and goroutines that have none. It corresponds to Python's
// concurrent.futures.Future (F10, E5). The zero value is a pending future, like those of
// [NewConcurrentFuture]; [CreateTaskThreadsafe] returns one. Any goroutine may call its methods.
type ConcurrentFuture[T any] struct {
	concurrent
	value T
}

// concurrent is the part of a ConcurrentFuture that does not know the type of its result.
type concurrent struct {
	mu        sync.Mutex
	done      chan struct{} // made when somebody first asks for it
	state     state
	err       error
	cut       bool // it was cancelled, as future.cut
	panic     *PanicError
	callbacks []*func()            // in order of registration
	heldUp    []*job               // of simulated loops, see heldup.go
	onCancel  func(e *CancelError) // asks the provider of the result to give up
}

// NewConcurrentFuture makes a pending future.
func NewConcurrentFuture[T any]() *ConcurrentFuture[T] {
	return &ConcurrentFuture[T]{}
}

// SetResult sets the result, and wakes all who wait. The error is [ErrInvalidState] if there is a
// result already.
func (f *ConcurrentFuture[T]) SetResult(value T) error {
	return f.settle("ConcurrentFuture.SetResult", func() { f.value = value })
}

// SetError sets err, which must not be nil, as the result. It fails as SetResult does.
func (f *ConcurrentFuture[T]) SetError(err error) error {
	if err == nil {
		return opError("ConcurrentFuture.SetError", fmt.Errorf("%w: the error is nil", ErrInvalidState))
	}
	return f.settle("ConcurrentFuture.SetError", func() { f.err = err })
}

// Cancel ends the future with [context.Canceled]. If [CreateTaskThreadsafe] made it, Cancel cancels
// its task, too; cause, which may be nil, becomes the cause of that cancellation. It reports
// whether the future was pending.
func (f *ConcurrentFuture[T]) Cancel(cause error) bool {
	if f.settle("ConcurrentFuture.Cancel", func() { f.err, f.cut = context.Canceled, true }) != nil {
		return false
	}
	f.mu.Lock()
	tell := f.onCancel
	f.onCancel = nil
	f.mu.Unlock()
	if tell != nil {
		e := &CancelError{Cause: cause}
		runtime.Callers(2, e.pcs[:])
		tell(e)
	}
	return true
}

// Result returns the result without waiting. Before there is one the error is [ErrInvalidState].
func (f *ConcurrentFuture[T]) Result() (T, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var zero T
	if f.state == pending {
		return zero, opError("ConcurrentFuture.Result", ErrInvalidState)
	}
	if f.panic != nil {
		panic(f.panic)
	}
	return f.value, f.err
}

// Await waits until there is a result, and returns it; if there is one already, at once. A task
// that passes its ctx is suspended. A goroutine without a loop is blocked, whatever its ctx.
//
// If ctx is cancelled, before or meanwhile, Await returns ctx.Err(), and the future stays as it is.
// If the task behind it panicked, Await panics with a [*PanicError]. On a loop's goroutine without
// a task's ctx, where Await would block the loop, the error is [ErrNoTask].
func (f *ConcurrentFuture[T]) Await(ctx context.Context) (T, error) {
	if err := f.wait(ctx, "ConcurrentFuture.Await"); err != nil {
		var zero T
		return zero, err
	}
	return f.Result()
}

// wait returns when there is a result, or ctx is cancelled.
func (f *concurrent) wait(ctx context.Context, op string) error {
	if err := errOf(ctx); err != nil {
		return err
	}
	t, err := currentTask(ctx, op)
	switch {
	case err == nil: // a task
		here := futureOf(t.loop)
		remove := f.AddDoneCallback(func() {
			// A closed loop has nobody who waits.
			_ = t.loop.CallSoonThreadsafe(func() { here.resolve(nil) })
		})
		err = here.await(ctx, op)
		remove()
	case onRunningLoop():
		return err
	default:
		err = f.waitBlocked(ctx)
	}
	result, cut := f.has()
	if !result {
		return err
	}
	if cut && t != nil {
		t.coro.given = true
	}
	return nil // whatever else there was, the result is kept
}

// waitBlocked is wait for a goroutine that has no loop.
func (f *concurrent) waitBlocked(ctx context.Context) error {
	defer f.holdUp(ctx)()
	select {
	case <-f.Done():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Done returns a channel that is closed when there is a result.
func (f *concurrent) Done() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.done == nil {
		f.done = make(chan struct{})
		if f.state == finished {
			close(f.done)
		}
	}
	return f.done
}

// has reports whether there is a result, and whether that is a cancellation.
func (f *concurrent) has() (result, cut bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.state == finished, f.cut
}

// AddDoneCallback calls fn when there is a result, on the goroutine that sets it. If there is one
// already, it calls fn at once. fn must not block. The returned function removes fn, and reports
// whether that came in time.
func (f *concurrent) AddDoneCallback(fn func()) (remove func() bool) {
	mustCall("ConcurrentFuture.AddDoneCallback", fn)
	f.mu.Lock()
	if f.state == finished {
		f.mu.Unlock()
		fn()
		return func() bool { return false }
	}
	f.callbacks = append(f.callbacks, &fn)
	f.mu.Unlock()
	return func() bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		i := slices.Index(f.callbacks, &fn)
		if i < 0 {
			return false
		}
		f.callbacks = slices.Delete(f.callbacks, i, i+1)
		return true
	}
}

// settle ends the pending state: set notes the result under the lock.
func (f *concurrent) settle(op string, set func()) error {
	f.mu.Lock()
	if f.state == finished {
		f.mu.Unlock()
		return opError(op, ErrInvalidState)
	}
	set()
	f.state = finished
	callbacks := f.callbacks
	f.callbacks = nil
	f.release()
	if f.done != nil {
		close(f.done)
	}
	f.mu.Unlock()
	for _, fn := range callbacks {
		(*fn)()
	}
	return nil
}

// String shows the state, for debugging.
func (f *ConcurrentFuture[T]) String() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.state == pending:
		return "ConcurrentFuture(pending)"
	case f.err != nil:
		return "ConcurrentFuture(error: " + f.err.Error() + ")"
	default:
		return "ConcurrentFuture(finished)"
	}
}

// promisedBy notes that l will set the result. If l is closed, now or before kept is called, f
// fails with ErrLoopClosed. ok is false if l is closed now.
func (f *concurrent) promisedBy(l *Loop, op string) (kept func(), ok bool) {
	broken := func() { _ = f.settle(op, func() { f.err = opError(op, ErrLoopClosed) }) } // if it has no result yet
	id, ok := l.outside.promise(broken)
	if !ok {
		broken()
	}
	return func() { l.outside.kept(id) }, ok
}

// WrapFuture makes a future of the loop l that gets the result of f, for instance for [Wait] (F10).
// To wait for f alone, await f itself. Cancelling one of them cancels the other. Only the loop's
// goroutine may call it.
func WrapFuture[T any](l *Loop, f *ConcurrentFuture[T]) *Future[T] {
	if l == nil {
		panic(opError("WrapFuture", ErrNoTask))
	}
	l.mustBeOpen("WrapFuture")
	here := NewFuture[T](l)
	remove := f.AddDoneCallback(func() {
		_ = l.CallSoonThreadsafe(func() { copyOutcome(here, f) }) // a closed loop has nobody who waits
	})
	here.join(&waiter{to: direct(func() {
		if remove() && here.cancelled() {
			f.Cancel(nil)
		}
	})})
	return here
}

// copyOutcome copies the outcome of from to to.
func copyOutcome[T any](to *Future[T], from *ConcurrentFuture[T]) {
	if to.state != pending {
		return
	}
	from.mu.Lock()
	value, err, panicked := from.value, from.err, from.panic
	to.cut = from.cut
	from.mu.Unlock()
	if panicked != nil {
		err = panicked
	}
	to.value = value
	to.resolve(err)
}

// direct is called within the resolution of a future, not in the turn after it.
type direct func()

func (fn direct) notified(*future) { fn() }
