// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"time"

	"github.com/gocurtain/asyncio/internal/timerheap"
	"github.com/gocurtain/asyncio/trace"
)

// TimerHandle is a callback that the loop calls at a certain time. It is a value, like [Handle].
type TimerHandle struct {
	loop *Loop
	id   timerheap.ID
	when time.Duration
}

// timerEntry says what a timer does: call fn, or wake task.
type timerEntry struct {
	fn   func()
	task *task
	ref  uint64
}

// CallLater schedules fn: the loop calls it once, d from now at the earliest (S4). Now is the
// loop's time, which is read at most once per callback or step, so that arming and cancelling a
// timer reads no clock (BenchmarkTimerArmCancel). After a long computation in the same callback,
// call [Loop.Time] first. Timers with equal deadlines are called in the order in which they were
// armed. With a d of zero or less fn is due in the next turn.
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

// Cancel drops the callback, even if it is due in this very turn. It reports whether that came in
// time (S8). The zero TimerHandle has nothing to cancel.
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
