// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"os"
	"slices"
	"testing"

	"github.com/gocurtain/asyncio"
)

// inBarrier is a task that waits at a barrier, and notes the number it gets.
func inBarrier(b *asyncio.Barrier, numbers *[]int) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		number, err := b.Wait(ctx)
		if err == nil {
			*numbers = append(*numbers, number)
		}
		return err
	}
}

func TestBarrier(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		b := asyncio.NewBarrier(3)
		var numbers []int
		waitingTasks(t, ctx, 2, inBarrier(b, &numbers))
		equal(t, "String", b.String(), "Barrier(2 of 3 waiting)")
		equal(t, "Waiting", b.Waiting(), 2)
		equal(t, "Parties", b.Parties(), 3)
		// The last one does not suspend, and the next round may begin before the others run.
		number, err := b.Wait(ctx)
		equal(t, "error", err, nil)
		equal(t, "number", number, 2)
		equal(t, "Waiting", b.Waiting(), 0)
		waitingTasks(t, ctx, 5, inBarrier(b, &numbers))
		yield(t, ctx)
		slices.Sort(numbers)
		equalAll(t, "numbers", numbers, []int{0, 0, 1, 1, 2})
		equal(t, "Waiting", b.Waiting(), 2)
	})
}

// A cancelled party leaves, and does not count when the barrier fills in the same turn.
func TestBarrierUnderCancellation(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		b := asyncio.NewBarrier(3)
		var numbers []int
		tasks, _ := waitingTasks(t, ctx, 2, inBarrier(b, &numbers))
		late := spawn(ctx, inBarrier(b, &numbers)) // its step comes before that of the cancelled one
		tasks[0].Cancel(nil)
		yield(t, ctx)
		equal(t, "Waiting", b.Waiting(), 2)
		number, err := b.Wait(ctx)
		equal(t, "error", err, nil)
		equal(t, "number", number, 2)
		late.Cancel(nil) // too late: the barrier was full
		yield(t, ctx)
		equalAll(t, "numbers", numbers, []int{0, 1})
		one := asyncio.NewBarrier(1)
		equal(t, "Wait under a cancelled context", second(one.Wait(cancelledContext(ctx))), context.Canceled)
		equal(t, "a barrier of one", second(one.Wait(ctx)), nil)
	})
}

func TestBarrierResetAndAbort(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		b := asyncio.NewBarrier(3)
		var numbers []int
		wantBroken := func(tasks []*asyncio.Task[struct{}]) {
			t.Helper()
			for _, task := range tasks {
				equal(t, "error", second(task.Await(ctx)), asyncio.ErrBrokenBarrier)
			}
		}
		tasks, _ := waitingTasks(t, ctx, 2, inBarrier(b, &numbers))
		b.Reset()
		equal(t, "broken", b.Broken(), false)
		wantBroken(tasks)
		tasks, _ = waitingTasks(t, ctx, 2, inBarrier(b, &numbers))
		b.Abort()
		b.Reset() // comes too late for those
		wantBroken(tasks)
		b.Abort()
		equal(t, "broken", b.Broken(), true)
		equal(t, "String", b.String(), "Barrier(broken)")
		equal(t, "Wait at a broken one", second(b.Wait(ctx)), asyncio.ErrBrokenBarrier)
		b.Reset()
		waitingTasks(t, ctx, 2, inBarrier(b, &numbers))
		equal(t, "error", second(b.Wait(ctx)), nil)
		b.Abort() // comes too late for the two that have not run yet
		yield(t, ctx)
		equalAll(t, "numbers", numbers, []int{0, 1})
		onGoroutine(func() {
			wantPanic(t, asyncio.ErrWrongGoroutine, b.Reset)
			wantPanic(t, asyncio.ErrWrongGoroutine, b.Abort)
		})
	})
	wantPanic(t, os.ErrInvalid, func() { asyncio.NewBarrier(0) })
}
