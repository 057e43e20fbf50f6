// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"testing"

	"github.com/gocurtain/asyncio"
)

func TestQueuePumpFrom(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		q, ch := asyncio.NewQueue[int](2), make(chan int, 10)
		for i := range 5 {
			ch <- i
		}
		pump := spawn(ctx, func(ctx context.Context) error { return q.PumpFrom(ctx, ch) })
		yield(t, ctx)
		equal(t, "in the queue", q.Len(), 2)
		equal(t, "left in the channel", len(ch), 3)
		for i := range 5 {
			item, err := q.Get(ctx)
			equal(t, "error", err, nil)
			equal(t, "item", item, i)
		}
		yield(t, ctx) // it waits for a value now
		equal(t, "String", q.String(), "Queue(0 of 2 items, 0 getting, 0 putting, 5 unfinished)")
		pump.Cancel(nil)
		equal(t, "cancelled", second(pump.Await(ctx)), context.Canceled)
		equal(t, "room after that", errors.Join(q.TryPut(1), q.TryPut(2)), nil)

		pump = spawn(ctx, func(ctx context.Context) error { return q.PumpFrom(ctx, ch) })
		yield(t, ctx)
		close(ch)
		equal(t, "TryGet", second(q.TryGet()), nil)
		equal(t, "channel closed", second(pump.Await(ctx)), nil)
		equal(t, "room after that", q.TryPut(3), nil)
	})
}

func TestQueuePumpFromUntilShutdown(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		q, ch := asyncio.NewQueue[int](1), make(chan int, 10)
		pump := spawn(ctx, func(ctx context.Context) error { return q.PumpFrom(ctx, ch) })
		yield(t, ctx)
		q.Shutdown(false)
		equal(t, "error", second(pump.Await(ctx)), asyncio.ErrQueueShutDown)
		ch <- 1
		equal(t, "error", q.PumpFrom(ctx, ch), asyncio.ErrQueueShutDown)
		equal(t, "left in the channel", len(ch), 1)
	})
}

func TestQueuePumpTo(t *testing.T) {
	for name, q := range map[string]interface {
		anyQueue[int]
		PumpTo(ctx context.Context, ch chan<- int) error
	}{"Queue": asyncio.NewQueue[int](5), "PriorityQueue": asyncio.NewPriorityQueue[int](5)} {
		t.Run(name, func(t *testing.T) {
			inVirtual(t, func(ctx context.Context) {
				ch := make(chan int, 2)
				for i := range 5 {
					equal(t, "TryPut", q.TryPut(i), nil)
				}
				pump := spawn(ctx, func(ctx context.Context) error { return q.PumpTo(ctx, ch) })
				yield(t, ctx)
				equal(t, "in the channel", len(ch), 2)
				equal(t, "TryPut", q.TryPut(5), nil) // into the room of the one that waits to be sent
				pump.Cancel(nil)
				equal(t, "cancelled", second(pump.Await(ctx)), context.Canceled)
				equal(t, "in the queue", q.Len(), 4)
				q.Shutdown(false)
				equal(t, "received", <-ch+<-ch, 0+1)
				pump = spawn(ctx, func(ctx context.Context) error { return q.PumpTo(ctx, ch) })
				for i := range 4 {
					value, _, err := asyncio.Recv(ctx, ch)
					equal(t, "error", err, nil)
					equal(t, "value", value, i+2)
				}
				equal(t, "shut down", second(pump.Await(ctx)), nil)
				equal(t, "Join", q.Join(ctx), nil)
			})
		})
	}
}

// The item is not lost if nobody can be sent it.
func TestQueuePumpToClosedChannel(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var q asyncio.Queue[int]
		equal(t, "TryPut", q.TryPut(1), nil)
		ch := make(chan int)
		close(ch)
		if err := panicOf(func() { _ = q.PumpTo(ctx, ch) }); err == nil {
			t.Error("no panic")
		}
		equal(t, "Len", q.Len(), 1)
	})
}
