// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"fmt"
	"runtime"

	"github.com/gocurtain/asyncio/internal/sys"
)

// The values of owner that are not the goroutine of a stack. No goroutine has one of these
// addresses.
const (
	// nobody: the loop does not run, and anybody may use it, one at a time.
	nobody = 1
	// exchanged: the loop is between two stacks.
	exchanged = 2
	// closedLoop: nobody may use it any more.
	closedLoop = ^uintptr(0)
)

// setOwner says on which stack the loop's code runs from now on. Most often it is the one that it
// did before, and an atomic store is not free (BenchmarkCreateAwait).
func (l *Loop) setOwner(s *stack) {
	if l.runsOn != s {
		l.enterStack(s)
	}
}

func (l *Loop) enterStack(s *stack) {
	if s.place == 0 {
		l.stacks.add(s)
	}
	l.runsOn = s
	l.owner.Store(s.G)
}

// disown says that the loop's code runs on no stack.
func (l *Loop) disown(why uintptr) {
	l.runsOn = nil
	l.owner.Store(why)
}

// leaveStack is called before what the watchdog reads of the current stack changes. After it either
// the watchdog finds no stack, or the loop has found the watchdog reading, and has waited.
func (l *Loop) leaveStack() {
	if l.runsOn != nil {
		l.disown(exchanged)
	}
	l.attend()
}

// access returns nil if the caller may use the loop, else ErrWrongGoroutine or ErrLoopClosed. One
// load and one compare, so it is always on (M2 is on in debug mode only).
func (l *Loop) access() error {
	if l.mine() {
		return nil
	}
	return l.refusal()
}

func (l *Loop) mine() bool {
	owner := l.owner.Load()
	return owner == nobody || owner == sys.CurrentG()
}

// isMade tells a loop from a zero value.
func (l *Loop) isMade() bool { return l.id != 0 }

func (l *Loop) refusal() error {
	switch {
	case l.closed.Load():
		return ErrLoopClosed
	case !l.isMade():
		return errZeroLoop
	default:
		return ErrWrongGoroutine
	}
}

// mustBeOpen is the check of everything that schedules (L5, S14).
func (l *Loop) mustBeOpen(op string) {
	if !l.mine() {
		panic(l.refuse(op, l.refusal()))
	}
}

// mustOwn is the check of what is harmless on a closed loop.
func (l *Loop) mustOwn(op string) {
	if err := l.access(); err != nil && err != ErrLoopClosed {
		panic(l.refuse(op, err))
	}
	l.usesAll()
}

// refuse is the error of a call by the wrong goroutine; in debug mode it shows both stacks.
func (l *Loop) refuse(op string, err error) error {
	if err == ErrWrongGoroutine && isPulled() {
		err = errPulled
	}
	if err == ErrWrongGoroutine && l.debug.Load() != nil {
		here := make([]byte, 1<<14)
		here = here[:runtime.Stack(here, false)]
		err = fmt.Errorf("%w\n\ncalled on\n%s\nwhile the loop runs\n%s", err, here, l.stackOf(nil))
	}
	return opError(op, err)
}

// onRunningLoop reports whether the caller is a loop's goroutine.
func onRunningLoop() bool {
	g := sys.CurrentG()
	for l := range loopsRunning.Range {
		if g != 0 && l.(*Loop).owner.Load() == g {
			return true
		}
	}
	return false
}

// uses tells the order, if there is one, that what runs now uses a.
func (l *Loop) uses(a *awaited) {
	if l.order != nil {
		l.tellUse(a)
	}
}

func (l *Loop) tellUse(a *awaited) { l.order.Uses(a.traceID()) }

// usesAll is uses for what is not about one object.
func (l *Loop) usesAll() {
	if l.order != nil {
		l.order.Uses(0)
	}
}

// usesUnbound is usesAll for an object that belongs to no loop yet: it tells the loop that runs on
// this goroutine.
func usesUnbound() {
	if orderedLoops.Load() == 0 {
		return
	}
	g := sys.CurrentG()
	for l := range loopsRunning.Range {
		if l := l.(*Loop); l.owner.Load() == g {
			l.usesAll()
		}
	}
}
