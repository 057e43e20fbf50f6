// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"sync/atomic"

	"github.com/gocurtain/asyncio/internal/sys"
)

// Order decides in which order handles run. The loop promises the order in
// which they became ready, but when descriptors, timers and other goroutines make
// something ready is chance, so a program should be right under every order: package
// asynciotest tries them.
//
// The loop calls both methods on its own goroutine, or on that of the task that is
// running. They must not call back into the loop.
type Order interface {
	// Next returns the index of the handle to run next; a negative one stops the loop, as
	// [Loop.Stop] does, but at once. At least one is not of a later turn. ready is the
	// loop's again when Next returns.
	Next(ready []ReadyHandle) int
	// Uses says that what runs now uses an object: a task, a future, a lock or what else
	// tasks wait for, by its id (a task may have the same one as another object: then they
	// count as one, which only makes fewer steps exchangeable); 0 stands for everything, and for what the loop does not
	// know better. Two steps that use different objects of ours can be exchanged, unless they
	// share something else.
	Uses(object uint64)
}

// ReadyHandle is something that an [Order] may choose: the step of a task or a callback.
type ReadyHandle struct {
	Task   uint64 // the task's id, 0 for a callback
	Number uint64 // how many handles of the loop had become ready before
	Later  bool   // without an order it would be left to the next turn
}

// runOrdered is runReady for a loop with an order.
func (l *Loop) runOrdered() {
	for {
		e, ok := l.chosen()
		if !ok {
			return
		}
		l.runEntry(e)
	}
}

// chosen takes the entry that the order wants next out of the ready queue. It reports
// false if none of the turn is left, or none is wanted. Entries keep their places, by
// which a [Handle] finds its own, and leave the queue together.
func (l *Loop) chosen() (e readyEntry, ok bool) {
	l.settle()
	l.listChoices()
	if len(l.choices) == 0 || l.choices[0].Later {
		for ; l.batch > 0; l.batch-- {
			l.ready.Pop()
		}
		return e, false
	}
	i := l.order.Next(l.choices)
	if i < 0 {
		l.stopping = true
		return e, false
	}
	place := l.ready.At(l.choices[i].Number)
	e, *place = *place, e
	return e, true
}

// listChoices lists what is ready, first what is of this turn.
func (l *Loop) listChoices() {
	l.choices = l.choices[:0]
	first := l.ready.Head()
	for number := first; number < first+uint64(l.ready.Len()); number++ {
		r := ReadyHandle{Number: number, Later: number >= first+uint64(l.batch)}
		switch e := l.ready.At(number); {
		case e.task != nil:
			r.Task = e.task.id
		case e.fn != nil:
		case e.ref != 0 && l.timers.Get(l.due[e.ref-1]) != nil:
		default:
			continue // it was cancelled
		}
		l.choices = append(l.choices, r)
	}
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

// orderedLoops counts the running loops that have an order.
var orderedLoops atomic.Int32

// usesUnbound is usesAll for the use of a thing that belongs to no loop yet, for the loop
// that runs on this goroutine.
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
