// SPDX-License-Identifier: Apache-2.0

package asynciotest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/asynciotest"
)

// printer is a test that prints its output; in a real test, use t.
type printer struct{ testing.TB }

func (printer) Name() string                    { return "TestCounter" }
func (printer) Helper()                         {}
func (printer) Log(args ...any)                 { fmt.Println(args...) }
func (printer) Logf(format string, args ...any) { fmt.Printf(format+"\n", args...) }
func (printer) FailNow()                        { fmt.Println("FAIL") }

func ExampleRun() {
	t := printer{}
	asynciotest.Run(t, func(ctx context.Context, t *asynciotest.T) {
		if err := asyncio.Sleep(ctx, 24*time.Hour); err != nil {
			t.Fatal(err)
		}
		fmt.Println("slept", t.Elapsed())
	})
	// Output: slept 24h0m0s
}

func ExampleExplore() {
	t := printer{}
	asynciotest.Explore(t, asynciotest.ExploreConfig{}, func(ctx context.Context, t *asynciotest.T) {
		value := 0
		load := func(ctx context.Context) error {
			err := asyncio.Sleep(ctx, 0) // or a read from somewhere
			value = 42
			return err
		}
		use := func(ctx context.Context) error {
			// Until load is ready, surely. It should wait for an Event, of course.
			err := errors.Join(asyncio.Sleep(ctx, 0), asyncio.Sleep(ctx, 0))
			if value == 0 {
				t.Error("not loaded yet")
			}
			return err
		}
		err := asyncio.WithTaskGroup(ctx, func(_ context.Context, g *asyncio.TaskGroup) error {
			g.Go(load).SetName("load")
			g.Go(use).SetName("use")
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	// Output:
	// schedule 5 fails (choices out of the usual order: 2):
	// 	example_test.go:49: not loaded yet
	// its steps; one with a > runs before others that usually come first:
	// 	  1   main: creates load (example_test.go:54), creates use (example_test.go:55), waits (group) for thing 1 (example_test.go:53)
	// 	  2 > use: lets others run (example_test.go:47)
	// 	  3 > use: lets others run (example_test.go:47)
	// 	  4   load: lets others run (example_test.go:41)
	// 	  5   use: ends: result
	// 	  6   load: ends: result, wakes main
	// 	  7   main: ends: result, schedules callback 1
	// 	  8   callback 1:
	// to see it again: ASYNCIOTEST_SCHEDULE=0:1,1:1 go test -run '^TestCounter$'
	// FAIL
}

func ExampleShuffle() {
	t := printer{}
	longest := 0
	asynciotest.Shuffle(t, 100, func(ctx context.Context, t *asynciotest.T) {
		q := asyncio.NewQueue[int](0)
		err := asyncio.WithTaskGroup(ctx, func(_ context.Context, g *asyncio.TaskGroup) error {
			for i := range 10 {
				g.Go(func(context.Context) error { return q.TryPut(i) })
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		longest = max(longest, q.Len())
	})
	fmt.Println(longest)
	// Output: 10
}
