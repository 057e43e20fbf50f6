// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"fmt"

	"github.com/gocurtain/asyncio/internal/coro"
)

// This file keeps the Go runtime from aborting the process because a loop is run by a
// goroutine that is locked to its thread otherwise than the one that ran it before. A
// coroutine must be entered as it was made: on the same thread if that was locked, by
// whatever goroutine if not. The state is compared once for a run, and once by Close;
// what tasks and callbacks do to it between two switches is not seen.

// checkThread refuses to run the tasks that have begun under another state.
func (l *Loop) checkThread() error {
	for t := l.tasks; t != nil; t = t.next {
		if t.coro == nil {
			continue
		}
		switch here := coro.CurrentThread(); {
		case here == l.thread:
			return nil
		case here.Locked() && !l.thread.Locked():
			return fmt.Errorf("%w: call runtime.UnlockOSThread first", ErrOtherThread)
		default:
			return fmt.Errorf("%w: run it on the goroutine that did, locked as it was", ErrOtherThread)
		}
	}
	return nil
}

// enterThread notes the state in which the coroutines of a run are made. No task has
// begun under another; coroutines that such tasks have left are of no use.
func (l *Loop) enterThread() {
	here := coro.CurrentThread()
	if here != l.thread {
		l.freeCoros(here)
		l.thread = here
	}
}

// leaveThread ends a run. Only the thread that coroutines were made on, if that was
// locked, can free them, so it does so while it is here.
func (l *Loop) leaveThread() {
	if l.thread.Locked() {
		l.freeCoros(coro.CurrentThread())
	}
}

// freeCoros frees the idle coroutines.
func (l *Loop) freeCoros(here coro.Thread) {
	idle := l.coros
	l.coros = nil
	for _, c := range idle {
		l.stacks.remove(c)
	}
	free := func() {
		for _, c := range idle {
			c.Stop()
		}
	}
	switch {
	case here == l.thread:
		free()
	case !l.thread.Locked():
		go free() // a new goroutine is not locked
	default:
		// A callback has unlocked the thread, and no task has run since. To enter them would
		// be the end of the process; so their stacks stay.
	}
}
