// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"os"
	"runtime"
	"testing"

	"github.com/gocurtain/asyncio"
)

// What internal/house does not see when it calls each method of each zero value: the zero values
// that work, and what says so if none does.
func TestZeroValuesInUse(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var f asyncio.ConcurrentFuture[int]
		asyncio.RunningLoop(ctx).CallSoon(func() { _ = f.SetResult(7) })
		got, err := f.Await(ctx)
		equal(t, "concurrent future", got, 7)
		equal(t, "its error", err, nil)
		<-f.Done()
		var e asyncio.Executor
		got, err = asyncio.RunInExecutor(ctx, &e, func(context.Context) (int, error) { return 8, nil })
		equal(t, "executor", got, 8)
		equal(t, "its error", err, nil)

		var l asyncio.Loop
		var future asyncio.Future[int]
		var task asyncio.Task[int]
		for what, err := range map[string]error{
			"Loop.StatsThreadsafe":  second(l.StatsThreadsafe(ctx)),
			"CreateTaskThreadsafe":  second(asyncio.CreateTaskThreadsafe(ctx, &l, exits).Await(ctx)),
			"RunUntilComplete":      panicOf(func() { _, _ = asyncio.RunUntilComplete(&l, asyncio.NewFuture[int](&l)) }),
			"NewFuture":             asyncio.NewFuture[int](&l).SetResult(1),
			"NewFuture without one": panicOf(func() { asyncio.NewFuture[int](nil) }),
			"Gather":                second(asyncio.Gather(ctx, &task)),
			"Wait":                  third(asyncio.Wait(ctx, asyncio.AllCompleted, &future)),
			"CreateTaskIn":          panicOf(func() { asyncio.CreateTaskIn(&asyncio.TaskGroup{}, exits) }),
		} {
			var fault runtime.Error
			if errors.As(err, &fault) || err == nil && what != "RunUntilComplete" {
				t.Errorf("%s: %v", what, err)
			} else if err != nil && !errors.Is(err, os.ErrInvalid) && !errors.Is(err, asyncio.ErrNoTask) {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

func third[A, B any](_ A, _ B, err error) error { return err }
