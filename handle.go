// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"math"
	"sync/atomic"
	"time"

	"github.com/gocurtain/asyncio/internal/timerheap"
	"github.com/gocurtain/asyncio/trace"
)

var lastID atomic.Uint64

// newID returns an id for a handle or a future that a trace is to show.
func newID() uint64 { return lastID.Add(1) }

// Handle is a callback that [Loop.CallSoon] has scheduled. It is a value: copying it
// is fine, and keeping it keeps nothing alive.
type Handle struct {
	loop *Loop
	seq  uint64 // its number in the ready queue
}

// CallSoon schedules fn to be called by the loop, in the next turn, in order of
// scheduling, once (asyncio S1). If fn panics, the exception handler is told, and
// the loop goes on (S11). On a closed loop it panics with [ErrLoopClosed].
func (l *Loop) CallSoon(fn func()) Handle {
	l.mustBeOpen("Loop.CallSoon")
	mustCall("Loop.CallSoon", fn)
	e := readyEntry{fn: l.remember(fn)}
	if h := l.hooks; h != nil {
		e.ref = newID()
		h.HandleScheduled(e.ref, trace.OriginSoon, 0)
	}
	return Handle{loop: l, seq: l.ready.Push(e)}
}

// remember makes fn know where it was scheduled or added, in debug mode.
func (l *Loop) remember(fn func()) func() {
	if d := l.debug.Load(); d != nil {
		return d.wrap(fn, l.origin(3))
	}
	return fn
}

// mustHave refuses a nil function where it is passed, not where a task would call it.
func mustHave(op string, given bool) {
	if !given {
		panic(opError(op, errNilFunction))
	}
}

// mustCall refuses a nil callback where it is passed, not where it would be called (M3).
func mustCall(op string, fn func()) {
	if fn == nil {
		panic(opError(op, errNilCallback))
	}
}

// Cancel makes the loop not call the callback, and drops it. It reports whether that
// came in time (S8). The zero Handle has nothing to cancel.
func (h Handle) Cancel() bool {
	if h.loop == nil {
		return false
	}
	h.loop.mustOwn("Handle.Cancel")
	e := h.loop.ready.At(h.seq)
	if e == nil || e.fn == nil {
		return false
	}
	h.loop.unqueue(e)
	return true
}

// unqueue makes nothing of an entry of the ready queue.
func (l *Loop) unqueue(e *readyEntry) {
	ref := e.ref
	*e = readyEntry{}
	l.cancelled(ref)
}

func (l *Loop) cancelled(ref uint64) {
	if h := l.hooks; h != nil {
		h.HandleCancelled(ref)
	}
}

// TimerHandle is a callback that is to be called at a certain time. It is a value,
// like [Handle].
type TimerHandle struct {
	loop *Loop
	id   timerheap.ID
	when time.Duration
}

// CallLater schedules fn to be called once, d from now at the earliest, where now is
// the loop's time: read at most once per callback or step, so that arming and
// cancelling a timer reads no clock (S4; BenchmarkTimerArmCancel). After a long
// computation in the same callback, call [Loop.Time] first. Timers with equal
// deadlines are called in the order they were armed. A d of zero or less is due in
// the next turn.
func (l *Loop) CallLater(d time.Duration, fn func()) TimerHandle {
	l.mustBeOpen("Loop.CallLater")
	mustCall("Loop.CallLater", fn)
	return l.callAt(l.after(l.time(), d), d, fn)
}

// CallAt is CallLater with an absolute time of the loop's clock ([Loop.Time]).
func (l *Loop) CallAt(when time.Duration, fn func()) TimerHandle {
	l.mustBeOpen("Loop.CallAt")
	mustCall("Loop.CallAt", fn)
	return l.callAt(when, when-l.time(), fn)
}

func (l *Loop) callAt(when, d time.Duration, fn func()) TimerHandle {
	e := timerEntry{fn: l.remember(fn)}
	if h := l.hooks; h != nil {
		e.ref = newID()
		h.HandleScheduled(e.ref, trace.OriginTimer, d)
	}
	return TimerHandle{loop: l, id: l.timers.Push(int64(when), e), when: when}
}

// after adds without running over: a timer of 292 years is no timer of the past.
func (l *Loop) after(now, d time.Duration) time.Duration {
	when := now + d
	switch {
	case (d > 0) == (when > now):
		return when
	case d > 0:
		return math.MaxInt64
	default:
		return math.MinInt64
	}
}

// Cancel makes the loop not call the callback, also if it is due in this very turn.
// It reports whether that came in time (S8). The zero TimerHandle has nothing to cancel.
func (h TimerHandle) Cancel() bool {
	if h.loop == nil {
		return false
	}
	h.loop.mustOwn("TimerHandle.Cancel")
	return h.loop.cancelTimer(h.id)
}

func (l *Loop) cancelTimer(id timerheap.ID) bool {
	timer := l.timers.Get(id)
	if timer == nil {
		return false
	}
	ref := timer.ref
	l.timers.Cancel(id)
	l.cancelled(ref)
	return true
}

// When returns the time of the loop's clock at which the callback is due (S9).
func (h TimerHandle) When() time.Duration { return h.when }
