// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gocurtain/asyncio"
)

// The graph names two tasks that wait for each other.
func ExampleLoop_WaitGraph() {
	err := asyncio.Run(func(ctx context.Context) error {
		var a, b asyncio.Lock
		both := func(first, second *asyncio.Lock) func(context.Context) error {
			return func(ctx context.Context) error {
				return first.Do(ctx, func(ctx context.Context) error {
					return errors.Join(asyncio.Sleep(ctx, 0), second.Acquire(ctx))
				})
			}
		}
		asyncio.CurrentTask(ctx).SetName("main")
		ctx, cancel := asyncio.WithTimeout(ctx, 200*time.Millisecond)
		defer cancel()
		return asyncio.WithTaskGroup(ctx, func(ctx context.Context, g *asyncio.TaskGroup) error {
			g.Go(both(&a, &b)).SetName("x")
			g.Go(both(&b, &a)).SetName("y")
			err := asyncio.Sleep(ctx, time.Millisecond)
			graph := asyncio.RunningLoop(ctx).WaitGraph()
			for t := range graph.Tasks() {
				fmt.Println(strings.TrimSpace(fmt.Sprint(t.Name, " ", t.State, " ", t.Waits.What)))
			}
			fmt.Println(graph.Deadlock())
			return err
		})
	})
	fmt.Println(err)
	// Output:
	// main running
	// x waiting Lock(locked by y, 1 waiting)
	// y waiting Lock(locked by x, 1 waiting)
	// tasks wait for each other in a circle: x waits for Lock(locked by y, 1 waiting); y waits for Lock(locked by x, 1 waiting)
	// context deadline exceeded
}

// A step that blocks is reported while it blocks.
func ExampleLoop_SetStallHandler() {
	err := asyncio.Run(func(ctx context.Context) error {
		asyncio.CurrentTask(ctx).SetName("main")
		l := asyncio.RunningLoop(ctx)
		reports := make(chan asyncio.Stall, 2)
		l.SetStallThreshold(5 * time.Millisecond)
		l.SetStallHandler(func(s asyncio.Stall) { reports <- s })
		s := <-reports // something that takes too long
		fmt.Println(s.TaskName, s.Duration >= 5*time.Millisecond, s.Over)
		return asyncio.Sleep(ctx, 0)
	})
	if err != nil {
		fmt.Println(err)
	}
	// Output: main true false
}
