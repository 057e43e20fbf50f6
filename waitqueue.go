// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"fmt"

	"github.com/gocurtain/asyncio/internal/printable"
	"github.com/gocurtain/asyncio/trace"
)

// WaitQueue is a queue of tasks that wait for something. Locks, queues and connections are built on
// it, and your own types can be, too. The zero value is ready to use. It must not be copied. It
// belongs to a loop as a [Lock] does.
//
// It is fair: the task that has waited longest is woken first. When your code wakes a task, it must
// also give the task what it waits for, in your type's own variables: the lock has a new holder,
// the permit does not become free. Then nobody can take it in between, and the woken task need not
// check again. A woken task keeps what it got, even if it is cancelled before it runs: its Wait
// returns nil. So there is nothing to hand on.
//
// A method of yours that may wait looks like this:
//
//	func (s *Semaphore) Acquire(ctx context.Context) error {
//		if err := s.queue.Enter(ctx); err != nil {
//			return err
//		}
//		if s.free > 0 {
//			s.free--
//			return nil
//		}
//		return s.queue.Wait(ctx, trace.WaitSemaphore, nil)
//	}
//
// and one that does not:
//
//	func (s *Semaphore) Release() {
//		if s.queue.WakeOne() == nil {
//			s.free++
//		}
//	}
type WaitQueue struct {
	waitPlace
	waiters waiters
}

// Words is a text that says what a task waits for; see [WaitQueue.Wait].
type Words string

// String returns the text.
func (w Words) String() string { return string(w) }

// Holder is something that tasks wait for and that knows which tasks hold it, such as a lock. The
// graph of waits shows these tasks, and so finds deadlocks. It passes over nil.
type Holder interface {
	Holders() []AnyTask
}

// Enter begins a method that may wait. It returns an error if no task calls it, or ctx comes from
// none of the loop ([ErrNoTask], [ErrWrongGoroutine]), if the queue belongs to another loop
// ([ErrOtherLoop]), or if ctx is cancelled. Wait checks the same. Call Enter in a method that
// sometimes does not wait, so that the check does not depend on whether it waits. It also tells an
// order of package asynciotest that the task uses the queue.
//
// Only the task that ctx belongs to may call it.
func (q *WaitQueue) Enter(ctx context.Context) error {
	_, err := q.enter(ctx, "WaitQueue.Enter")
	return err
}

// Use begins a method that never waits and wakes nobody, but reads or changes what waiting tasks
// depend on. It panics with [ErrWrongGoroutine] on another goroutine than the loop's. It also tells
// an order of package asynciotest that the queue is used.
func (q *WaitQueue) Use() { q.mustOwn("WaitQueue.Use") }

// Wait suspends the current task until it is woken, and returns nil. If ctx is cancelled, before or
// meanwhile, Wait returns ctx.Err(); then the task was not woken and is no longer in the queue. If
// the task was woken before the cancellation, Wait returns nil.
//
// Traces and the graph of waits show what the task waits for: kind says how it waits
// ([trace.WaitObject] if no other fits, or if tasks that wait so are in no queue), and the String
// method of what says for what. If what is nil, the queue's name says it. For a plain text use
// [Words]. If what is a [Holder], the graph shows its holders. The loop calls both methods while
// the task waits; they must not wait or wake. A recording keeps each text once, so use few
// different ones.
//
// Only the task that ctx belongs to may call it.
func (q *WaitQueue) Wait(ctx context.Context, kind trace.Wait, what fmt.Stringer) error {
	t, err := q.enter(ctx, "WaitQueue.Wait")
	if err != nil {
		return err
	}
	if kind < trace.WaitLock || kind > trace.WaitObject {
		kind = trace.WaitObject
	}
	t.coro.what = what
	err = q.wait(ctx, t, &q.waiters, kind, q)
	t.coro.what = nil
	return err
}

// WakeOne wakes the task that has waited longest, and returns it, nil if none waits.
func (q *WaitQueue) WakeOne() AnyTask {
	q.mustOwn("WaitQueue.WakeOne")
	return public(q.wakeFirst(&q.waiters))
}

// WakeIf wakes the task that has waited longest, if ok returns true for the what that the task
// passed to Wait. So what may say how much a task needs, or have room for what it gets. WakeIf
// returns the task, nil if none waits or ok returned false. ok must not wait, wake or cancel: if
// the task has left the queue meanwhile, WakeIf panics with [ErrInvalidState].
//
// A task whose turn has not come holds up those behind it, who may need less. If it is cancelled,
// its Wait returns an error: call WakeIf then for those, as the example does.
func (q *WaitQueue) WakeIf(ok func(what fmt.Stringer) bool) AnyTask {
	q.mustOwn("WaitQueue.WakeIf")
	t := q.waiters.firstTask()
	if t == nil || !ok(t.coro.what) {
		return nil
	}
	if q.waiters.firstTask() != t {
		panic(opError("WaitQueue.WakeIf", fmt.Errorf("ok has let the task that waited longest leave the queue: %w", ErrInvalidState)))
	}
	q.waiters.leave(&t.place)
	t.loop.rise(t, trace.WakeObject, &q.awaited)
	return public(t)
}

// WakeAll wakes all tasks that wait, and returns how many they were.
func (q *WaitQueue) WakeAll() int {
	q.mustOwn("WaitQueue.WakeAll")
	n := 0
	for q.wakeFirst(&q.waiters) != nil {
		n++
	}
	return n
}

// Len returns how many tasks wait. It counts them.
func (q *WaitQueue) Len() int {
	q.mustOwn("WaitQueue.Len")
	return q.waiters.count()
}

// String shows how many tasks wait, for debugging.
func (q *WaitQueue) String() string {
	return q.describe("WaitQueue", "%d waiting", q.Len())
}

// public is t as the program knows it, nil for nil.
func public(t *task) AnyTask {
	if t == nil {
		return nil
	}
	return t.self.public()
}

// waitPlace is the part that locks, queues and their kin share. The rings of waiting tasks are not
// in it, since a queue has several.
type waitPlace struct {
	awaited
	name string
}

// SetName gives it a name for traces, graphs and errors; "" removes the name.
func (p *waitPlace) SetName(name string) {
	p.mustOwn("SetName")
	p.name = name
}

// Name returns the name given by SetName.
func (p *waitPlace) Name() string {
	p.mustOwn("Name")
	return p.name
}

func (p *waitPlace) words() string { return p.name }

// describe is what String returns: a noun, and the name and a state in parentheses.
func (p *waitPlace) describe(noun, format string, args ...any) string {
	state := fmt.Sprintf(format, args...)
	if p.name != "" {
		state = printable.Line(p.name) + ", " + state
	}
	return noun + "(" + state + ")"
}

// enter is the beginning of each method that may wait: it returns the current task, if that may use
// p, and ctx is not cancelled.
func (p *waitPlace) enter(ctx context.Context, op string) (*task, error) {
	t, err := currentTask(ctx, op)
	if err != nil {
		return nil, err
	}
	if p.loop != t.loop && !p.bind(t.loop) {
		return nil, opError(op, ErrOtherLoop)
	}
	if !isClear(ctx) {
		if err := errOf(ctx); err != nil {
			return nil, err
		}
	}
	t.loop.uses(&p.awaited)
	return t, nil
}

// bind makes p belong to the first loop whose tasks use it, until that loop is closed.
func (p *waitPlace) bind(l *Loop) bool {
	if p.loop != nil && !p.loop.closed.Load() {
		return false
	}
	p.loop = l
	return true
}

// wait suspends t, the current task, among ws until one of the methods below wakes it. on is the
// object that p is a part of. If there is an error, it is ctx's, and t was not woken: wakeFirst
// skips it.
func (p *waitPlace) wait(ctx context.Context, t *task, ws *waiters, kind trace.Wait, on awaitee) error {
	ws.join(&t.place)
	err := t.block(ctx, kind, on, 0)
	t.loop.uses(&p.awaited)
	if err != nil {
		ws.leave(&t.place)
	}
	return err
}

// wakeFirst wakes the task that has waited longest, and returns it, nil if none waits. The task
// owns what it waited for from now on: no cancellation before its next step takes that away, so
// nothing has to hand it on (C13).
func (p *waitPlace) wakeFirst(ws *waiters) *task {
	for ws.first != nil {
		w := ws.first
		ws.leave(w)
		if t, ok := w.to.(*task); ok && t.loop.wake(t, trace.WakeObject, &p.awaited) {
			return t
		}
	}
	return nil
}

// wakeAll wakes all tasks that wait.
func (p *waitPlace) wakeAll(ws *waiters) {
	for p.wakeFirst(ws) != nil {
	}
}
