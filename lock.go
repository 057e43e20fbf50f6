// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"

	"github.com/gocurtain/asyncio/trace"
)

// Lock is a lock for tasks (asyncio P1): what one task does under it, across its waits,
// no other task interleaves. Between two waits no lock is needed, since nothing else
// runs. The zero value is an unlocked lock. It must not be copied.
//
// It is fair: whoever has waited longest gets it. Release hands it on, so that nobody
// can take it in between. It is not re-entrant.
//
// A lock belongs to the loop whose tasks use it, from the first use on and until that
// loop is closed; tasks of other loops get [ErrOtherLoop]. This holds for all types that
// tasks coordinate by. Their methods may be called only by the loop's goroutine, those
// with a ctx only by the task that it belongs to.
type Lock struct {
	waitPlace
	waiters waiters
	holder  *task // nil if it is not locked
}

// Acquire suspends the current task until it has the lock. It does not suspend if the
// lock is free (P8). If ctx is cancelled, before or meanwhile, Acquire returns ctx.Err()
// and does not have the lock; if it had been handed over before, it has.
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

// Release hands the lock to the task that has waited longest, or unlocks it. It needs no
// ctx, so that it works while cleaning up. Not only the task that holds the lock may
// release it, but also another task or a callback. It panics with [ErrNotAcquired] if
// the lock is not locked.
func (m *Lock) Release() {
	m.mustOwn("Lock.Release")
	if m.holder == nil {
		panic(opError("Lock.Release", ErrNotAcquired))
	}
	m.holder = m.wakeFirst(&m.waiters)
}

// Do calls fn under the lock, and returns its error: the form that cannot forget to
// release, whether fn returns or panics (P7). If the lock cannot be acquired, fn is not called.
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

// reacquire is Acquire by a task that cannot go on without the lock: no cancellation
// interrupts it.
func (m *Lock) reacquire(t *task) {
	t.loop.uses(&m.awaited)
	if m.holder == nil {
		m.holder = t
		return
	}
	m.waiters.join(&t.place)
	t.suspend(trace.WaitLock, m, 0)
}

// LockStats is a lock at a glance.
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
