// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"testing"

	"github.com/gocurtain/asyncio"
)

func TestEvent(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var event asyncio.Event
		tasks, ran := waitingTasks(t, ctx, 3, event.Wait)
		equal(t, "String", event.String(), "Event(unset, 3 waiting)")
		tasks[1].Cancel(nil)
		event.Set()
		equal(t, "String", event.String(), "Event(set)")
		event.Clear() // who waited has been woken all the same
		equal(t, "set", event.IsSet(), false)
		yield(t, ctx)
		equalAll(t, "ran", *ran, []int{0, 2})

		_, ran = waitingTasks(t, ctx, 1, event.Wait)
		equalAll(t, "ran after Clear", *ran, nil)
		event.Set()
		event.Set()
		yield(t, ctx)
		equalAll(t, "ran", *ran, []int{0})
		equal(t, "Wait for an event that is set, under a cancelled context", event.Wait(cancelledContext(ctx)), context.Canceled)
	})
}

// A task that was woken has waited successfully, whatever happens before it runs.
func TestEventWokenThenCancelled(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var event asyncio.Event
		tasks, ran := waitingTasks(t, ctx, 1, event.Wait)
		event.Set()
		tasks[0].Cancel(nil)
		yield(t, ctx)
		equalAll(t, "ran", *ran, []int{0})
	})
}

func TestEventMisuse(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var event asyncio.Event
		event.Set()
		equal(t, "Wait", event.Wait(ctx), nil)
		onGoroutine(func() {
			for _, fn := range []func(){event.Set, event.Clear, func() { event.IsSet() }, func() { _ = event.String() }} {
				wantPanic(t, asyncio.ErrWrongGoroutine, fn)
			}
		})
		equal(t, "outside of a task", errors.Is(event.Wait(asyncio.RunningLoop(ctx).Context()), asyncio.ErrNoTask), true)
	})
}
