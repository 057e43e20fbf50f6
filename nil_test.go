// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/metrics"
)

// What is nil is refused by the call that it was given to, by its name. A task would find it only
// later, where no stack shows who has made the task.
func TestNilIsRefused(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		l := asyncio.RunningLoop(ctx)
		panicIn := func(op string, fn func()) {
			t.Helper()
			checkRefused(t, op, panicOf(fn))
		}
		panicIn("CreateTask", func() { asyncio.CreateTask[int](ctx, nil) })
		panicIn("CreateEagerTask", func() { asyncio.CreateEagerTask[int](ctx, nil) })
		panicIn("ToThread", func() { _, _ = asyncio.ToThread[int](ctx, nil) })
		panicIn("RunInExecutor", func() { _, _ = asyncio.RunInExecutor[int](ctx, nil, nil) })
		panicIn("Shield", func() { _, _ = asyncio.Shield[int](ctx, nil) })
		panicIn("CreateTaskThreadsafe", func() { asyncio.CreateTaskThreadsafe[int](ctx, l, nil) })
		_ = asyncio.WithTaskGroup(ctx, func(_ context.Context, g group) error {
			panicIn("CreateTaskIn", func() { asyncio.CreateTaskIn[int](g, nil) })
			panicIn("TaskGroup.Go", func() { g.Go(nil) })
			equal(t, "tasks in the group", g.Len(), 0)
			return nil
		})
		panicIn("CreateTaskIn", func() { asyncio.CreateTaskIn(nil, exits) })
		panicIn("WrapFuture", func() { asyncio.WrapFuture(nil, asyncio.NewConcurrentFuture[int]()) })
		panicIn("AddLoop", func() { metrics.New().AddLoop(nil) })
		panicIn("AddExecutor", func() { metrics.New().AddExecutor(nil) })
		_, _, err := asyncio.Wait(ctx, 99, asyncio.NewFuture[int](l))
		checkRefused(t, "Wait", err)
	})
	for op, err := range map[string]error{
		"Loop.StatsThreadsafe":     second((*asyncio.Loop)(nil).StatsThreadsafe(t.Context())),
		"Loop.WaitGraphThreadsafe": second((*asyncio.Loop)(nil).WaitGraphThreadsafe(t.Context())),
		"CreateTaskThreadsafe":     second(asyncio.CreateTaskThreadsafe(t.Context(), nil, exits).Await(t.Context())),
		"Runner.Run":               panicOf(func() { _ = asyncio.Run(nil) }),
	} {
		checkRefused(t, op, err)
	}
}

func checkRefused(t *testing.T, op string, err error) {
	t.Helper()
	var fault runtime.Error
	if errors.As(err, &fault) || !errors.Is(err, os.ErrInvalid) && !errors.Is(err, asyncio.ErrNoTask) {
		t.Errorf("%s of nil: %v", op, err)
		return
	}
	checkNames(t, op, err)
}

// checkNames checks that a misuse is told by the name of what was called.
func checkNames(t *testing.T, op string, err error) {
	t.Helper()
	if _, rest, _ := strings.Cut(err.Error(), ": "); !strings.HasPrefix(rest, op+": ") {
		t.Errorf("%s is refused with %q", op, err)
	}
}

// A function that is made of others is named itself.
func TestMisuseIsNamed(t *testing.T) {
	fresh := func() *asyncio.Loop {
		l, err := asyncio.NewLoop(asyncio.LoopConfig{})
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	closed, idle := fresh(), fresh()
	defer idle.Close()
	if err := closed.Close(); err != nil {
		t.Fatal(err)
	}
	inVirtual(t, func(ctx context.Context) {
		// Without a task's ctx, waiting would block this loop.
		checkNames(t, "Loop.StatsThreadsafe", second(idle.StatsThreadsafe(context.Background())))
		checkNames(t, "Loop.WaitGraphThreadsafe", second(idle.WaitGraphThreadsafe(context.Background())))
		for _, l := range []*asyncio.Loop{closed, new(asyncio.Loop)} {
			checkNames(t, "Loop.StatsThreadsafe", second(l.StatsThreadsafe(ctx)))
			checkNames(t, "CreateTaskThreadsafe", second(asyncio.CreateTaskThreadsafe(ctx, l, exits).Await(ctx)))
			checkNames(t, "Loop.CallSoonThreadsafe", l.CallSoonThreadsafe(func() {}))
		}
	})
}
