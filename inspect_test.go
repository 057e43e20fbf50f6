// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
)

func TestStats(t *testing.T) {
	v := newVirtual(t)
	l := v.loop
	equal(t, "new", l.Stats(), asyncio.LoopStats{})
	h := l.CallSoon(func() {})
	timer := l.CallLater(time.Second, func() {})
	equal(t, "AddReader", l.AddReader(5, func() {}), nil)
	equal(t, "AddWriter", l.AddWriter(5, func() {}), nil)
	task := spawn(l.Context(), func(ctx context.Context) error { return nil })
	equal(t, "full", l.Stats(), asyncio.LoopStats{Ready: 2, Timers: 1, Tasks: 1, Watches: 1})
	h.Cancel()
	timer.Cancel()
	l.RemoveReader(5)
	l.RemoveWriter(5)
	turn(t, l)
	equal(t, "task", task.Done(), true)
	equal(t, "empty, but for the coroutine", l.Stats(), asyncio.LoopStats{Coroutines: 1})
	v.close(t)
	equal(t, "closed", l.Stats(), asyncio.LoopStats{})
}

// TestStatsOfThings has what each says of itself while a task waits for it.
func TestStatsOfThings(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var lock asyncio.Lock
		var event asyncio.Event
		condition := asyncio.NewCondition(&lock)
		semaphore := asyncio.NewSemaphore(1)
		barrier := asyncio.NewBarrier(3)
		queue, full := asyncio.NewQueue[int](2), asyncio.NewQueue[int](1)
		_ = semaphore.Acquire(ctx)
		_ = full.TryPut(1)
		tasks := []*asyncio.Task[struct{}]{
			spawn(ctx, func(ctx context.Context) error { return condition.Do(ctx, condition.Wait) }),
			spawn(ctx, func(ctx context.Context) error { return lock.Do(ctx, forever) }),
			spawn(ctx, func(ctx context.Context) error { return lock.Do(ctx, forever) }),
			spawn(ctx, event.Wait),
			spawn(ctx, semaphore.Acquire),
			spawn(ctx, func(ctx context.Context) error {
				_, err := barrier.Wait(ctx)
				return err
			}),
			spawn(ctx, func(ctx context.Context) error {
				_, err := queue.Get(ctx)
				return err
			}),
			spawn(ctx, func(ctx context.Context) error { return full.Put(ctx, 2) }),
		}
		yield(t, ctx)
		equal(t, "lock", lock.Stats(), asyncio.LockStats{Locked: true, Waiting: 1})
		equal(t, "event", event.Stats(), asyncio.EventStats{Waiting: 1})
		equal(t, "condition", condition.Stats(), asyncio.ConditionStats{Lock: lock.Stats(), Waiting: 1})
		equal(t, "semaphore", semaphore.Stats(), asyncio.SemaphoreStats{Waiting: 1})
		equal(t, "barrier", barrier.Stats(), asyncio.BarrierStats{Parties: 3, Waiting: 1})
		equal(t, "queue", queue.Stats(), asyncio.QueueStats{Cap: 2, Getting: 1})
		equal(t, "full queue", full.Stats(), asyncio.QueueStats{Len: 1, Cap: 1, Putting: 1, Unfinished: 1})
		for _, task := range tasks {
			task.Cancel(nil)
		}
		_, _, _ = asyncio.Wait(ctx, asyncio.AllCompleted, tasks...)
	})
}

func TestStatsThreadsafe(t *testing.T) {
	err := asyncio.Run(func(ctx context.Context) error {
		l := asyncio.RunningLoop(ctx)
		stats, err := asyncio.ToThread(ctx, func(ctx context.Context) (asyncio.LoopStats, error) { return l.StatsThreadsafe(ctx) })
		equal(t, "tasks", stats.Tasks, 1)
		equal(t, "jobs", stats.Jobs, 1)
		return err
	})
	equal(t, "error", err, nil)
}
