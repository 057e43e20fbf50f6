// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/gocurtain/asyncio"
)

func TestLockIsFair(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var lock asyncio.Lock
		var order []int
		equal(t, "Acquire", lock.Acquire(ctx), nil)
		for i := range 5 {
			spawn(ctx, func(ctx context.Context) error {
				return lock.Do(ctx, func(context.Context) error {
					order = append(order, i)
					return nil
				})
			})
		}
		yield(t, ctx)
		lock.Release()
		equal(t, "locked between two holders", lock.Locked(), true)
		equal(t, "Acquire behind the others", lock.Acquire(ctx), nil)
		equalAll(t, "order", order, []int{0, 1, 2, 3, 4})
		lock.Release()
		equal(t, "locked", lock.Locked(), false)
	})
}

// A task that comes while the next holder is woken but has not run does not overtake it.
func TestLockIsNotBarged(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var lock asyncio.Lock
		var order []string
		take := func(name string) *asyncio.Task[struct{}] {
			return spawn(ctx, func(ctx context.Context) error {
				return lock.Do(ctx, func(ctx context.Context) error {
					order = append(order, name)
					return asyncio.Sleep(ctx, 1)
				})
			})
		}
		equal(t, "Acquire", lock.Acquire(ctx), nil)
		take("waiter")
		yield(t, ctx)
		newcomer := take("newcomer") // its first step comes before that of the waiter
		lock.Release()
		_, err := newcomer.Await(ctx)
		equal(t, "error", err, nil)
		equalAll(t, "order", order, []string{"waiter", "newcomer"})
	})
}

// A task may be cancelled before it waits, while it waits, after it was woken, and when it holds
// the lock; nowhere is the lock lost, nor a wake-up.
func TestLockUnderCancellation(t *testing.T) {
	for _, test := range []struct {
		name   string
		cancel func(lock *asyncio.Lock, task *asyncio.Task[struct{}])
		got    bool // the cancelled task gets the lock
	}{
		{"before it waits", nil, false},
		{"while it waits", func(lock *asyncio.Lock, task *asyncio.Task[struct{}]) {
			task.Cancel(nil)
			lock.Release()
		}, false},
		{"after it was woken", func(lock *asyncio.Lock, task *asyncio.Task[struct{}]) {
			lock.Release()
			task.Cancel(nil)
		}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			inVirtual(t, func(ctx context.Context) {
				var lock asyncio.Lock
				equal(t, "Acquire", lock.Acquire(ctx), nil)
				got := false
				first := spawn(ctx, func(ctx context.Context) error {
					if test.cancel == nil {
						asyncio.CurrentTask(ctx).Cancel(nil)
					}
					return lock.Do(ctx, func(ctx context.Context) error {
						got = true
						equal(t, "the next wait", asyncio.Sleep(ctx, 1), context.Canceled)
						return nil
					})
				})
				second := spawn(ctx, lockOnce(&lock))
				yield(t, ctx)
				if test.cancel == nil {
					lock.Release()
				} else {
					test.cancel(&lock, first)
				}
				_, err := second.Await(ctx)
				equal(t, "error of the second", err, nil)
				_, err = first.Await(ctx)
				equal(t, "the first got the lock", got, test.got)
				equal(t, "its error", errors.Is(err, context.Canceled), !test.got)
				equal(t, "locked", lock.Locked(), false)
				equal(t, "String", lock.String(), "Lock(unlocked)")
			})
		})
	}
}

func lockOnce(lock *asyncio.Lock) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		return lock.Do(ctx, func(context.Context) error { return nil })
	}
}

func TestFreeLockUnderCancelledContext(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var lock asyncio.Lock
		cancelled := cancelledContext(ctx)
		equal(t, "Acquire", lock.Acquire(cancelled), context.Canceled)
		equal(t, "locked", lock.Locked(), false)
		equal(t, "Do", lock.Do(cancelled, func(context.Context) error { panic("called") }), context.Canceled)
	})
}

// A context of the standard library is watched in another way.
func TestLockUnderForeignContext(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var lock asyncio.Lock
		foreign, cancel := context.WithCancel(ctx)
		equal(t, "Acquire", lock.Acquire(foreign), nil)
		waiter := spawn(ctx, func(context.Context) error { return lock.Acquire(foreign) })
		yield(t, ctx)
		cancel()
		_, err := waiter.Await(ctx)
		equal(t, "error", err, context.Canceled)
		lock.Release()
		equal(t, "locked", lock.Locked(), false)
	})
}

func TestLockMisuse(t *testing.T) {
	var lock asyncio.Lock
	equal(t, "Acquire outside of a task", errors.Is(lock.Acquire(context.Background()), asyncio.ErrNoTask), true)
	wantPanic(t, asyncio.ErrNotAcquired, lock.Release)
	inVirtual(t, func(ctx context.Context) {
		loop := asyncio.RunningLoop(ctx)
		equal(t, "Acquire", lock.Acquire(ctx), nil)
		equal(t, "Acquire with the loop's context", errors.Is(lock.Acquire(loop.Context()), asyncio.ErrNoTask), true)
		equal(t, "returned", onGoroutine(func() {
			equal(t, "Acquire on another goroutine", errors.Is(lock.Acquire(ctx), asyncio.ErrWrongGoroutine), true)
			wantPanic(t, asyncio.ErrWrongGoroutine, lock.Release)
			wantPanic(t, asyncio.ErrWrongGoroutine, func() { _ = lock.Locked() })
			wantPanic(t, asyncio.ErrWrongGoroutine, func() { _ = lock.String() })
			// Another loop, on its own goroutine.
			inVirtual(t, func(ctx context.Context) {
				equal(t, "Acquire on another loop", errors.Is(lock.Acquire(ctx), asyncio.ErrOtherLoop), true)
			})
		}), true)
		lock.Release()
		wantPanic(t, asyncio.ErrNotAcquired, lock.Release)
	})
	// The loop is closed, and the lock free for another one.
	inVirtual(t, func(ctx context.Context) {
		equal(t, "Acquire on a later loop", lock.Acquire(ctx), nil)
		lock.Release()
	})
}

func TestLockString(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var lock asyncio.Lock
		equal(t, "free", lock.String(), "Lock(unlocked)")
		equal(t, "Acquire", lock.Acquire(ctx), nil)
		asyncio.CurrentTask(ctx).SetName("main")
		equal(t, "held", lock.String(), "Lock(locked by main, 0 waiting)")
		waiter := spawn(ctx, lockOnce(&lock))
		spawn(ctx, lockOnce(&lock))
		yield(t, ctx)
		equal(t, "with waiters", lock.String(), "Lock(locked by main, 2 waiting)")
		waiter.Cancel(nil)
		equal(t, "after a cancellation", lock.String(), "Lock(locked by main, 1 waiting)")
		lock.Release()
	})
}

// Do releases the lock however its function ends.
func TestLockDoReleases(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var lock asyncio.Lock
		wrong := errors.New("wrong")
		equal(t, "error", lock.Do(ctx, func(context.Context) error { return wrong }), wrong)
		equal(t, "locked after an error", lock.Locked(), false)
		func() {
			defer func() { equal(t, "panic", fmt.Sprint(recover()), "oops") }()
			_ = lock.Do(ctx, func(context.Context) error { panic("oops") })
		}()
		equal(t, "locked after a panic", lock.Locked(), false)
	})
}

// A task or a callback that does not hold the lock may release it (P1: it is not owned).
func TestLockReleasedByAnother(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var lock asyncio.Lock
		equal(t, "Acquire", lock.Acquire(ctx), nil)
		asyncio.RunningLoop(ctx).CallSoon(lock.Release)
		equal(t, "Acquire again", lock.Acquire(ctx), nil)
	})
}

// An uncontended acquire neither lets others run (P8) nor allocates.
func TestUncontendedDoesNotYield(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var lock asyncio.Lock
		var event asyncio.Event
		event.Set()
		semaphore, queue := asyncio.NewSemaphore(1), asyncio.NewQueue[int](1)
		ran := false
		asyncio.RunningLoop(ctx).CallSoon(func() { ran = true })
		allocations := testing.AllocsPerRun(100, func() {
			for _, err := range [...]error{
				lock.Acquire(ctx), event.Wait(ctx), semaphore.Acquire(ctx), queue.Join(ctx), queue.Put(ctx, 1), second(queue.Get(ctx)),
			} {
				equal(t, "error", err, nil)
			}
			lock.Release()
			semaphore.Release()
			queue.TaskDone()
		})
		equal(t, "allocations", allocations, 0)
		equal(t, "others have run", ran, false)
	})
}

// Cancelling many waiters costs the same each, wherever they are among the others.
func TestManyCancelledWaiters(t *testing.T) {
	count := 100_000
	if testing.Short() {
		count = 10_000
	}
	inVirtual(t, func(ctx context.Context) {
		var lock asyncio.Lock
		equal(t, "Acquire", lock.Acquire(ctx), nil)
		tasks := make([]*asyncio.Task[struct{}], count)
		for i := range tasks {
			tasks[i] = spawn(ctx, lock.Acquire)
		}
		yield(t, ctx)
		for i := range tasks {
			tasks[len(tasks)-1-i].Cancel(nil)
		}
		lock.Release()
		equal(t, "locked while those that were cancelled have not run", lock.Locked(), false)
		yield(t, ctx)
		equal(t, "tasks left", asyncio.RunningLoop(ctx).Stats().Tasks, 1)
	})
}
