// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"os"
	"testing"

	"github.com/gocurtain/asyncio"
)

func TestSemaphore(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		s := asyncio.NewSemaphore(2)
		running, most := 0, 0
		tasks, ran := waitingTasks(t, ctx, 7, func(ctx context.Context) error {
			return s.Do(ctx, func(ctx context.Context) error {
				running++
				most = max(most, running)
				err := asyncio.Sleep(ctx, 1)
				running--
				return err
			})
		})
		equal(t, "locked", s.Locked(), true)
		equal(t, "String", s.String(), "Semaphore(locked, 5 waiting)")
		tasks[3].Cancel(nil)
		equal(t, "Acquire behind all others", s.Acquire(ctx), nil)
		equalAll(t, "ran", *ran, []int{0, 1, 2, 4, 5, 6})
		equal(t, "most at once", most, 2)
		s.Release()
		equal(t, "String", s.String(), "Semaphore(2 free)")
		s.Release() // there may be more than at first
		equal(t, "String", s.String(), "Semaphore(3 free)")
	})
}

// A permit that was given to a task that is then cancelled is not lost: the task has it. A newcomer
// does not get it either.
func TestSemaphorePermitOfCancelledTask(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var s asyncio.Semaphore
		tasks, ran := waitingTasks(t, ctx, 1, func(ctx context.Context) error {
			err := s.Acquire(ctx)
			if err == nil {
				s.Release()
			}
			return err
		})
		s.Release()
		tasks[0].Cancel(nil)
		equal(t, "locked", s.Locked(), true)
		equal(t, "Acquire", s.Acquire(ctx), nil)
		equalAll(t, "ran before the newcomer", *ran, []int{0})
		equal(t, "String", s.String(), "Semaphore(locked, 0 waiting)")
		s.Release()
		equal(t, "Acquire of a free one under a cancelled context", s.Acquire(cancelledContext(ctx)), context.Canceled)
		equal(t, "String", s.String(), "Semaphore(1 free)")
	})
}

func TestBoundedSemaphore(t *testing.T) {
	wantPanic(t, os.ErrInvalid, func() { asyncio.NewSemaphore(-1) })
	wantPanic(t, os.ErrInvalid, func() { asyncio.NewBoundedSemaphore(-1) })
	inVirtual(t, func(ctx context.Context) {
		s := asyncio.NewBoundedSemaphore(1)
		wantPanic(t, asyncio.ErrNotAcquired, s.Release)
		equal(t, "Acquire", s.Acquire(ctx), nil)
		equal(t, "String", s.String(), "BoundedSemaphore(0 of 1 free, 0 waiting)")
		onGoroutine(func() { wantPanic(t, asyncio.ErrWrongGoroutine, s.Release) })
		s.Release()
		wantPanic(t, asyncio.ErrNotAcquired, s.Release)
	})
}
