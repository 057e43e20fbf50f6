// SPDX-License-Identifier: Apache-2.0

package selectortest

import (
	"fmt"
	"io/fs"
	"iter"
	"maps"
	"math"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/gocurtain/asyncio/selector"
)

// Fake is a [selector.Selector] without a kernel: a test says with Push what the next Wait reports.
// Descriptors are any numbers from 0 to math.MaxInt32; nothing is opened.
//
// Only one goroutine may call the methods of Selector, as always; any may call Push, Log and the
// waker's methods. In a bubble of testing/synctest a Wait that blocks counts as durably blocked,
// provided that the fake was made inside.
type Fake struct {
	// OnWait, if set, is called in each Wait with its timeout, before Wait looks for events; it may
	// Push, or move a virtual clock. A Wait with a positive timeout then returns at once, since the
	// hook has let the time pass. Without a hook such a Wait lasts until there are events or the
	// time is over, by the clock of package time. If other goroutines may wake the loop, a hook
	// that moves a clock should ask Pending first. Set it before the first Wait.
	OnWait func(timeout time.Duration)
	// NoLog keeps no log: it would cost a long test much. Set it before the first call.
	NoLog bool

	mu     sync.Mutex    // Below all that follows.
	token  chan struct{} // Holds one after a push, wake or close; see changes.
	keys   map[int]selector.Key
	pushed []selector.Event // Of which only Key.FD and Ready are set.
	log    []string
	closed bool
	waker  FakeWaker
}

// NewFake returns an empty selector; the zero value is one, too. For use inside a bubble of
// testing/synctest, make it inside the bubble.
func NewFake() *Fake {
	f := &Fake{}
	f.changes()
	return f
}

// Waker returns the one waker that wakes this selector, once it is registered.
func (f *Fake) Waker() *FakeWaker {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.waker.fake = f
	return &f.waker
}

// Push makes the next Wait report that fd is ready, if it is registered then; events without
// interest are dropped. Wait reports it once: push again if it should stay ready. Any goroutine may
// call it.
func (f *Fake) Push(fd int, events selector.Events) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pushed = append(f.pushed, selector.Event{Key: selector.Key{FD: fd}, Ready: events})
	f.change()
}

// Pending reports whether a Wait would find something now: a push, or a wake-up that has not been
// drained. Any goroutine may call it.
func (f *Fake) Pending() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.pushed) > 0 || f.waker.pending
}

// Log returns the calls of Register, Modify, Unregister, Wait and Close so far, one a line:
// "register 3 rw", "modify 3 r", "unregister 3", "wait 1.5s", "wait forever", "close". Calls that
// were refused are not in it. Any goroutine may call it.
func (f *Fake) Log() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.log)
}

// Name is "fake".
func (f *Fake) Name() string { return "fake" }

// Register implements [selector.Selector].
func (f *Fake) Register(fd int, events selector.Events, data any) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if _, exists := f.keys[fd]; exists {
		return fmt.Errorf("fake: register fd %d: %w", fd, fs.ErrExist)
	}
	return f.store("register", selector.Key{FD: fd, Events: events, Data: data})
}

// Modify implements [selector.Selector].
func (f *Fake) Modify(fd int, events selector.Events, data any) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.known("modify", fd); err != nil {
		return err
	}
	return f.store("modify", selector.Key{FD: fd, Events: events, Data: data})
}

// Unregister implements [selector.Selector].
func (f *Fake) Unregister(fd int) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.known("unregister", fd); err != nil {
		return err
	}
	delete(f.keys, fd)
	f.record("unregister %d", fd)
	return nil
}

// Wait implements [selector.Selector]; [Fake.OnWait] tells how time passes. It returns what was
// pushed, in that order, and then the waker.
func (f *Fake) Wait(timeout time.Duration, into []selector.Event) ([]selector.Event, error) {
	into = into[:0]
	if err := f.begin(timeout); err != nil {
		return into, err
	}
	if f.OnWait != nil {
		f.OnWait(timeout)
	}
	var over <-chan time.Time
	switch {
	case timeout > 0 && f.OnWait == nil:
		timer := time.NewTimer(timeout)
		defer timer.Stop()
		over = timer.C
	case timeout >= 0:
		return f.take(into)
	}
	for {
		into, err := f.take(into)
		if len(into) > 0 || err != nil {
			return into, err
		}
		select {
		case <-f.changes():
		case <-over:
			return f.take(into)
		}
	}
}

// begin records a Wait.
func (f *Fake) begin(timeout time.Duration) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return fmt.Errorf("fake: wait: %w", os.ErrClosed)
	}
	if timeout < 0 {
		f.record("wait forever")
	} else {
		f.record("wait %v", timeout)
	}
	return nil
}

// take appends the events there are.
func (f *Fake) take(into []selector.Event) ([]selector.Event, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return into, fmt.Errorf("fake: wait: %w", os.ErrClosed)
	}
	for _, e := range f.pushed {
		into = f.join(into, e.Key.FD, e.Ready)
	}
	f.pushed = f.pushed[:0]
	if f.waker.pending {
		into = f.join(into, f.waker.FD(), selector.Readable)
	}
	return into, nil
}

// join adds events to the event of a descriptor, or appends its first one. It ignores events
// without interest.
func (f *Fake) join(into []selector.Event, fd int, events selector.Events) []selector.Event {
	key := f.keys[fd]
	events &= key.Events
	if events == 0 {
		return into
	}
	if i := slices.IndexFunc(into, func(e selector.Event) bool { return e.Key.FD == fd }); i >= 0 {
		into[i].Ready |= events
		return into
	}
	return append(into, selector.Event{Key: key, Ready: events})
}

// Get implements [selector.Selector].
func (f *Fake) Get(fd int) (selector.Key, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	key, ok := f.keys[fd]
	return key, ok
}

// Len implements [selector.Selector].
func (f *Fake) Len() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.keys)
}

// All implements [selector.Selector].
func (f *Fake) All() iter.Seq[selector.Key] {
	return func(yield func(selector.Key) bool) {
		f.mu.Lock()
		fds := slices.Sorted(maps.Keys(f.keys))
		f.mu.Unlock()
		for _, fd := range fds {
			if key, ok := f.Get(fd); ok && !yield(key) {
				return
			}
		}
	}
}

// Close implements [selector.Selector]. A Wait that blocks returns.
func (f *Fake) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.closed {
		f.closed = true
		clear(f.keys)
		f.record("close")
		f.change()
	}
	return nil
}

// store is the common end of Register and Modify; mu is held.
func (f *Fake) store(verb string, key selector.Key) error {
	const all = selector.Readable | selector.Writable
	if f.closed {
		return fmt.Errorf("fake: %s fd %d: %w", verb, key.FD, os.ErrClosed)
	}
	if key.FD < 0 || key.FD > math.MaxInt32 || key.Events == 0 || key.Events&^all != 0 {
		return fmt.Errorf("fake: %s fd %d for %v: %w", verb, key.FD, key.Events, fs.ErrInvalid)
	}
	if f.keys == nil {
		f.keys = make(map[int]selector.Key)
	}
	f.keys[key.FD] = key
	f.record("%s %d %v", verb, key.FD, key.Events)
	return nil
}

// known refuses a descriptor that is not registered; mu is held.
func (f *Fake) known(verb string, fd int) error {
	reason := fs.ErrNotExist
	if f.closed {
		reason = os.ErrClosed
	} else if _, ok := f.keys[fd]; ok {
		return nil
	}
	return fmt.Errorf("fake: %s fd %d: %w", verb, fd, reason)
}

// record appends to the log; mu is held.
func (f *Fake) record(format string, args ...any) {
	if f.NoLog {
		return
	}
	f.log = append(f.log, fmt.Sprintf(format, args...))
}

// changes returns the channel on which a blocked Wait hears of changes.
func (f *Fake) changes() chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.token == nil {
		f.token = make(chan struct{}, 1)
	}
	return f.token
}

// change makes a blocked Wait look again; mu is held. If there is no channel, none has blocked.
func (f *Fake) change() {
	select {
	case f.token <- struct{}{}:
	default: // There is a token already.
	}
}
