// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"cmp"
	"context"
	"errors"
	"os"
	"runtime"
	"slices"
	"testing"

	"github.com/gocurtain/asyncio"
)

// anyQueue is what the three kinds of queue have in common.
type anyQueue[T any] interface {
	Put(ctx context.Context, item T) error
	TryPut(item T) error
	Get(ctx context.Context) (T, error)
	TryGet() (T, error)
	Shutdown(immediate bool)
	TaskDone()
	Join(ctx context.Context) error
	Len() int
	Cap() int
	String() string
}

func TestQueueOrders(t *testing.T) {
	type job struct {
		priority int
		name     string
	}
	byPriority := func(a, b job) int { return cmp.Compare(a.priority, b.priority) }
	jobs := []job{{2, "a"}, {1, "b"}, {2, "c"}, {1, "d"}, {3, "e"}, {1, "f"}}
	for _, test := range []struct {
		name  string
		queue anyQueue[job]
		want  string
	}{
		{"Queue", asyncio.NewQueue[job](0), "abcdef"},
		{"zero Queue", &asyncio.Queue[job]{}, "abcdef"},
		{"LIFOQueue", asyncio.NewLIFOQueue[job](0), "fedcba"},
		{"zero LIFOQueue", &asyncio.LIFOQueue[job]{}, "fedcba"},
		{"PriorityQueue", asyncio.NewPriorityQueueFunc(0, byPriority), "bdface"},
	} {
		t.Run(test.name, func(t *testing.T) {
			for range 2 { // again, when it has been empty
				for _, j := range jobs {
					equal(t, "TryPut", test.queue.TryPut(j), nil)
				}
				got := ""
				for test.queue.Len() > 0 {
					j, err := test.queue.TryGet()
					equal(t, "TryGet", err, nil)
					got += j.name
				}
				equal(t, "order", got, test.want)
				equal(t, "TryGet of an empty one", second(test.queue.TryGet()), asyncio.ErrQueueEmpty)
			}
		})
	}
}

func TestQueueBlocksWhenFullOrEmpty(t *testing.T) {
	for name, q := range map[string]anyQueue[int]{
		"Queue": asyncio.NewQueue[int](2), "LIFOQueue": asyncio.NewLIFOQueue[int](2), "PriorityQueue": asyncio.NewPriorityQueue[int](2),
	} {
		t.Run(name, func(t *testing.T) {
			inVirtual(t, func(ctx context.Context) {
				equal(t, "Cap", q.Cap(), 2)
				_, ran := waitingTasks(t, ctx, 4, func(ctx context.Context) error { return q.Put(ctx, 7) })
				equalAll(t, "put", *ran, []int{0, 1})
				equal(t, "String", q.String(), "Queue(2 of 2 items, 0 getting, 2 putting, 2 unfinished)")
				equal(t, "TryPut", q.TryPut(8), asyncio.ErrQueueFull)
				item, err := q.Get(ctx)
				equal(t, "Get", err, nil)
				equal(t, "item", item, 7)
				equal(t, "TryPut into the room of another", q.TryPut(8), asyncio.ErrQueueFull)
				yield(t, ctx)
				equalAll(t, "put", *ran, []int{0, 1, 2})
				for range 3 {
					equal(t, "Get", second(q.Get(ctx)), nil)
				}
				equalAll(t, "put", *ran, []int{0, 1, 2, 3})

				_, got := waitingTasks(t, ctx, 2, func(ctx context.Context) error { return second(q.Get(ctx)) })
				equal(t, "String", q.String(), "Queue(0 of 2 items, 2 getting, 0 putting, 4 unfinished)")
				equal(t, "TryPut", q.TryPut(9), nil)
				equal(t, "TryGet of another's item", second(q.TryGet()), asyncio.ErrQueueEmpty)
				equal(t, "Len", q.Len(), 1)
				yield(t, ctx)
				equalAll(t, "got", *got, []int{0})
				equal(t, "TryPut", q.TryPut(9), nil)
				yield(t, ctx)
				equalAll(t, "got", *got, []int{0, 1})
			})
		})
	}
}

// Whenever a Get is cancelled, no item is lost; whenever a Put is, none is put, or one.
func TestQueueUnderCancellation(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		q := asyncio.NewQueue[int](1)
		getters, got := waitingTasks(t, ctx, 3, func(ctx context.Context) error { return second(q.Get(ctx)) })
		getters[0].Cancel(nil) // while it waits
		equal(t, "TryPut", q.TryPut(1), nil)
		getters[1].Cancel(nil) // after it was woken: the item is its own
		yield(t, ctx)
		equalAll(t, "got", *got, []int{1})
		equal(t, "Len", q.Len(), 0)
		getters[2].Cancel(nil)
		yield(t, ctx)

		equal(t, "TryPut", q.TryPut(1), nil)
		putters, put := waitingTasks(t, ctx, 3, func(ctx context.Context) error { return q.Put(ctx, 2) })
		putters[0].Cancel(nil)
		equal(t, "TryGet", second(q.TryGet()), nil)
		putters[1].Cancel(nil)
		equal(t, "Get waits for the one that was woken", second(q.Get(ctx)), nil)
		equalAll(t, "put", *put, []int{1})
		yield(t, ctx)
		equalAll(t, "put", *put, []int{1, 2})

		cancelled := cancelledContext(ctx)
		equal(t, "Get of what is there", second(q.Get(cancelled)), context.Canceled)
		equal(t, "Len", q.Len(), 1)
		equal(t, "TryGet", second(q.TryGet()), nil)
		equal(t, "Put where there is room", q.Put(cancelled, 1), context.Canceled)
		equal(t, "Join", q.Join(cancelled), context.Canceled)
		equal(t, "Len", q.Len(), 0)
	})
}

func TestQueueJoin(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var q asyncio.Queue[int]
		equal(t, "Join of an unused queue", q.Join(ctx), nil)
		wantPanic(t, asyncio.ErrInvalidState, q.TaskDone)
		for i := range 3 {
			equal(t, "TryPut", q.TryPut(i), nil)
		}
		joiners, joined := waitingTasks(t, ctx, 3, q.Join)
		joiners[1].Cancel(nil)
		for i := range 3 {
			equalAll(t, "joined", *joined, nil)
			equal(t, "TryGet", second(q.TryGet()), nil)
			q.TaskDone()
			if i < 2 {
				yield(t, ctx)
			}
		}
		equal(t, "TryPut", q.TryPut(9), nil) // who has been woken has joined
		yield(t, ctx)
		equalAll(t, "joined", *joined, []int{0, 2})
		q.TaskDone()
		wantPanic(t, asyncio.ErrInvalidState, q.TaskDone)
	})
}

func TestQueueShutdown(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		q := asyncio.NewQueue[int](1)
		equal(t, "TryPut", q.TryPut(1), nil)
		putters, put := waitingTasks(t, ctx, 2, func(ctx context.Context) error { return q.Put(ctx, 2) })
		q.Shutdown(false)
		equal(t, "shut down", q.IsShutDown(), true)
		equal(t, "TryPut", q.TryPut(3), asyncio.ErrQueueShutDown)
		equal(t, "Put", q.Put(ctx, 3), asyncio.ErrQueueShutDown)
		for _, putter := range putters {
			equal(t, "a Put that waited", second(putter.Await(ctx)), asyncio.ErrQueueShutDown)
		}
		equalAll(t, "put", *put, nil)
		equal(t, "String", q.String(), "Queue(1 of 1 items, 0 getting, 0 putting, 1 unfinished, shut down)")
		equal(t, "Get of what is left", second(q.Get(ctx)), nil)
		equal(t, "Get", second(q.Get(ctx)), asyncio.ErrQueueShutDown)
		equal(t, "TryGet", second(q.TryGet()), asyncio.ErrQueueShutDown)
		q.TaskDone()
		equal(t, "Join", q.Join(ctx), nil)
		q.Shutdown(false)
	})
}

// Of two tasks that wait to get, one was woken for an item when the queue is shut down.
func TestQueueShutdownWakesGetters(t *testing.T) {
	for _, immediate := range []bool{false, true} {
		inVirtual(t, func(ctx context.Context) {
			var q asyncio.Queue[int]
			getters, _ := waitingTasks(t, ctx, 2, func(ctx context.Context) error { return second(q.Get(ctx)) })
			equal(t, "TryPut", q.TryPut(1), nil)
			q.Shutdown(immediate)
			want := error(nil)
			if immediate {
				want = asyncio.ErrQueueShutDown
			}
			equal(t, "the one with an item", second(getters[0].Await(ctx)), want)
			equal(t, "the other", second(getters[1].Await(ctx)), asyncio.ErrQueueShutDown)
			equal(t, "Len", q.Len(), 0)
		})
	}
}

func TestQueueShutdownImmediate(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		q := asyncio.NewQueue[int](3)
		for i := range 3 {
			equal(t, "TryPut", q.TryPut(i), nil)
		}
		// A Put that has been given room already fails too, and puts nothing.
		putters, _ := waitingTasks(t, ctx, 1, func(ctx context.Context) error { return q.Put(ctx, 9) })
		joiners, joined := waitingTasks(t, ctx, 1, q.Join)
		equal(t, "TryGet", second(q.TryGet()), nil)
		q.Shutdown(false)
		equal(t, "Put", second(putters[0].Await(ctx)), asyncio.ErrQueueShutDown)
		q.Shutdown(true)
		equal(t, "Len", q.Len(), 0)
		equal(t, "String", q.String(), "Queue(0 of 3 items, 0 getting, 0 putting, 1 unfinished, shut down)")
		equalAll(t, "joined", *joined, nil)
		q.TaskDone() // that of the item that was got
		equal(t, "Join", second(joiners[0].Await(ctx)), nil)
	})
}

func TestQueueAll(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		q := asyncio.NewQueue[int](2)
		var got []int
		workers, _ := waitingTasks(t, ctx, 3, func(ctx context.Context) error {
			for item, err := range q.All(ctx) {
				if err != nil {
					return err
				}
				got = append(got, item)
				q.TaskDone()
			}
			return nil
		})
		for i := range 10 {
			equal(t, "Put", q.Put(ctx, i), nil)
		}
		equal(t, "Join", q.Join(ctx), nil)
		workers[0].Cancel(nil)
		equal(t, "cancelled worker", second(workers[0].Await(ctx)), context.Canceled)
		equal(t, "Put", q.Put(ctx, 10), nil)
		q.Shutdown(false)
		for _, worker := range workers[1:] {
			equal(t, "worker", second(worker.Await(ctx)), nil)
		}
		slices.Sort(got)
		equalAll(t, "got", got, []int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
	})
	inVirtual(t, func(ctx context.Context) {
		var q asyncio.Queue[int]
		for i := range 3 {
			equal(t, "TryPut", q.TryPut(i), nil)
		}
		for range q.All(ctx) {
			break
		}
		equal(t, "Len after leaving early", q.Len(), 2)
	})
}

func TestQueueMisuse(t *testing.T) {
	wantPanic(t, os.ErrInvalid, func() { asyncio.NewPriorityQueueFunc[int](0, nil) })
	var q asyncio.Queue[int]
	equal(t, "TryPut before a loop uses it", q.TryPut(1), nil)
	inVirtual(t, func(ctx context.Context) {
		equal(t, "Get", second(q.Get(ctx)), nil)
		equal(t, "Get outside of a task", errors.Is(second(q.Get(context.Background())), asyncio.ErrNoTask), true)
		onGoroutine(func() {
			equal(t, "TryPut", errors.Is(q.TryPut(1), asyncio.ErrWrongGoroutine), true)
			equal(t, "TryGet", errors.Is(second(q.TryGet()), asyncio.ErrWrongGoroutine), true)
			for _, fn := range []func(){q.TaskDone, func() { q.Shutdown(true) }, func() { q.Len() }, func() { _ = q.String() }, func() { q.IsShutDown() }} {
				wantPanic(t, asyncio.ErrWrongGoroutine, fn)
			}
			inVirtual(t, func(ctx context.Context) {
				equal(t, "Get on another loop", errors.Is(second(q.Get(ctx)), asyncio.ErrOtherLoop), true)
			})
		})
		equal(t, "TryPut", q.TryPut(2), nil)
	})
	equal(t, "TryGet after the loop is closed", second(q.TryGet()), nil)
}

// After a burst the memory is given back.
func TestQueueGivesMemoryBack(t *testing.T) {
	const items = 200_000
	for name, q := range map[string]anyQueue[[16]int]{
		"Queue":         asyncio.NewQueue[[16]int](0),
		"LIFOQueue":     asyncio.NewLIFOQueue[[16]int](0),
		"PriorityQueue": asyncio.NewPriorityQueueFunc(0, func(a, b [16]int) int { return a[0] - b[0] }),
	} {
		t.Run(name, func(t *testing.T) {
			before := heapInUse()
			for i := range items {
				equal(t, "TryPut", q.TryPut([16]int{i}), nil)
			}
			for range items {
				equal(t, "TryGet", second(q.TryGet()), nil)
			}
			if kept := heapInUse() - before; kept > 1<<20 {
				t.Errorf("an empty queue keeps %d bytes", kept)
			}
			runtime.KeepAlive(q)
		})
	}
}

func heapInUse() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}
