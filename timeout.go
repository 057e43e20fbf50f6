// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"time"

	"github.com/gocurtain/asyncio/internal/timerheap"
)

// WithTimeout returns a context that is cancelled with [context.DeadlineExceeded] after d on the
// loop's clock (asyncio O1). Waits under it fail with that error. It is like [context.WithTimeout],
// but needs no goroutine and no runtime timer, and obeys a test's clock. If ctx is cancelled first,
// they fail with its error. Each context keeps its own error, so an outer timeout is never mistaken
// for an inner one (O3, O7).
//
// With a d of zero or less it expires in the next turn. Call cancel when the work is done: it
// disarms the timer.
func WithTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	return within(ctx, "WithTimeout", d)
}

func within(ctx context.Context, op string, d time.Duration) (context.Context, context.CancelFunc) {
	t := newTimeout(ctx, op)
	t.arm(max(d, 0))
	return &t.scope, t.Stop
}

// WithDeadline is WithTimeout with a time of the wall clock (timeout_at).
func WithDeadline(ctx context.Context, deadline time.Time) (context.Context, context.CancelFunc) {
	t := newTimeout(ctx, "WithDeadline")
	t.arm(max(time.Until(deadline), 0))
	t.promise(deadline)
	return &t.scope, t.Stop
}

// Timeout is a timeout that can be looked at and changed (O1, O5). Only the loop's goroutine may
// use it. Make one with [NewTimeout].
type Timeout struct {
	scope   scope
	timer   timerheap.ID
	when    time.Duration
	at      time.Time // the deadline on the wall clock, if it is known; guarded by scope.mu, as when and armed
	known   bool
	armed   bool
	expired bool
}

// NewTimeout is WithTimeout with a timeout that can be rescheduled. A negative d means that there
// is no deadline yet. Call Stop when the work is done.
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

// Reschedule moves the deadline to d from now; a negative d removes it. It reports false, and
// changes nothing, if the timeout has expired or was stopped.
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

// arm reads the clock and does not use the loop's time, for the same reason as Sleep.
func (t *Timeout) arm(d time.Duration) {
	l := t.scope.tree.loop
	t.scope.mu.Lock()
	defer t.scope.mu.Unlock()
	t.known = false
	if t.armed = d >= 0; !t.armed {
		return
	}
	if l.clock != (monotonic{}) {
		t.at, t.known = time.Now().Add(d), true // it cannot be worked out later: the two clocks go differently
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

// Expired reports whether the context was cancelled because the deadline has passed.
func (t *Timeout) Expired() bool {
	t.scope.mustBeMade("Timeout.Expired").mustOwn("Timeout.Expired")
	return t.expired
}

// Stop disarms the timer and cancels the context, if it has not expired. Stopping twice is
// harmless.
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

// deadline returns the deadline on both clocks, for context.Context. Until Reschedule every call
// returns the same. Any goroutine may call it.
func (t *Timeout) deadline() (when time.Duration, at time.Time, ok bool) {
	t.scope.mu.Lock()
	defer t.scope.mu.Unlock()
	if t.armed && !t.known {
		t.at, t.known = time.Now().Add(t.when-t.scope.tree.loop.clock.Now()), true
	}
	return t.when, t.at, t.armed
}

// WaitFor calls fn in the current task, with a context that expires after d (W9). If fn ignores its
// context and returns a result after the deadline, WaitFor returns that result. No other task takes
// part, so no cancellation is lost between two.
func WaitFor[T any](ctx context.Context, d time.Duration, fn func(ctx context.Context) (T, error)) (T, error) {
	ctx, cancel := within(ctx, "WaitFor", d)
	defer cancel()
	return fn(ctx)
}
