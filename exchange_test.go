// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
)

// Each is begun by a task, and ended at one second by another one, which then sleeps: the clock
// must not pass the goroutine that waits on the first task's behalf.
var exchanges = []struct {
	name string
	size int
	wait func(ctx context.Context, ch chan int) error
	end  func(ctx context.Context, ch chan int)
}{
	{"Recv, a value in the buffer", 1, recv, func(_ context.Context, ch chan int) { ch <- 1 }},
	{"Recv, no buffer", 0, recv, func(_ context.Context, ch chan int) { ch <- 1 }},
	{"Recv, Send", 0, recv, func(ctx context.Context, ch chan int) { _ = asyncio.Send(ctx, ch, 1) }},
	{"Recv, Send with a buffer", 1, recv, func(ctx context.Context, ch chan int) { _ = asyncio.Send(ctx, ch, 1) }},
	{"Recv, closed", 0, recv, func(_ context.Context, ch chan int) { close(ch) }},
	{"Send, no buffer", 0, send, func(_ context.Context, ch chan int) { <-ch }},
	{"Send, full", 1, func(ctx context.Context, ch chan int) error {
		ch <- 0
		return send(ctx, ch)
	}, func(_ context.Context, ch chan int) { <-ch }},
	{"Send, Recv", 0, send, func(ctx context.Context, ch chan int) { _, _, _ = asyncio.Recv(ctx, ch) }},
	{"PumpFrom", 1, func(ctx context.Context, ch chan int) error {
		return asyncio.NewQueue[int](0).PumpFrom(ctx, ch)
	}, func(_ context.Context, ch chan int) { close(ch) }},
	{"PumpFrom and a full queue", 1, func(ctx context.Context, ch chan int) error {
		q := asyncio.NewQueue[int](1)
		pump := spawn(ctx, func(ctx context.Context) error { return q.PumpFrom(ctx, ch) })
		_, err := q.Get(ctx)
		pump.Cancel(nil)
		return err
	}, func(_ context.Context, ch chan int) { ch <- 1 }},
	{"PumpTo", 0, func(ctx context.Context, ch chan int) error {
		q := asyncio.NewQueue[int](0)
		_ = q.TryPut(1)
		q.Shutdown(false)
		return q.PumpTo(ctx, ch)
	}, func(_ context.Context, ch chan int) { <-ch }},
}

func recv(ctx context.Context, ch chan int) error {
	_, _, err := asyncio.Recv(ctx, ch)
	return err
}

func send(ctx context.Context, ch chan int) error { return asyncio.Send(ctx, ch, 1) }

func TestClockWaitsForExchanges(t *testing.T) {
	for _, x := range exchanges {
		t.Run(x.name, func(t *testing.T) {
			for range 20 {
				inVirtual(t, func(ctx context.Context) {
					ch := make(chan int, x.size)
					var at time.Duration
					task := spawn(ctx, func(ctx context.Context) error {
						err := x.wait(ctx, ch)
						at = now(ctx)
						return err
					})
					_ = asyncio.Sleep(ctx, time.Second)
					x.end(ctx, ch)
					_ = asyncio.Sleep(ctx, time.Hour)
					_, err := task.Await(ctx)
					equal(t, "error", err, nil)
					equal(t, "woken at", at, time.Second)
				})
			}
		})
	}
}

// Who waits longest is served first, and a task that is cancelled leaves its turn to the next.
func TestExchangesInOrder(t *testing.T) {
	for _, size := range []int{0, 1, 10} {
		inVirtual(t, func(ctx context.Context) {
			ch := make(chan int, size)
			var got [6]int
			var tasks []*asyncio.Task[struct{}]
			for i := range got {
				tasks = append(tasks, spawn(ctx, func(ctx context.Context) (err error) {
					got[i], _, err = asyncio.Recv(ctx, ch)
					return err
				}))
			}
			yield(t, ctx)
			tasks[0].Cancel(nil)
			tasks[3].Cancel(nil)
			yield(t, ctx)
			for value := range 4 {
				equal(t, "Send", asyncio.Send(ctx, ch, 1+value), nil)
			}
			_, err := asyncio.GatherResults(ctx, tasks...)
			equal(t, "error", err, nil)
			if want := [6]int{0, 1, 2, 0, 3, 4}; got != want {
				t.Errorf("buffer of %d: got %v, want %v", size, got, want)
			}
		})
	}
}

// Senders and receivers among themselves, with tasks that yield in between.
func TestExchangesBetweenManyTasks(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		ch := make(chan int)
		var got []int
		err := asyncio.WithTaskGroup(ctx, func(_ context.Context, g *asyncio.TaskGroup) error {
			for i := range 20 {
				g.Go(func(ctx context.Context) error {
					for k := range 20 {
						if err := asyncio.Send(ctx, ch, 20*i+k); err != nil {
							return err
						}
					}
					return nil
				})
				g.Go(func(ctx context.Context) error {
					for range 20 {
						v, _, err := asyncio.Recv(ctx, ch)
						if err != nil {
							return err
						}
						got = append(got, v)
						_ = asyncio.Sleep(ctx, time.Duration(i%3)*time.Second)
					}
					return nil
				})
			}
			return nil
		})
		equal(t, "error", err, nil)
		slices.Sort(got)
		for i, v := range got {
			if i != v {
				t.Fatalf("%d values, %d at %d", len(got), v, i)
			}
		}
	})
}

// It is a fault of the program, which must not hang.
func TestSendOnClosedChannelWhileWaiting(t *testing.T) {
	if raced {
		t.Skip("to close a channel while somebody sends is a race, and what the test is about")
	}
	inVirtual(t, func(ctx context.Context) {
		ch := make(chan int)
		task := spawn(ctx, func(ctx context.Context) error { return asyncio.Send(ctx, ch, 1) })
		_ = asyncio.Sleep(ctx, time.Second)
		close(ch)
		var p *asyncio.PanicError
		equal(t, "panic", errors.As(panicOf(func() { _, _ = task.Await(ctx) }), &p), true)
		equal(t, "time", now(ctx), time.Second)
	})
}
