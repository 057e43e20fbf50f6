// SPDX-License-Identifier: Apache-2.0

package asyncio

// awaited is the part that everything shares that tasks wait for: futures, locks, queues and their
// kin.
type awaited struct {
	_    noCopy
	loop *Loop  // a future's always; that of a place, see bind
	id   uint64 // a task's always; another thing's when a trace first shows it
}

// noCopy makes go vet (copylocks) report copies of a struct that has it: a copy of a lock is
// another lock, which would not know its waiters.
type noCopy struct{}

func (*noCopy) Lock()   {}
func (*noCopy) Unlock() {}

// traceID returns its id in traces.
func (a *awaited) traceID() uint64 {
	if a.id == 0 {
		a.id = newID()
	}
	return a.id
}

func (a *awaited) blockers() []*task { return nil }

func (a *awaited) words() string { return "" }

// waiters are the listeners to tell, in the order in which they joined. It is a ring, so that
// leaving it costs the same anywhere: a cancelled wait does not search for its place.
type waiters struct {
	first *waiter // nil if there are none
}

// waiter is a place among the waiters.
type waiter struct {
	prev, next *waiter
	to         listener
}

// listener has a place among a future's waiters: a suspended task, a callback, or a watch on
// several futures. The waiters of locks and their kin are all tasks.
type listener interface {
	notified(f *future)
}

func (ws *waiters) join(w *waiter) {
	if ws.first == nil {
		w.prev, w.next = w, w
		ws.first = w
		return
	}
	first := ws.first
	w.prev, w.next = first.prev, first
	first.prev.next, first.prev = w, w
}

func (ws *waiters) leave(w *waiter) {
	if w.next == nil {
		return
	}
	if w.next == w {
		ws.first = nil
	} else {
		w.prev.next, w.next.prev = w.next, w.prev
		if ws.first == w {
			ws.first = w.next
		}
	}
	w.prev, w.next = nil, nil
}

// tasks yields the tasks that wait, in order. Others may still have a place: they have been
// interrupted, and leave it in their next step.
func (ws *waiters) tasks(yield func(*task) bool) {
	for w := ws.first; w != nil; w = w.next {
		if t, ok := w.to.(*task); ok && t.does == waiting && !yield(t) {
			return
		}
		if w.next == ws.first {
			return
		}
	}
}

// firstTask returns the task that has waited longest, nil if none waits. It removes the tasks
// before it, which have been interrupted.
func (ws *waiters) firstTask() *task {
	for ws.first != nil {
		w := ws.first
		if t, ok := w.to.(*task); ok && t.isWaiting() {
			return t
		}
		ws.leave(w)
	}
	return nil
}

// count counts the tasks that wait.
func (ws *waiters) count() int {
	n := 0
	for range ws.tasks {
		n++
	}
	return n
}

// mustOwn is the check of a method that does not wait.
func (a *awaited) mustOwn(op string) {
	if l := a.loop; l != nil && l.order == nil && l.mine() {
		return // the short way (BenchmarkLock)
	}
	if err := a.access(); err != nil && err != ErrLoopClosed {
		panic(a.loop.refuse(op, err))
	}
}

// access is mustOwn for a method that returns an error.
func (a *awaited) access() error {
	l := a.loop
	if l == nil {
		usesUnbound()
		return nil
	}
	if !l.mine() {
		return l.refusal()
	}
	l.uses(a)
	return nil
}

// mustBeMade refuses a zero value, which belongs to no loop.
func (a *awaited) mustBeMade(op string) {
	if a.loop == nil {
		panic(zeroValue(op))
	}
}
