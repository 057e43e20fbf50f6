// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
)

// outside is where other goroutines leave callbacks for the loop, and how they wake it: with one
// write to the waker if the loop sleeps, with none if it does not.
//
// It has its own copy of the loop's hooks, which changes under mu together with the queue. So each
// call is told to the hooks that were asked when it was left, and no goroutine is still in the
// Outside of hooks that were replaced.
type outside struct {
	mu     sync.Mutex
	calls  []outsideCall
	hooks  Hooks // asked when and where calls are left
	closed bool
	spare  []outsideCall // the loop's; swapped with calls
	// promises are to be called if the loop is closed before they were kept.
	promises map[uint64]func()

	pending atomic.Bool // calls is not empty
	// asleep: the loop waits in the selector, or is about to. Who turns it off must wake the loop,
	// or is the loop.
	asleep atomic.Bool
}

// keptCalls bounds the memory that is kept for the next burst.
const keptCalls = 4096

// outsideCall is a callback that another goroutine left.
type outsideCall struct {
	fn func()
	// When and where it was left, for traces.
	at   int64
	site uint32
	now  bool // fn is ours, not the program's, and is called as soon as the loop finds it
}

// post takes a call for the loop, and wakes it. It reports false on a closed loop.
func (l *Loop) post(call outsideCall) bool {
	o := &l.outside
	o.mu.Lock()
	if o.closed {
		o.mu.Unlock()
		return false
	}
	if o.hooks != nil && !call.now {
		call.at, call.site = o.hooks.Outside()
	}
	o.add(call)
	o.mu.Unlock()
	l.endSleep()
	return true
}

// postHooks sets the hooks for calls that are posted from now on, and posts fn, which sets the
// loop's hooks between two turns. If old is not nil, it does so only if the hooks are still old.
func (l *Loop) postHooks(h, old Hooks, fn func()) {
	o := &l.outside
	o.mu.Lock()
	if o.closed || old != nil && o.hooks != old {
		o.mu.Unlock()
		return
	}
	o.hooks = h
	o.add(outsideCall{fn: fn, now: true})
	o.mu.Unlock()
	l.endSleep()
}

// add takes a call. The caller holds mu.
func (o *outside) add(call outsideCall) {
	o.calls = append(o.calls, call)
	o.pending.Store(true)
}

// endSleep ends the loop's sleep, if it sleeps and nobody else has.
func (l *Loop) endSleep() {
	o := &l.outside
	if o.asleep.Load() && o.asleep.CompareAndSwap(true, false) {
		// A loop that is being closed does not miss the wake-up.
		_ = l.waker.Wake()
	}
}

// rouse ends the loop's sleep, if it sleeps, so that it looks again at what it waits for. Any
// goroutine may call it; a closed loop waits for nothing.
func (l *Loop) rouse() { _ = l.post(outsideCall{fn: func() {}, now: true}) }

// fallAsleep notes that the loop is about to wait. It reports false if there is something to do.
// The order matters: asleep is set before pending is read, and CallSoonThreadsafe does it the other
// way round, so one of the two sees the other.
func (o *outside) fallAsleep() bool {
	o.asleep.Store(true)
	if o.pending.Load() {
		o.asleep.Store(false)
		return false
	}
	return true
}

func (o *outside) wakeUp() {
	if o.asleep.Load() {
		o.asleep.Store(false)
	}
}

func (o *outside) close() {
	o.mu.Lock()
	o.closed = true
	o.calls = nil
	broken := o.promises
	o.promises = nil
	o.mu.Unlock()
	for _, id := range slices.Sorted(maps.Keys(broken)) {
		broken[id]()
	}
}

// promise notes what to call if the loop is closed before kept is called with the answer. It
// reports false if the loop is closed already.
func (o *outside) promise(broken func()) (id uint64, ok bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed {
		return 0, false
	}
	if o.promises == nil {
		o.promises = make(map[uint64]func())
	}
	id = newID()
	o.promises[id] = broken
	return id, true
}

func (o *outside) kept(id uint64) {
	o.mu.Lock()
	delete(o.promises, id)
	o.mu.Unlock()
}

// takeOutside moves what other goroutines have scheduled into the ready queue.
func (l *Loop) takeOutside() {
	o := &l.outside
	if !o.pending.Load() {
		return
	}
	o.mu.Lock()
	calls := o.calls
	o.calls, o.spare = o.spare[:0], nil
	o.pending.Store(false)
	o.mu.Unlock()
	for _, c := range calls {
		if c.now {
			c.fn()
			continue
		}
		e := readyEntry{fn: c.fn}
		if h := l.hooks; h != nil {
			e.ref = newID()
			h.HandleScheduledOutside(e.ref, c.at, c.site)
		}
		l.ready.Push(e)
	}
	clear(calls)
	if cap(calls) <= keptCalls {
		o.spare = calls
	}
}
