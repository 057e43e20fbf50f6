// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/waitgraph"
)

// TestWaitGraph has a task for each way to wait, and shows the tree.
func TestWaitGraph(t *testing.T) {
	var tree string
	v := newVirtual(t, func(cfg *asyncio.RunnerConfig) { cfg.Loop.Name = "loop" })
	err := v.run(func(ctx context.Context) error {
		asyncio.CurrentTask(ctx).SetName("main")
		var lock asyncio.Lock
		var event asyncio.Event
		queue := asyncio.NewQueue[int](0)
		named(ctx, "holder", func(ctx context.Context) error { return lock.Do(ctx, forever) })
		named(ctx, "locked out", func(ctx context.Context) error { return lock.Acquire(ctx) })
		named(ctx, "event", event.Wait)
		named(ctx, "queue", func(ctx context.Context) error {
			_, err := queue.Get(ctx)
			return err
		})
		named(ctx, "sleeper", func(ctx context.Context) error { return asyncio.Sleep(ctx, time.Hour) })
		named(ctx, "group", func(ctx context.Context) error {
			return asyncio.WithTaskGroup(ctx, func(_ context.Context, g *asyncio.TaskGroup) error {
				for _, name := range []string{"one", "two"} {
					g.Go(forever).SetName(name)
				}
				return nil
			})
		})
		named(ctx, "gather", func(ctx context.Context) error {
			_, err := asyncio.Gather(ctx, named(ctx, "three", forever), named(ctx, "four", forever))
			return err
		})
		awaited := named(ctx, "awaited", forever)
		named(ctx, "awaiter", func(ctx context.Context) error {
			_, err := awaited.Await(ctx)
			return err
		})
		if err := asyncio.Sleep(ctx, time.Second); err != nil {
			return err
		}
		tree = v.loop.WaitGraph().String()
		return nil
	})
	equal(t, "error", err, nil)
	want := `loop: 14 tasks
main: running
locked out: waiting for Lock(locked by holder, 1 waiting)
└── holder: waiting for future
event: waiting for Event(unset, 1 waiting)
queue: waiting for an item of Queue(0 items, 1 getting, 0 putting, 0 unfinished)
sleeper: waiting for sleep
group: waiting for group
├── one: waiting for future
└── two: waiting for future
gather: waiting for many
├── three: waiting for future
└── four: waiting for future
awaiter: waiting for task
└── awaited: waiting for future
`
	if tree != want {
		t.Errorf("got\n%s\nwant\n%s", tree, want)
	}
}

// TestWaitGraphInfo has what is known of one task beside its wait.
func TestWaitGraphInfo(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		l := asyncio.RunningLoop(ctx)
		main := asyncio.CurrentTask(ctx)
		f := asyncio.NewFuture[int](l)
		child := named(ctx, "child", func(ctx context.Context) error {
			if _, err := f.Await(ctx); err != nil {
				return err
			}
			<-ctx.Done() // it has been cancelled by then
			return errors.Join(asyncio.Sleep(context.WithoutCancel(ctx), time.Second), ctx.Err())
		})
		fresh := l.WaitGraph().Task(child.ID())
		equal(t, "state before the first step", fresh.State, waitgraph.Ready)
		equal(t, "parent", fresh.Parent, main.ID())
		yield(t, ctx)
		waiting := l.WaitGraph().Task(child.ID())
		equal(t, "state", waiting.State, waitgraph.Waiting)
		equal(t, "kind of wait", waiting.Waits.Kind, waitgraph.KindFuture)
		if waiting.Waits.ID == 0 || len(waiting.WaitsFor) != 0 || !strings.Contains(waiting.Function.File, "kit_test.go") {
			t.Errorf("it waits: %+v", waiting)
		}
		_ = f.SetResult(1)
		woken := l.WaitGraph().Task(child.ID())
		equal(t, "state after the wake-up", woken.State, waitgraph.Ready)
		equal(t, "woken", woken.Woken, waitgraph.Wake{Kind: waitgraph.KindFuture, By: main.ID()})
		child.Cancel(errors.New("enough"))
		cancelled := l.WaitGraph().Task(child.ID())
		if !strings.Contains(cancelled.Cancelled, "enough") || !strings.Contains(cancelled.Cancelled, main.Name()) {
			t.Errorf("it was cancelled: %q", cancelled.Cancelled)
		}
		_, err := child.Await(ctx)
		equal(t, "its end", errors.Is(err, context.Canceled), true)
		equal(t, "after its end", l.WaitGraph().Task(child.ID()), nil)
	})
}

func TestWaitGraphDeadlock(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		l := asyncio.RunningLoop(ctx)
		equal(t, "deadlock of one", l.WaitGraph().Deadlock(), nil)
		var a, b asyncio.Lock
		both := func(first, second *asyncio.Lock) func(context.Context) error {
			return func(ctx context.Context) error {
				return first.Do(ctx, func(ctx context.Context) error {
					return errors.Join(asyncio.Sleep(ctx, 0), second.Acquire(ctx))
				})
			}
		}
		x, y := named(ctx, "x", both(&a, &b)), named(ctx, "y", both(&b, &a))
		z := named(ctx, "z", func(ctx context.Context) error {
			_, err := x.Await(ctx)
			return err
		})
		_ = asyncio.Sleep(ctx, time.Second)
		g := l.WaitGraph()
		err := g.Deadlock()
		equal(t, "it is a deadlock", errors.Is(err, waitgraph.ErrDeadlock), true)
		equal(t, "it", err.Error(), "tasks wait for each other in a circle: "+
			"x waits for Lock(locked by y, 1 waiting); y waits for Lock(locked by x, 1 waiting)")
		if cycles := g.Cycles(); len(cycles) != 1 || len(cycles[0]) != 2 || cycles[0][0].Name != "x" {
			t.Errorf("the circles are %v", cycles)
		}
		if text := g.String(); !strings.Contains(text, "z: waiting for task\n└── x: waiting for Lock(locked by y, 1 waiting)\n    └── y: waiting for Lock(locked by x, 1 waiting)\n        └── x (see above)\n") {
			t.Errorf("the tree is\n%s", text)
		}
		for _, task := range []*asyncio.Task[struct{}]{x, y, z} {
			task.Cancel(nil)
		}
		_, _, err = asyncio.Wait(ctx, asyncio.AllCompleted, x, y, z)
		equal(t, "error", err, nil)
	})
}

// TestWaitGraphThreadsafe asks from another goroutine.
func TestWaitGraphThreadsafe(t *testing.T) {
	var loop *asyncio.Loop
	err := asyncio.Run(func(ctx context.Context) error {
		loop = asyncio.RunningLoop(ctx)
		asyncio.CurrentTask(ctx).SetName("main")
		_, err := asyncio.ToThread(ctx, func(ctx context.Context) (int, error) {
			g, err := loop.WaitGraphThreadsafe(ctx)
			if err != nil {
				return 0, err
			}
			tasks := g.Loops[0].Tasks
			if len(tasks) != 1 || tasks[0].Name != "main" || tasks[0].State != waitgraph.Waiting {
				t.Errorf("the graph is %+v", g)
			}
			return 0, nil
		})
		if err != nil {
			return err
		}
		// A loop that does not come to it.
		gone, cancel := context.WithCancel(context.Background())
		cancel()
		done := make(chan error)
		go func() {
			_, err := loop.WaitGraphThreadsafe(gone)
			done <- err
		}()
		equal(t, "of a loop that is busy", <-done, context.Canceled)
		return nil
	})
	equal(t, "error", err, nil)
	_, err = loop.WaitGraphThreadsafe(context.Background())
	equal(t, "of a closed loop", errors.Is(err, asyncio.ErrLoopClosed), true)
}
