// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
)

// TestTaskStack shows where a task waits, and what the current one does.
func TestTaskStack(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		waiting := spawn(ctx, forever)
		equal(t, "before the first step", string(waiting.Stack()), "")
		yield(t, ctx)
		if stack := string(waiting.Stack()); !strings.Contains(stack, "asyncio_test.forever(") || strings.Contains(stack, "TestTaskStack.func1(") {
			t.Errorf("it waits in\n%s", stack)
		}
		waiting.Cancel(nil)
		_, _, _ = asyncio.Wait(ctx, asyncio.AllCompleted, waiting)
		equal(t, "after the end", string(waiting.Stack()), "")
		me := spawn(ctx, func(context.Context) error { return nil })
		me.Cancel(nil)
		var own *asyncio.Task[struct{}]
		own = spawn(ctx, func(context.Context) error {
			if stack := string(own.Stack()); !strings.Contains(stack, "TestTaskStack.func1.2(") {
				t.Errorf("the current task does\n%s", stack)
			}
			return nil
		})
		_, _, _ = asyncio.Wait(ctx, asyncio.AllCompleted, own)
	})
}

// Coroutines of a burst are given back when the loop has time.
func TestIdleCoroutinesAreFreed(t *testing.T) {
	const burst = 5000
	inVirtual(t, func(ctx context.Context) {
		l := asyncio.RunningLoop(ctx)
		var tasks []*asyncio.Task[struct{}]
		for range burst {
			tasks = append(tasks, spawn(ctx, func(ctx context.Context) error { return asyncio.Sleep(ctx, time.Second) }))
		}
		if _, err := asyncio.Gather(ctx, tasks...); err != nil {
			t.Error(err)
		}
		equal(t, "after the burst", l.Stats().Coroutines, burst)
		if err := asyncio.Sleep(ctx, time.Second); err != nil {
			t.Error(err)
		}
		if n := l.Stats().Coroutines; n > 1024 {
			t.Errorf("%d coroutines are kept", n)
		}
	})
}
