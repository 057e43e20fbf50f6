// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
)

// An eager task that does not wait has ended when CreateEagerTask returns.
func TestEagerTaskEndsAtOnce(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		me := asyncio.CurrentTask(ctx)
		ready := asyncio.RunningLoop(ctx).Stats().Ready
		task := asyncio.CreateEagerTask(ctx, func(ctx context.Context) (int, error) {
			if asyncio.CurrentTask(ctx) == me {
				t.Error("it runs as its creator")
			}
			if n := len(slices.Collect(asyncio.RunningLoop(ctx).AllTasks())); n != 2 { // Z5
				t.Errorf("%d tasks while it runs", n)
			}
			return 7, nil
		})
		if got, err := task.Result(); got != 7 || err != nil || !task.Done() {
			t.Errorf("got %v, %v", got, err)
		}
		if asyncio.CurrentTask(ctx) != me {
			t.Error("its creator is not current again")
		}
		if s := asyncio.RunningLoop(ctx).Stats(); s.Ready != ready || s.Tasks != 1 {
			t.Errorf("left behind: %+v", s)
		}
	})
}

// One that waits becomes an ordinary task, and its creator goes on.
func TestEagerTaskWaits(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var order []string
		task := asyncio.CreateEagerTask(ctx, func(ctx context.Context) (int, error) {
			order = append(order, "first step")
			err := asyncio.Sleep(ctx, time.Second)
			order = append(order, "second step")
			return 0, err
		})
		order = append(order, "created")
		if _, err := task.Await(ctx); err != nil {
			t.Error(err)
		}
		if want := []string{"first step", "created", "second step"}; !slices.Equal(order, want) {
			t.Errorf("got %q, want %q", order, want)
		}
	})
}

func TestEagerTasksNest(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var nest func(ctx context.Context, depth int) (int, error)
		nest = func(ctx context.Context, depth int) (int, error) {
			if depth == 100 {
				return depth, asyncio.Sleep(ctx, 1)
			}
			inner := asyncio.CreateEagerTask(ctx, func(ctx context.Context) (int, error) { return nest(ctx, depth+1) })
			return inner.Await(ctx)
		}
		if got, err := nest(ctx, 0); got != 100 || err != nil {
			t.Errorf("got %v, %v", got, err)
		}
	})
}

// A callback may create one too, and so may somebody before the loop runs.
func TestEagerTaskOutsideOfTasks(t *testing.T) {
	v := newVirtual(t)
	early := asyncio.CreateEagerTask(v.loop.Context(), func(context.Context) (int, error) { return 1, nil })
	if early.Done() {
		t.Error("it ran although the loop did not")
	}
	err := v.run(func(ctx context.Context) error {
		called := asyncio.NewFuture[int](v.loop)
		v.loop.CallSoon(func() {
			task := asyncio.CreateEagerTask(v.loop.Context(), func(context.Context) (int, error) { return 2, nil })
			got, _ := task.Result()
			_ = called.SetResult(got)
		})
		got, err := called.Await(ctx)
		if got != 2 || !early.Done() {
			t.Errorf("got %v; the early one: %v", got, early)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestEagerTaskEndsBadly(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		broken := errors.New("broken")
		fails := map[string]struct {
			fn    func(context.Context) (int, error)
			check func(task *asyncio.Task[int]) bool
		}{
			"an error": {
				func(context.Context) (int, error) { return 0, broken },
				func(task *asyncio.Task[int]) bool { _, err := task.Result(); return err == broken },
			},
			"a panic": {
				func(context.Context) (int, error) { panic("broken") },
				func(task *asyncio.Task[int]) (ok bool) {
					defer func() { _, ok = recover().(*asyncio.PanicError) }()
					_, _ = task.Result()
					return false
				},
			},
			"Goexit": {
				func(context.Context) (int, error) { runtime.Goexit(); return 0, nil },
				func(task *asyncio.Task[int]) bool { _, err := task.Result(); return err == asyncio.ErrGoexit },
			},
		}
		for name, f := range fails {
			if task := asyncio.CreateEagerTask(ctx, f.fn); !task.Done() || !f.check(task) {
				t.Errorf("%s: %v", name, task)
			}
		}
		if err := asyncio.Sleep(ctx, 1); err != nil {
			t.Errorf("the creator afterwards: %v", err)
		}
	})
}

// Under a cancelled context it does not begin, like any task (C4).
func TestEagerTaskUnderCancelledContext(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		under, cancel := asyncio.WithTimeout(ctx, time.Second)
		cancel()
		task := asyncio.CreateEagerTask(under, func(context.Context) (int, error) {
			t.Error("it ran")
			return 0, nil
		})
		if _, err := task.Await(ctx); err != context.Canceled {
			t.Errorf("got %v", err)
		}
	})
}
