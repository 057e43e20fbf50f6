// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"fmt"

	"github.com/gocurtain/asyncio/trace"
)

// WaitQueue is a queue of tasks that wait for something: what locks, queues, connections and
// your own ways to wait are made of. The zero value is ready to use. It must not be copied. It
// belongs to a loop as a [Lock] does.
//
// It is fair: those who have waited longest are woken first. Whoever wakes a task gives it what
// it waits for at that moment, in the variables of whatever the queue is a part of: the holder
// of a lock is another one, the permit does not become free. Then nobody can take it in between,
// and the woken task need not look again. A task that was woken keeps what it got, even if it is
// cancelled before it runs: its Wait returns nil. So nothing has to be handed on for it.
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

// Words are a text that says what a task waits for; see [WaitQueue.Wait].
type Words string

// String returns the text.
func (w Words) String() string { return string(w) }

// Holder is what tasks wait for, if it knows which tasks will give it to them: those that hold
// a lock, say. The graph of waits then shows them, and finds deadlocks.
type Holder interface {
	Holders() []AnyTask
}

// Enter begins a method that may wait. It returns an error if the caller is not the task that
// ctx belongs to ([ErrNoTask], [ErrWrongGoroutine]), if the queue belongs to another loop
// ([ErrOtherLoop]), or if ctx is cancelled. Wait checks the same; Enter is for methods that
// need not always wait, so that they are refused always or never. An order of package
// asynciotest learns from it that the task uses the queue.
func (q *WaitQueue) Enter(ctx context.Context) error {
	_, err := q.enter(ctx, "WaitQueue.Enter")
	return err
}

// Use begins a method that never waits and wakes nobody, but reads or changes what those who
// wait depend on. It panics with [ErrWrongGoroutine] on another goroutine than the loop's. An
// order of package asynciotest learns from it that the queue is used.
func (q *WaitQueue) Use() { q.mustOwn("WaitQueue.Use") }

// Wait suspends the current task until it is woken, and returns nil. If ctx is cancelled,
// before or meanwhile, Wait returns ctx.Err(); then the task was not woken and is no longer in
// the queue. A task that was woken before it was cancelled was woken.
//
// What the task waits for is shown in traces, in the graph of waits and in what is made of it:
// kind says how it waits ([trace.WaitObject] if no other fits), and the String method of what
// says for what. what may be nil; then it is the queue's name. A [Words] is a mere text. If
// what is a [Holder], the graph has its holders. The loop calls both methods while the task
// waits; they must not wait or wake. A recording keeps each text once, so there should be few
// different ones.
//
// Only the task that ctx belongs to may call it.
func (q *WaitQueue) Wait(ctx context.Context, kind trace.Wait, what fmt.Stringer) error {
	t, err := q.enter(ctx, "WaitQueue.Wait")
	if err != nil {
		return err
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

// WakeIf wakes the task that has waited longest, if ok says so of what that task has passed to
// Wait; so what may say how much a task needs, or have room for what it gets. WakeIf returns
// the task, nil if none waits or ok has returned false. ok must not wait or wake.
func (q *WaitQueue) WakeIf(ok func(what fmt.Stringer) bool) AnyTask {
	q.mustOwn("WaitQueue.WakeIf")
	t := q.waiters.firstTask()
	if t == nil || !ok(t.coro.what) {
		return nil
	}
	q.waiters.leave(&t.place)
	t.loop.rise(t, trace.WakeObject, &q.awaited)
	return public(t)
}

// WakeAll wakes all tasks that wait, and returns how many those were.
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

// waitPlace is what all have at which tasks wait for each other: locks, queues and their kin. The
// rings of those who wait there are apart, since a queue has several.
type waitPlace struct {
	awaited
	name string
}

// SetName gives it a name, by which traces, graphs and errors call it; "" takes the name away.
func (p *waitPlace) SetName(name string) {
	p.mustOwn("SetName")
	p.name = name
}

// Name returns what SetName was given.
func (p *waitPlace) Name() string {
	p.mustOwn("Name")
	return p.name
}

func (p *waitPlace) words() string { return p.name }

// describe is what String returns: a noun, and the name and a state in parentheses.
func (p *waitPlace) describe(noun, format string, args ...any) string {
	state := fmt.Sprintf(format, args...)
	if p.name != "" {
		state = p.name + ", " + state
	}
	return noun + "(" + state + ")"
}

// enter is the beginning of each method that may wait: it returns the current task, if
// that may use p, and ctx is not cancelled.
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

// bind makes p a thing of the first loop whose tasks use it, until that is closed.
func (p *waitPlace) bind(l *Loop) bool {
	if p.loop != nil && !p.loop.closed.Load() {
		return false
	}
	p.loop = l
	return true
}

// wait suspends t, the current task, among ws until one of the methods below wakes it.
// on is p with all that it is a part of.
// The error is that of ctx, and then t was not woken: who wakes passes over it.
func (p *waitPlace) wait(ctx context.Context, t *task, ws *waiters, kind trace.Wait, on awaitee) error {
	ws.join(&t.place)
	err := t.block(ctx, kind, on, 0)
	t.loop.uses(&p.awaited)
	if err != nil {
		ws.leave(&t.place)
	}
	return err
}

// wakeFirst wakes the task that has waited longest, and returns it, nil if none waits.
// What it waited for is its own from now on, whatever happens before its next step: no
// cancellation takes that away, so none has to hand it on (C13).
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
