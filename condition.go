// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"

	"github.com/gocurtain/asyncio/trace"
)

// Condition is a lock with a place to wait until a task that holds the lock has changed something
// (asyncio P3). The zero value has a lock of its own; [NewCondition] shares one. It must not be
// copied. It belongs to a loop as a [Lock] does.
type Condition struct {
	waitPlace
	waiters waiters
	lock    *Lock // nil for own
	own     Lock
}

// NewCondition makes a condition with the given lock, which other conditions may share.
func NewCondition(lock *Lock) *Condition { return &Condition{lock: lock} }

func (c *Condition) theLock() *Lock {
	if c.lock == nil {
		return &c.own
	}
	return c.lock
}

// SetName gives the condition a name, and the lock of its own, if that is what it has.
func (c *Condition) SetName(name string) {
	c.waitPlace.SetName(name)
	c.own.name = name
}

// Acquire acquires the lock; see [Lock.Acquire].
func (c *Condition) Acquire(ctx context.Context) error { return c.theLock().Acquire(ctx) }

// Release releases the lock; see [Lock.Release].
func (c *Condition) Release() { c.theLock().Release() }

// Do calls fn under the lock; see [Lock.Do].
func (c *Condition) Do(ctx context.Context, fn func(ctx context.Context) error) error {
	return c.theLock().Do(ctx, fn)
}

// Locked reports whether somebody has the lock.
func (c *Condition) Locked() bool { return c.theLock().Locked() }

// Wait releases the lock, suspends the current task until it is notified, and acquires the lock
// again. The current task must have the lock, else the error is [ErrNotAcquired]. Other tasks may
// have changed things again meanwhile, so call Wait in a loop, or use [Condition.WaitFor].
//
// If ctx is cancelled, before or meanwhile, Wait returns ctx.Err(). If the task was notified before
// the cancellation, Wait returns nil, so that no notification is lost. In each case the task has
// the lock when Wait returns: no cancellation interrupts the wait for it.
func (c *Condition) Wait(ctx context.Context) error {
	t, err := c.enter(ctx, "Condition.Wait")
	if err != nil {
		return err
	}
	lock := c.theLock()
	if lock.holder != t {
		return opError("Condition.Wait", ErrNotAcquired)
	}
	lock.Release()
	defer lock.reacquire(t)
	return c.wait(ctx, t, &c.waiters, trace.WaitCondition, c)
}

// WaitFor waits until ok returns true. It calls ok under the lock, now and after each notification.
// Its errors are those of [Condition.Wait].
func (c *Condition) WaitFor(ctx context.Context, ok func() bool) error {
	t, err := c.enter(ctx, "Condition.WaitFor")
	if err != nil {
		return err
	}
	if c.theLock().holder != t {
		return opError("Condition.WaitFor", ErrNotAcquired)
	}
	for !ok() {
		if err := c.Wait(ctx); err != nil {
			return err
		}
	}
	return nil
}

// Notify wakes up to n of the waiting tasks, first those that have waited longest. They run when
// they get the lock. It panics with [ErrNotAcquired] if the lock is not locked.
func (c *Condition) Notify(n int) {
	c.mustBeLocked("Condition.Notify")
	for ; n > 0 && c.wakeFirst(&c.waiters) != nil; n-- {
	}
}

// NotifyAll wakes all tasks that wait, like Notify.
func (c *Condition) NotifyAll() {
	c.mustBeLocked("Condition.NotifyAll")
	c.wakeAll(&c.waiters)
}

func (c *Condition) mustBeLocked(op string) {
	lock := c.theLock()
	lock.mustOwn(op)
	if lock.holder == nil {
		panic(opError(op, ErrNotAcquired))
	}
}

// String shows the lock and how many wait, for debugging (P7).
func (c *Condition) String() string {
	c.mustOwn("Condition.String")
	return c.describe("Condition", "%v, %d waiting", c.theLock(), c.waiters.count())
}

// ConditionStats is the state of a condition.
type ConditionStats struct {
	Lock    LockStats
	Waiting int // tasks that wait to be notified
}

// Stats returns the state of the condition.
func (c *Condition) Stats() ConditionStats {
	c.mustOwn("Condition.Stats")
	return ConditionStats{Lock: c.theLock().Stats(), Waiting: c.waiters.count()}
}
