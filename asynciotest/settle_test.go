// SPDX-License-Identifier: Apache-2.0

package asynciotest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/asynciotest"
)

// Channels between tasks have goroutines of the library's behind them; every schedule is the same
// again all the same.
func TestExploreChannels(t *testing.T) {
	for _, size := range []int{0, 1} {
		done := asynciotest.Explore(t, asynciotest.ExploreConfig{MaxSchedules: 3000}, func(ctx context.Context, at *asynciotest.T) {
			ch := make(chan int, size)
			sum := 0
			for i := range 2 {
				asyncio.CreateTask(ctx, func(ctx context.Context) (int, error) { return 0, asyncio.Send(ctx, ch, i+1) })
			}
			receiver := asyncio.CreateTask(ctx, func(ctx context.Context) (int, error) {
				for range 2 {
					v, _, err := asyncio.Recv(ctx, ch)
					if err != nil {
						return 0, err
					}
					sum += v
				}
				return sum, nil
			})
			if v, err := receiver.Await(ctx); v != 3 || err != nil {
				at.Errorf("received %d, %v", v, err)
			}
			if err := asyncio.Sleep(ctx, time.Second); err != nil {
				at.Error(err)
			}
		})
		if done.Schedules < 10 {
			t.Errorf("%d schedules", done.Schedules)
		}
	}
}

// The same for contexts of package context.
func TestExploreStdContext(t *testing.T) {
	asynciotest.Explore(t, asynciotest.ExploreConfig{MaxSchedules: 1000}, func(ctx context.Context, at *asynciotest.T) {
		std, cancel := context.WithCancel(ctx)
		defer cancel()
		var event asyncio.Event
		tasks := make([]*asyncio.Task[int], 3)
		for i := range tasks {
			tasks[i] = asyncio.CreateTask(std, func(ctx context.Context) (int, error) {
				if err := asyncio.Sleep(ctx, 0); err != nil {
					return 0, err
				}
				return 0, event.Wait(ctx)
			})
		}
		if err := asyncio.Sleep(ctx, 0); err != nil {
			at.Error(err)
		}
		cancel()
		event.Set()
		for _, task := range tasks {
			if _, err := task.Await(ctx); !errors.Is(err, context.Canceled) {
				at.Errorf("error %v", err)
			}
		}
		if at.Elapsed() != 0 {
			at.Errorf("it took %v", at.Elapsed())
		}
	})
}
