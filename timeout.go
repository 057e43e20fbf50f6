// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"time"

	"github.com/gocurtain/asyncio/internal/timerheap"
)

// WithTimeout returns a context that is cancelled with [context.DeadlineExceeded]
// d from now on the loop's clock, like [context.WithTimeout] but without a goroutine
// or a runtime timer, and true to a test's clock (asyncio O1). Waits under it fail
// with that error. A cancellation of ctx wins if it comes first; each context keeps
// its own error, so an outer timeout is never mistaken for an inner one (O3, O7).
//
// A d of zero or less is due in the next turn. Call cancel when the work is done: it
// disarms the timer.
func WithTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return within(ctx, "WithTimeout", d)
}

func within(ctx context.Context, op string, d time.Duration) (context.Context, context.CancelFunc) {
	t := newTimeout(ctx, op)
	t.arm(max(d, 0))
	return &t.scope, t.Stop
}

// WithDeadline is WithTimeout for a moment of the wall clock (timeout_at).
func WithDeadline(ctx context.Context, deadline time.Time) (context.Context, context.CancelFunc) {
	t := newTimeout(ctx, "WithDeadline")
	t.arm(max(time.Until(deadline), 0))
	t.promise(deadline)
	return &t.scope, t.Stop
}

// Timeout is a timeout that can be looked at and changed (O1, O5). Only the loop's
// goroutine may use it. Make one with [NewTimeout].
type Timeout struct {
	scope   scope
	timer   timerheap.ID
	when    time.Duration
	at      time.Time // the deadline on the wall clock, if it is known; guarded by scope.mu, as when and armed
	known   bool
	armed   bool
	expired bool
}

// NewTimeout is WithTimeout for those who want to reschedule. A negative d means no
// timeout for the time being. Call Stop when the work is done.
func NewTimeout(ctx context.Context, d time.Duration) (context.Context, *Timeout) {
	t := newTimeout(ctx, "NewTimeout")
	t.arm(d)
	return &t.scope, t
}

func newTimeout(ctx context.Context, op string) *Timeout {
	l := mustLoop(ctx, op)
	t := &Timeout{}
	t.scope.init(ctx, l)
	t.scope.mu.Lock()
	t.scope.rarely().timeout = t
	t.scope.mu.Unlock()
	return t
}

// Reschedule moves the deadline to d from now; a negative d takes it away. It
// reports false, and changes nothing, if the timeout has expired or was stopped.
func (t *Timeout) Reschedule(d time.Duration) bool {
	l := t.scope.mustBeMade("Timeout.Reschedule")
	l.mustBeOpen("Timeout.Reschedule")
	if t.scope.cancelled() {
		return false
	}
	l.cancelTimer(t.timer)
	t.arm(d)
	return true
}

// arm counts from the clock, not from the loop's time, like Sleep and for its reason.
func (t *Timeout) arm(d time.Duration) {
	l := t.scope.tree.loop
	t.scope.mu.Lock()
	defer t.scope.mu.Unlock()
	t.known = false
	if t.armed = d >= 0; !t.armed {
		return
	}
	if l.clock != (monotonic{}) {
		t.at, t.known = time.Now().Add(d), true // later it could not be told: the two clocks go differently
	}
	t.when = l.after(l.readClock(), d)
	t.timer = l.callAt(t.when, d, t.expire).id
}

// expire is the timer's callback.
func (t *Timeout) expire() {
	t.expired = !t.scope.cancelled()
	t.scope.cancel(context.DeadlineExceeded, nil)
}

// When returns the deadline on the loop's clock; ok is false if there is none.
func (t *Timeout) When() (when time.Duration, ok bool) {
	t.scope.mustBeMade("Timeout.When").mustOwn("Timeout.When")
	return t.when, t.armed
}

// Expired reports whether the deadline has passed and the context was cancelled for it.
func (t *Timeout) Expired() bool {
	t.scope.mustBeMade("Timeout.Expired").mustOwn("Timeout.Expired")
	return t.expired
}

// Stop disarms the timer and cancels the context, if it has not expired. Stopping
// twice is harmless.
func (t *Timeout) Stop() {
	l := t.scope.mustBeMade("Timeout.Stop")
	l.mustOwn("Timeout.Stop")
	l.cancelTimer(t.timer)
	t.scope.cancel(context.Canceled, nil)
	t.scope.release()
}

// promise says which moment of the wall clock the deadline is.
func (t *Timeout) promise(at time.Time) {
	t.scope.mu.Lock()
	t.at, t.known = at, true
	t.scope.mu.Unlock()
}

// deadline is the deadline on both clocks, for context.Context: every call returns the
// same, until Reschedule. Any goroutine may call it.
func (t *Timeout) deadline() (when time.Duration, at time.Time, ok bool) {
	t.scope.mu.Lock()
	defer t.scope.mu.Unlock()
	if t.armed && !t.known {
		t.at, t.known = time.Now().Add(t.when-t.scope.tree.loop.clock.Now()), true
	}
	return t.when, t.at, t.armed
}

// WaitFor runs fn in this task under a timeout (W9). No other task takes part, so no
// cancellation is lost between two: if fn ignores its context and returns a result
// after the deadline, that result is returned.
func WaitFor[T any](ctx context.Context, d time.Duration, fn func(ctx context.Context) (T, error)) (T, error) {
	ctx, cancel := within(ctx, "WaitFor", d)
	defer cancel()
	return fn(ctx)
}
