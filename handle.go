// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"sync/atomic"

	"github.com/gocurtain/asyncio/trace"
)

var lastID atomic.Uint64

// newID returns an id for a handle or a future that a trace is to show.
func newID() uint64 { return lastID.Add(1) }

// Handle is a callback that [Loop.CallSoon] has scheduled. It is a value: copying it is fine, and
// keeping it keeps nothing alive.
type Handle struct {
	loop *Loop
	seq  uint64 // its number in the ready queue
}

// readyEntry is an entry of the ready queue: a callback or a task's step. If both are nil, it is a
// timer that is due and can still be cancelled, or a callback that was cancelled.
type readyEntry struct {
	fn   func()
	task *task
	ref  uint64 // the handle's id for traces; for a timer, one more than its place in Loop.due
}

// CallSoon schedules fn: the loop calls it once, in the next turn, in order of scheduling (asyncio
// S1). If fn panics, the exception handler gets the panic, and the loop goes on (S11). On a closed
// loop CallSoon panics with [ErrLoopClosed].
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

// Cancel drops the callback, so that the loop does not call it. It reports whether that came in
// time (S8). The zero Handle has nothing to cancel.
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

// unqueue empties an entry of the ready queue.
func (l *Loop) unqueue(e *readyEntry) {
	ref := e.ref
	*e = readyEntry{}
	l.cancelled(ref)
}

func (l *Loop) cancelled(ref uint64) {
	if h := l.hooks; h != nil {
		if ref == 0 {
			ref = newID() // it was scheduled before there were hooks
		}
		h.HandleCancelled(ref)
	}
}

// remember makes fn know where it was scheduled or added, in debug mode.
func (l *Loop) remember(fn func()) func() {
	if d := l.debug.Load(); d != nil {
		return d.wrap(fn, l.origin(3))
	}
	return fn
}
