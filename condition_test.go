// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"testing"

	"github.com/gocurtain/asyncio"
)

func TestConditionNotify(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var cond asyncio.Condition
		_, ran := waitingTasks(t, ctx, 5, func(ctx context.Context) error { return cond.Do(ctx, cond.Wait) })
		equal(t, "Sleep", asyncio.Sleep(ctx, 1), nil)
		notify := func(fn func()) {
			t.Helper()
			equal(t, "Do", cond.Do(ctx, func(context.Context) error {
				fn()
				equal(t, "locked", cond.Locked(), true)
				yield(t, ctx)
				return nil
			}), nil)
			equal(t, "Sleep", asyncio.Sleep(ctx, 1), nil)
		}
		equal(t, "String", cond.String(), "Condition(Lock(unlocked), 5 waiting)")
		notify(func() { cond.Notify(0) })
		equalAll(t, "after Notify(0)", *ran, nil)
		notify(func() { cond.Notify(2) })
		equalAll(t, "after Notify(2)", *ran, []int{0, 1})
		notify(cond.NotifyAll)
		equalAll(t, "after NotifyAll", *ran, []int{0, 1, 2, 3, 4})
		notify(cond.NotifyAll)
	})
}

// Whenever a task is cancelled, it has the lock when Wait returns, and a notification goes to one
// who can use it.
func TestConditionUnderCancellation(t *testing.T) {
	for _, test := range []struct {
		name string
		do   func(cond *asyncio.Condition, first *asyncio.Task[struct{}])
		ran  int
	}{
		{"before it is notified", func(cond *asyncio.Condition, first *asyncio.Task[struct{}]) {
			first.Cancel(nil)
			cond.Notify(1)
		}, 1},
		{"after it was notified", func(cond *asyncio.Condition, first *asyncio.Task[struct{}]) {
			cond.Notify(1)
			first.Cancel(nil)
		}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			inVirtual(t, func(ctx context.Context) {
				lock := &asyncio.Lock{}
				cond := asyncio.NewCondition(lock)
				tasks, ran := waitingTasks(t, ctx, 2, func(ctx context.Context) error {
					if err := lock.Acquire(ctx); err != nil {
						return err
					}
					err := cond.Wait(ctx)
					lock.Release() // panics if Wait has returned without the lock
					return err
				})
				equal(t, "Sleep", asyncio.Sleep(ctx, 1), nil)
				equal(t, "Acquire", cond.Acquire(ctx), nil)
				test.do(cond, tasks[0])
				equal(t, "Sleep", asyncio.Sleep(ctx, 1), nil)
				equalAll(t, "ran while the lock is held", *ran, nil)
				equal(t, "first is done while the lock is held", tasks[0].Done(), false)
				cond.Release()
				equal(t, "Sleep", asyncio.Sleep(ctx, 1), nil)
				equalAll(t, "ran", *ran, []int{test.ran})
				equal(t, "first is done", tasks[0].Done(), true)
				equal(t, "locked", lock.Locked(), false)
			})
		})
	}
}

func TestConditionWaitFor(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var cond asyncio.Condition
		value, asked := 0, 0
		task := spawn(ctx, func(ctx context.Context) error {
			return cond.Do(ctx, func(ctx context.Context) error {
				return cond.WaitFor(ctx, func() bool { asked++; return value == 3 })
			})
		})
		yield(t, ctx)
		for range 3 {
			equal(t, "Do", cond.Do(ctx, func(context.Context) error {
				value++
				cond.NotifyAll()
				return nil
			}), nil)
			equal(t, "Sleep", asyncio.Sleep(ctx, 1), nil)
		}
		equal(t, "error", second(task.Await(ctx)), nil)
		equal(t, "asked", asked, 4)
	})
}

func TestConditionMisuse(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var cond asyncio.Condition
		never := func() bool { return false }
		equal(t, "Wait without the lock", errors.Is(cond.Wait(ctx), asyncio.ErrNotAcquired), true)
		equal(t, "WaitFor without the lock", errors.Is(cond.WaitFor(ctx, never), asyncio.ErrNotAcquired), true)
		wantPanic(t, asyncio.ErrNotAcquired, func() { cond.Notify(1) })
		wantPanic(t, asyncio.ErrNotAcquired, cond.NotifyAll)
		wantPanic(t, asyncio.ErrNotAcquired, cond.Release)
		equal(t, "Acquire", cond.Acquire(ctx), nil)
		err := second(spawn(ctx, cond.Wait).Await(ctx))
		equal(t, "Wait under another task's lock", errors.Is(err, asyncio.ErrNotAcquired), true)
		equal(t, "Wait under a cancelled context", cond.Wait(cancelledContext(ctx)), context.Canceled)
		equal(t, "WaitFor under a cancelled context", cond.WaitFor(cancelledContext(ctx), never), context.Canceled)
		onGoroutine(func() { wantPanic(t, asyncio.ErrWrongGoroutine, cond.NotifyAll) })
		cond.Release()
	})
}
