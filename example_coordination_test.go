// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"fmt"
	"time"

	"github.com/gocurtain/asyncio"
)

func ExampleLock() {
	_ = asyncio.Run(func(ctx context.Context) error {
		var lock asyncio.Lock
		return asyncio.WithTaskGroup(ctx, func(ctx context.Context, g *asyncio.TaskGroup) error {
			for _, name := range []string{"a", "b"} {
				g.Go(func(ctx context.Context) error {
					return lock.Do(ctx, func(ctx context.Context) error {
						fmt.Println(name, "begins")
						err := asyncio.Sleep(ctx, time.Millisecond) // the other one cannot begin meanwhile
						fmt.Println(name, "ends")
						return err
					})
				})
			}
			return nil
		})
	})
	// Output:
	// a begins
	// a ends
	// b begins
	// b ends
}

func ExampleEvent() {
	_ = asyncio.Run(func(ctx context.Context) error {
		var ready asyncio.Event
		waiter := asyncio.CreateTask(ctx, func(ctx context.Context) (string, error) {
			return "went on", ready.Wait(ctx)
		})
		_ = asyncio.Sleep(ctx, 0)
		fmt.Println(&ready)
		ready.Set()
		fmt.Println(waiter.Await(ctx))
		return nil
	})
	// Output:
	// Event(unset, 1 waiting)
	// went on <nil>
}

func ExampleCondition() {
	_ = asyncio.Run(func(ctx context.Context) error {
		var cond asyncio.Condition
		stock := 0
		buyer := asyncio.CreateTask(ctx, func(ctx context.Context) (int, error) {
			err := cond.Do(ctx, func(ctx context.Context) error {
				return cond.WaitFor(ctx, func() bool { return stock >= 2 })
			})
			return stock, err
		})
		for range 2 {
			_ = cond.Do(ctx, func(ctx context.Context) error {
				stock++
				cond.NotifyAll()
				return nil
			})
		}
		fmt.Println(buyer.Await(ctx))
		return nil
	})
	// Output: 2 <nil>
}

func ExampleSemaphore() {
	_ = asyncio.Run(func(ctx context.Context) error {
		connections := asyncio.NewSemaphore(2)
		open, most := 0, 0
		err := asyncio.WithTaskGroup(ctx, func(ctx context.Context, g *asyncio.TaskGroup) error {
			for range 10 {
				g.Go(func(ctx context.Context) error {
					return connections.Do(ctx, func(ctx context.Context) error {
						open++
						most = max(most, open)
						err := asyncio.Sleep(ctx, time.Millisecond)
						open--
						return err
					})
				})
			}
			return nil
		})
		fmt.Println(most, "at once")
		return err
	})
	// Output: 2 at once
}

func ExampleBoundedSemaphore() {
	s := asyncio.NewBoundedSemaphore(1)
	defer func() { fmt.Println(recover()) }()
	s.Release()
	// Output: asyncio: BoundedSemaphore.Release: released or used without being acquired
}

func ExampleBarrier() {
	_ = asyncio.Run(func(ctx context.Context) error {
		barrier := asyncio.NewBarrier(3)
		return asyncio.WithTaskGroup(ctx, func(ctx context.Context, g *asyncio.TaskGroup) error {
			for i := range 3 {
				g.Go(func(ctx context.Context) error {
					if err := asyncio.Sleep(ctx, time.Duration(i)*time.Millisecond); err != nil {
						return err
					}
					number, err := barrier.Wait(ctx)
					if number == 0 {
						fmt.Println("all have arrived")
					}
					return err
				})
			}
			return nil
		})
	})
	// Output: all have arrived
}

func ExampleQueue() {
	err := asyncio.Run(func(ctx context.Context) error {
		queue := asyncio.NewQueue[string](1)
		return asyncio.WithTaskGroup(ctx, func(ctx context.Context, g *asyncio.TaskGroup) error {
			g.Go(func(ctx context.Context) error {
				for item, err := range queue.All(ctx) {
					if err != nil {
						return err
					}
					fmt.Println("got", item)
				}
				return nil // the queue was shut down, and is empty
			})
			for _, item := range []string{"a", "b", "c"} {
				if err := queue.Put(ctx, item); err != nil {
					return err
				}
			}
			queue.Shutdown(false)
			return nil
		})
	})
	fmt.Println(err)
	// Output:
	// got a
	// got b
	// got c
	// <nil>
}

func ExampleQueue_join() {
	_ = asyncio.Run(func(ctx context.Context) error {
		var queue asyncio.Queue[int]
		worker := asyncio.CreateTask(ctx, func(ctx context.Context) (int, error) {
			sum := 0
			for item := range queue.All(ctx) {
				sum += item
				queue.TaskDone()
			}
			return sum, nil
		})
		for i := range 10 {
			_ = queue.Put(ctx, i)
		}
		fmt.Println("worked off:", queue.Join(ctx) == nil)
		queue.Shutdown(false)
		fmt.Println(worker.Await(ctx))
		return nil
	})
	// Output:
	// worked off: true
	// 45 <nil>
}

func ExamplePriorityQueue() {
	queue := asyncio.NewPriorityQueue[string](0)
	for _, item := range []string{"pear", "apple", "fig"} {
		_ = queue.TryPut(item)
	}
	for queue.Len() > 0 {
		fmt.Println(queue.TryGet())
	}
	fmt.Println(queue.TryGet())
	// Output:
	// apple <nil>
	// fig <nil>
	// pear <nil>
	//  asyncio: the queue is empty
}

func ExampleLIFOQueue() {
	queue := asyncio.NewLIFOQueue[int](2)
	fmt.Println(queue.TryPut(1), queue.TryPut(2))
	fmt.Println(queue.TryPut(3))
	fmt.Println(queue.TryGet())
	// Output:
	// <nil> <nil>
	// asyncio: the queue is full
	// 2 <nil>
}

func ExampleRecv() {
	_ = asyncio.Run(func(ctx context.Context) error {
		lines := make(chan string)
		go func() { // a goroutine, which may block
			lines <- "first"
			lines <- "second"
			close(lines)
		}()
		for {
			line, ok, err := asyncio.Recv(ctx, lines)
			if err != nil || !ok {
				return err
			}
			fmt.Println(line)
		}
	})
	// Output:
	// first
	// second
}

func ExampleSend() {
	_ = asyncio.Run(func(ctx context.Context) error {
		numbers, sum := make(chan int), make(chan int)
		go func() {
			total := 0
			for n := range numbers {
				total += n
			}
			sum <- total
		}()
		for i := range 5 {
			if err := asyncio.Send(ctx, numbers, i); err != nil {
				return err
			}
		}
		close(numbers)
		total, _, err := asyncio.Recv(ctx, sum)
		fmt.Println(total)
		return err
	})
	// Output: 10
}

func ExampleQueue_PumpTo() {
	_ = asyncio.Run(func(ctx context.Context) error {
		var jobs, results asyncio.Queue[int]
		in, out := make(chan int), make(chan int)
		go func() { // a worker that knows nothing of loops
			for n := range in {
				out <- n * n
			}
			close(out)
		}()
		for i := range 4 {
			_ = jobs.TryPut(i)
		}
		jobs.Shutdown(false)
		return asyncio.WithTaskGroup(ctx, func(ctx context.Context, g *asyncio.TaskGroup) error {
			g.Go(func(ctx context.Context) error {
				defer close(in)
				return jobs.PumpTo(ctx, in)
			})
			err := results.PumpFrom(ctx, out)
			results.Shutdown(false)
			for n := range results.All(ctx) {
				fmt.Println(n)
			}
			return err
		})
	})
	// Output:
	// 0
	// 1
	// 4
	// 9
}
