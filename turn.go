// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"fmt"
	"runtime"
	"time"

	"github.com/gocurtain/asyncio/internal/timerheap"
	"github.com/gocurtain/asyncio/selector"
	"github.com/gocurtain/asyncio/trace"
)

// How long ready work may put off a look at the descriptors (step 2). A poll costs more than many
// callbacks; but a chain of callbacks must not starve I/O.
const (
	maxSkippedPolls = 16
	maxPollDelay    = 100 * time.Microsecond
)

// idleReady is the largest ready queue that a loop keeps when it sleeps.
const idleReady = 16384

// runTurns runs turns until the loop is stopping, or the selector fails, or a callback panics; in
// that last case it is called again, and goes on in the middle of the turn. So the price of the
// recover is paid once a run, not once a callback.
//
// A turn has the steps of the package comment. With once it runs one turn, or what is left of it.
func (l *Loop) runTurns(once bool) (panicked bool, err error) {
	panicked = true
	defer func() {
		if !panicked {
			return
		}
		if v := recover(); v != nil {
			l.reportPanic(v)
		}
	}()
	for {
		if !l.inTurn {
			if err := l.beginTurn(); err != nil {
				return false, err
			}
		}
		l.runReady() // 5
		l.endTurn()
		if l.stopping || once {
			return false, nil
		}
	}
}

// beginTurn is a turn up to the point where callbacks run.
func (l *Loop) beginTurn() error {
	if l.jobs > 0 && l.ready.Len() == 0 {
		// A short blocking function is over before the loop has fallen asleep, and need not wake it
		// (BenchmarkToThread).
		runtime.Gosched()
	}
	if l.outside.pending.Load() {
		l.takeOutside()
	}
	if l.simulated {
		l.settle()
	}
	if h := l.hooks; h != nil {
		l.turns++
		h.TurnBegin(l.turns, l.ready.Len())
	}
	if timeout, poll := l.pollTimeout(); poll { // 1
		if err := l.poll(timeout); err != nil { // 2 and 3
			l.endTurn()
			return err
		}
	}
	if l.timers.Len() > 0 {
		l.expireTimers() // 4
	}
	l.batch = l.ready.Len()
	l.inTurn = true
	return nil
}

// settle tells the loop what has happened in the meantime, which is otherwise the work of
// goroutines of ours. An ordinary loop can wait for them. A simulated loop must not let its clock
// jump while they are on their way, and chance must not decide how far they are.
func (l *Loop) settle() {
	l.tellTrees()
	if l.exchange != nil {
		l.exchange.settle()
	}
}

// unsettled reports whether settle may have something to do after each step.
func (l *Loop) unsettled() bool {
	return l.trees.first != nil || l.exchange != nil && l.exchange.unsettled()
}

func (l *Loop) endTurn() {
	l.inTurn = false
	if l.batch == 0 { // else a callback has left by Goexit, and the next turn runs the rest
		l.due = l.due[:0]
	}
	if l.hooks != nil {
		l.tellTurnEnd()
	}
}

// tellTurnEnd stands apart, so that endTurn is inlined.
func (l *Loop) tellTurnEnd() { l.hooks.TurnEnd(l.turns) }

// pollTimeout decides how long the poll may wait, negative for no limit, and whether there is to be
// one at all.
func (l *Loop) pollTimeout() (timeout time.Duration, poll bool) {
	if l.ready.Len() > 0 || l.stopping {
		return 0, l.pollIsDue()
	}
	when, armed := l.timers.Next()
	if !armed {
		return -1, true
	}
	return until(time.Duration(when), l.clock.Now()), true
}

// pollIsDue says whether the loop, with work at hand, looks at the descriptors first. If none is
// watched it need not: other goroutines are heard without a poll.
func (l *Loop) pollIsDue() bool {
	if l.watches == 0 {
		return false
	}
	l.skipped++
	if l.skipped >= maxSkippedPolls {
		return true
	}
	return l.clock.Now()-l.polledAt >= maxPollDelay
}

// poll waits for descriptors and queues the callbacks of those that are ready.
func (l *Loop) poll(timeout time.Duration) error {
	h := l.hooks
	if timeout != 0 {
		l.ready.Trim(idleReady)
		l.latency.pushedAt = 0 // another task has run it meanwhile (handOff)
		l.attend()             // a stall does not last while the loop waits
		if l.trimCoros() || !l.outside.fallAsleep() {
			timeout = 0
		}
	}
	if h != nil {
		h.PollBegin(timeout)
	}
	var err error
	l.events, err = l.selector.Wait(timeout, l.events)
	l.outside.wakeUp()
	l.stall.dog.awake()
	if h != nil {
		h.PollEnd(len(l.events))
	}
	if err != nil {
		return fmt.Errorf("asyncio: waiting for events: %w", err)
	}
	l.skipped = 0
	l.latency.turnsLeft -= pollWeight
	if l.watches > 0 {
		l.polledAt = l.clock.Now()
	}
	l.dispatchReady()
	l.takeOutside()
	return nil
}

// watched is what a loop registers with its selector, apart from the waker: a [watch].
type watched interface {
	ready(events selector.Events)
}

// dispatchReady queues the callbacks of the descriptors that are ready.
func (l *Loop) dispatchReady() {
	for i := range l.events {
		e := &l.events[i]
		if w, ok := e.Key.Data.(watched); ok {
			w.ready(e.Ready)
			continue
		}
		// It is the waker. What it announced is in l.outside.
		_ = l.waker.Drain()
	}
	clear(l.events)
}

// expireTimers queues the timers that are due, earliest first, equal ones in the order they were
// armed.
func (l *Loop) expireTimers() {
	now := int64(l.clock.Now())
	for {
		id, ok := l.timers.PopDue(now)
		if !ok {
			return
		}
		timer := l.timers.Get(id)
		if t := timer.task; t != nil {
			l.timers.Cancel(id)
			l.wake(t, trace.WakeTimer, nil)
			continue
		}
		l.due = append(l.due, id)
		l.ready.Push(readyEntry{ref: uint64(len(l.due))})
	}
}

// runReady runs exactly the handles that were ready when the turn's poll was over; what they
// schedule waits for the next turn, so descriptors and timers get theirs in between.
func (l *Loop) runReady() {
	if l.latency.turnsLeft--; l.latency.turnsLeft <= 0 || l.order != nil {
		l.runSlowly()
		return
	}
	for l.batch > 0 {
		l.batch--
		l.attend()
		l.nowValid = false
		// As runEntry, which would be a call (BenchmarkCallSoon).
		e := l.ready.Pop()
		switch {
		case e.task != nil:
			l.step(e.task)
		case e.fn != nil:
			l.call(e.fn, e.ref)
		case e.ref != 0:
			l.callTimer(l.due[e.ref-1])
		}
	}
}

// runSlowly is runReady for a loop with an order, and for turns that are measured.
func (l *Loop) runSlowly() {
	switch {
	case l.order != nil:
		l.runOrdered()
	case l.latency.pushedAt != 0:
		l.takeDelay()
		l.runReady()
	default:
		l.runSampled()
	}
}

// runEntry runs one callback or step.
func (l *Loop) runEntry(e readyEntry) {
	l.attend()
	l.nowValid = false
	switch {
	case e.task != nil:
		l.step(e.task)
	case e.fn != nil:
		l.call(e.fn, e.ref)
	case e.ref != 0:
		l.callTimer(l.due[e.ref-1])
	}
}

// callTimer runs the callback of a timer that is due, unless it was cancelled meanwhile.
func (l *Loop) callTimer(id timerheap.ID) {
	if timer, ok := l.timers.Take(id); ok {
		l.call(timer.fn, timer.ref)
	}
}

// call runs one callback.
func (l *Loop) call(fn func(), ref uint64) {
	l.setOwner(l.home)
	if l.hooks != nil {
		l.callHooked(fn, ref)
		return
	}
	fn()
}

func (l *Loop) callHooked(fn func(), ref uint64) {
	h := l.hooks
	if ref == 0 {
		ref = newID() // it was scheduled before there were hooks
	}
	h.HandleBegin(ref)
	defer h.HandleEnd(ref) // also if fn panics
	fn()
}

// runSampled is runReady for a turn that is measured.
func (l *Loop) runSampled() {
	x := &l.latency
	x.turnsLeft = sampleEvery
	begin, first := l.clock.Now(), l.ready.Head()+uint64(l.ready.Len())
	for l.batch > 0 {
		l.batch--
		l.runEntry(l.ready.Pop())
		if x.pushedAt == 0 && l.ready.Head()+uint64(l.ready.Len()) != first {
			x.pushedAt = l.clock.Now()
		}
	}
	x.turns.add(l.clock.Now() - begin)
	if x.pushedAt != 0 {
		x.turnsLeft = 0 // the next turn begins with it
	}
}

// takeDelay ends the measurement of a delay: the callback is the first of this turn.
func (l *Loop) takeDelay() {
	x := &l.latency
	x.delays.add(l.clock.Now() - x.pushedAt)
	x.pushedAt, x.turnsLeft = 0, sampleEvery
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

// chosen takes the entry that the order wants next out of the ready queue. It reports false if none
// of the turn is left, or none is wanted. Entries keep their places, by which a [Handle] finds its
// own, and leave the queue together.
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

// listChoices lists what is ready; what belongs to this turn comes first.
func (l *Loop) listChoices() {
	l.choices = l.choices[:0]
	first := l.ready.Head()
	for number := first; number < first+uint64(l.ready.Len()); number++ {
		r := Choice{Number: number, Later: number >= first+uint64(l.batch)}
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
