// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gocurtain/asyncio"
)

// A heartbeat, until the work is done.
func ExampleTicks() {
	_ = asyncio.Run(func(ctx context.Context) error {
		beats := 0
		for range asyncio.Ticks(ctx, time.Millisecond) {
			if beats++; beats == 3 {
				break
			}
		}
		fmt.Println(beats, ctx.Err())
		return nil
	})
	// Output: 3 <nil>
}

// The fastest of several servers; one that is down does not matter.
func ExampleFirst() {
	_ = asyncio.Run(func(ctx context.Context) error {
		fetch := func(server string, d time.Duration, err error) func(ctx context.Context) (string, error) {
			return func(ctx context.Context) (string, error) {
				if cut := asyncio.Sleep(ctx, d); cut != nil {
					fmt.Println(server, "was cancelled")
					return "", cut
				}
				return "from " + server, err
			}
		}
		fmt.Println(asyncio.First(ctx, fetch("a", time.Hour, nil), fetch("b", time.Millisecond, nil)))
		down := errors.New("down")
		_, err := asyncio.First(ctx, fetch("a", 0, fmt.Errorf("a is %w", down)), fetch("b", 0, fmt.Errorf("b is %w", down)))
		fmt.Println(err)
		return nil
	})
	// Output:
	// a was cancelled
	// from b <nil>
	// a is down
	// b is down
}

// A hundred tasks, four at a time.
func ExampleTaskGroup_SetLimit() {
	running, most := 0, 0
	err := asyncio.Run(func(ctx context.Context) error {
		return asyncio.WithTaskGroup(ctx, func(ctx context.Context, g *asyncio.TaskGroup) error {
			g.SetLimit(4)
			for range 100 {
				g.Go(func(ctx context.Context) error {
					running++
					most = max(most, running)
					err := asyncio.Sleep(ctx, time.Microsecond)
					running--
					return err
				})
			}
			return nil
		})
	})
	fmt.Println(most, "at a time", err)
	// Output: 4 at a time <nil>
}

// A job that fails is put back a little later. It is put back before TaskDone is called for it, so
// the queue always knows that there is work left, and Join waits for that, too.
func ExampleQueue_Join() {
	_ = asyncio.Run(func(ctx context.Context) error {
		type job struct{ name, tries string }
		jobs := asyncio.NewQueue[job](0)
		work := func(j job) bool { return j.name == "easy" || len(j.tries) == 2 }
		worker := asyncio.CreateTask(ctx, func(ctx context.Context) (int, error) {
			for j, err := range jobs.All(ctx) {
				if err != nil {
					return 0, err
				}
				if work(j) {
					fmt.Println("done:", j.name)
					jobs.TaskDone()
					continue
				}
				fmt.Println("later:", j.name)
				asyncio.RunningLoop(ctx).CallLater(time.Millisecond, func() {
					j.tries += "I"
					_ = jobs.TryPut(j) // the queue has no limit
					jobs.TaskDone()
				})
			}
			return 0, nil
		})
		_ = jobs.TryPut(job{name: "hard"})
		_ = jobs.TryPut(job{name: "easy"})
		err := jobs.Join(ctx)
		fmt.Println("all done", err)
		jobs.Shutdown(false)
		_, err = worker.Await(ctx)
		return err
	})
	// Output:
	// later: hard
	// done: easy
	// later: hard
	// done: hard
	// all done <nil>
}
