// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"fmt"
	"runtime"

	"github.com/gocurtain/asyncio/internal/coro"
	"github.com/gocurtain/asyncio/internal/sys"
)

// setOwner says on which stack the loop's code runs from now on. Most often it is
// the one that it did before, and an atomic store is not free.
func (l *Loop) setOwner(s *stack) {
	if l.runsOn.Load() != s {
		l.enterStack(s)
	}
}

func (l *Loop) enterStack(s *stack) {
	l.runsOn.Store(s)
	if l.owner.Load() != s.G {
		l.owner.Store(s.G)
	}
}

// leaveStack comes before a change of what the watchdog reads of the stack that the code runs
// on. Either the watchdog finds no stack then, or the loop finds it reading, and waits.
func (l *Loop) leaveStack() {
	if l.runsOn.Load() != nil {
		l.runsOn.Store(nil)
	}
	l.attend()
}

// closedLoop is the owner of a closed loop: no goroutine has this address.
var closedLoop = &stack{Coro: coro.Coro{G: ^uintptr(0)}}

// nowhere is the owner of a loop that does not run: anybody may use it, one at a time.
var nowhere = &stack{Coro: coro.Coro{G: nobody}}

// nobody is the G of nowhere: no goroutine has this address either.
const nobody = 1

// access returns nil if the caller may use the loop, else ErrWrongGoroutine or
// ErrLoopClosed. One load and one compare, so it is always on (M2 is on in debug mode only).
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

// refuse is the error of a call by the wrong goroutine; in debug mode it shows both.
func (l *Loop) refuse(op string, err error) error {
	if err == ErrWrongGoroutine && isPulled() {
		err = errPulled
	}
	if err == ErrWrongGoroutine && l.Debug() {
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
