// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"time"

	"github.com/gocurtain/asyncio/trace"
)

// This file is the only way from a task's code into the loop: block suspends the task, and
// everything that waits is built on it. The checks of currentTask come before it. After it the
// caller leaves the queue that it had joined.

// currentTask returns the running task, the only one that may wait. Each wait begins with it. It
// does not check for a cancellation.
func currentTask(ctx context.Context, op string) (*task, error) {
	s, ok := ctx.(*scope)
	if !ok {
		if s, ok = ctx.Value(scopeKey{}).(*scope); !ok {
			return nil, opError(op, ErrNoTask)
		}
	}
	l := s.tree.loop
	if !l.mine() {
		return nil, l.refuse(op, l.refusal())
	}
	t := l.current
	if t == nil || s == &l.tree.root {
		return nil, opError(op, ErrNoTask)
	}
	t.coro.given = false // also if this wait turns out to be none
	return t, nil
}

// block suspends the current task until wake or, if ctx is cancelled, interrupt. The error is nil
// after a wake, even if a cancellation followed: a wait that was satisfied keeps its result. The
// caller has checked that ctx is not cancelled yet. on is what the task waits for, or nil; traces
// and the graph of waits show it. length is the length of a sleep, for traces.
//
// The frames from Sleep down to the switch are few and small: a sleeping task then fits in the 2
// KiB that a stack begins with, and the garbage collector, which walks every stack, is done with it
// sooner (BenchmarkSleepers).
func (t *task) block(ctx context.Context, kind trace.Wait, on awaitee, length time.Duration) error {
	s, ok := ctx.(*scope)
	if !ok {
		return t.blockUnder(ctx, kind, on, length)
	}
	if t.loop.hooks != nil {
		t.tellWait(kind, on, length)
	}
	t.coro.wait, t.coro.on, t.coro.under = kind, on, s
	s.addWaiter(t)
	t.does = waiting
	if !t.handOff() {
		t.park()
	}
	s.removeWaiter(t)
	if !t.interrupted {
		return nil
	}
	t.interrupted = false
	return s.Err()
}

// blockUnder is block for a context that is not ours: one derived by the standard library, or by
// another package.
func (t *task) blockUnder(ctx context.Context, kind trace.Wait, on awaitee, length time.Duration) error {
	s := t.loop.scopeUnder(ctx)
	if s == nil {
		t.suspend(kind, on, length)
		return nil
	}
	err := s.Err() // by another goroutine, since the caller has asked
	if err == nil {
		err = t.block(s, kind, on, length)
	}
	s.prune()
	if own := ctx.Err(); err != nil && own != nil {
		return own
	}
	return err
}

// suspend leaves the task's stack until it is woken; nothing interrupts it.
func (t *task) suspend(kind trace.Wait, on awaitee, length time.Duration) {
	if t.loop.hooks != nil {
		t.tellWait(kind, on, length)
	}
	t.coro.wait, t.coro.on, t.coro.under = kind, on, &t.loop.tree.root
	t.does = waiting
	t.park()
}

func (t *task) tellWait(kind trace.Wait, on awaitee, length time.Duration) {
	what, words := uint64(length), ""
	if on != nil {
		what, words = on.traceID(), t.coro.words(on)
	}
	t.loop.hooks.TaskWaits(t.id, kind, what, words)
}

// nextToHandOff returns the task whose step the loop would run next if the current task waited now.
// It returns nil if something comes first (another ready callback, a poll, a timer, another
// goroutine), or if there are hooks.
func (l *Loop) nextToHandOff() *task {
	if l.batch > 0 || l.ready.Len() != 1 {
		return nil
	}
	t := l.ready.First().task
	if t == nil || t.lent || l.hooks != nil || l.stopping || l.outside.pending.Load() || l.pollIsDue() || l.simulated && l.unsettled() {
		return nil
	}
	if l.timerIsDue() {
		return nil
	}
	return t
}

func (l *Loop) timerIsDue() bool {
	when, armed := l.timers.Next()
	return armed && time.Duration(when) <= l.clock.Now()
}

// handOff makes a step of the next task on t's own stack. That saves a switch to the loop, a turn
// there, and a switch to next. Most often next ends in this step, or gives t what it waits for, and
// t goes on without having been suspended (BenchmarkCreateAwait, BenchmarkQueue1). For all others t
// is waiting meanwhile: it is woken or interrupted as usual, and what next has scheduled comes
// before it. handOff reports whether t has been woken, is the next to run, and so goes on.
func (t *task) handOff() bool {
	l := t.loop
	next := l.nextToHandOff()
	if next == nil {
		return false
	}
	l.ready.Pop()
	l.nowValid = false
	l.attend()
	t.lent = true
	l.step(next)
	t.lent = false
	l.attend()
	l.current = t
	l.setOwner(t.coro)
	if t.does != ready || l.stopping || l.ready.Len() != 1 || l.ready.First().task != t {
		return false
	}
	if l.timerIsDue() {
		return false // it comes right after t, before what t schedules
	}
	l.ready.Pop()
	l.nowValid = false
	t.does = running
	return true
}

// awaitee is what a task can wait for.
type awaitee interface {
	traceID() uint64
	// blockers returns the tasks that it waits for, as far as they are known. (Nobody knows who
	// will put an item into a queue.)
	blockers() []*task
	// words are the program's own for it, "" for none.
	words() string
}
