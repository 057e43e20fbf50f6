// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"

	"github.com/gocurtain/asyncio/trace"
)

// Lock is a lock for tasks (asyncio P1). While a task holds it, even across waits, no other task
// can acquire it. Between two waits a task needs no lock, since nothing else runs. The zero value
// is an unlocked lock. It must not be copied.
//
// It is fair: Release hands it to the task that has waited longest, so that nobody can take it in
// between. It is not re-entrant.
//
// A lock belongs to the loop whose tasks use it, from the first use until that loop is closed;
// tasks of other loops get [ErrOtherLoop]. Only the loop's goroutine may call its methods, and only
// the task that ctx belongs to those with a ctx. All this also holds for the other types here by
// which tasks coordinate.
type Lock struct {
	waitPlace
	waiters waiters
	holder  *task // nil if it is not locked
}

// Acquire suspends the current task until it has the lock. It does not suspend if the lock is free
// (P8). If ctx is cancelled, before or meanwhile, Acquire returns ctx.Err() and does not have the
// lock. If the lock was handed to it before, it returns nil and has the lock.
func (m *Lock) Acquire(ctx context.Context) error {
	t, err := m.enter(ctx, "Lock.Acquire")
	if err != nil {
		return err
	}
	if m.holder == nil {
		m.holder = t
		return nil
	}
	return m.wait(ctx, t, &m.waiters, trace.WaitLock, m)
}

// Release hands the lock to the task that has waited longest, or unlocks it. It needs no ctx, so
// that it works in clean-up. Any task or callback may release the lock, not only the task that
// holds it. It panics with [ErrNotAcquired] if the lock is not locked.
func (m *Lock) Release() {
	m.mustOwn("Lock.Release")
	if m.holder == nil {
		panic(opError("Lock.Release", ErrNotAcquired))
	}
	m.holder = m.wakeFirst(&m.waiters)
}

// Do acquires the lock, calls fn, and returns its error. It always releases the lock, whether fn
// returns or panics (P7). If the lock cannot be acquired, fn is not called.
func (m *Lock) Do(ctx context.Context, fn func(ctx context.Context) error) error {
	if err := m.Acquire(ctx); err != nil {
		return err
	}
	defer m.Release()
	return fn(ctx)
}

// Locked reports whether somebody has the lock.
func (m *Lock) Locked() bool {
	m.mustOwn("Lock.Locked")
	return m.holder != nil
}

// String shows who has the lock and how many wait, for debugging (P7).
func (m *Lock) String() string {
	m.mustOwn("Lock.String")
	if m.holder == nil {
		return m.describe("Lock", "unlocked")
	}
	return m.describe("Lock", "locked by %s, %d waiting", m.holder.Name(), m.waiters.count())
}

// reacquire is Acquire for a task that cannot go on without the lock: no cancellation interrupts
// it.
func (m *Lock) reacquire(t *task) {
	t.loop.uses(&m.awaited)
	if m.holder == nil {
		m.holder = t
		return
	}
	m.waiters.join(&t.place)
	t.suspend(trace.WaitLock, m, 0)
}

// LockStats is the state of a lock.
type LockStats struct {
	Locked  bool
	Waiting int // tasks that wait for it
}

// Stats returns the state of the lock.
func (m *Lock) Stats() LockStats {
	m.mustOwn("Lock.Stats")
	return LockStats{Locked: m.holder != nil, Waiting: m.waiters.count()}
}

func (m *Lock) blockers() []*task {
	if m.holder == nil {
		return nil
	}
	return []*task{m.holder}
}
