// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
)

func TestCreateTaskStartsInNextTurn(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		l := asyncio.RunningLoop(ctx)
		var got []string
		note := func(s string) { got = append(got, s) }
		l.CallSoon(func() { note("callback") })
		task := spawn(ctx, func(context.Context) error { note("task"); return nil })
		l.CallSoon(func() { note("another") })
		note("creator")
		if _, err := task.Await(ctx); err != nil {
			t.Error(err)
		}
		note("awaited")
		equal(t, "order", strings.Join(got, " "), "creator callback task another awaited")
	})
}

func TestCreateTaskFromCallbackAndBeforeRun(t *testing.T) {
	v := newVirtual(t)
	var got []string
	spawn(v.loop.Context(), func(ctx context.Context) error {
		got = append(got, "before")
		return asyncio.Sleep(ctx, time.Second)
	})
	err := v.run(func(ctx context.Context) error {
		l := asyncio.RunningLoop(ctx)
		f := asyncio.NewFuture[int](l)
		l.CallSoon(func() {
			spawn(l.Context(), func(context.Context) error {
				got = append(got, "callback")
				return f.SetResult(1)
			})
		})
		_, err := f.Await(ctx)
		return err
	})
	equal(t, "error", err, nil)
	equalAll(t, "ran", got, []string{"before", "callback"})
}

func TestCreateTaskNeedsALoop(t *testing.T) {
	err := panicOf(func() { spawn(context.Background(), forever) })
	if !errors.Is(err, asyncio.ErrNoTask) {
		t.Errorf("without a loop: %v", err)
	}
	v := newVirtual(t)
	v.close(t)
	err = panicOf(func() { spawn(v.loop.Context(), forever) })
	if !errors.Is(err, asyncio.ErrLoopClosed) {
		t.Errorf("on a closed loop: %v", err)
	}
}

func TestTaskNames(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		a, b := spawn(ctx, forever), spawn(ctx, forever)
		equal(t, "name", a.Name(), fmt.Sprintf("Task-%d", a.ID()))
		if b.ID() <= a.ID() {
			t.Errorf("ids do not rise: %d, %d", a.ID(), b.ID())
		}
		a.SetName("reader")
		equal(t, "name", a.Name(), "reader")
		equal(t, "string", a.String(), "Task(reader, pending)")
		equal(t, "Loop", a.Loop(), asyncio.RunningLoop(ctx))
		a.Cancel(nil)
		b.Cancel(nil)
	})
}

// A task is waiting, ready or running, and each wait is one step's end.
func TestTaskSteps(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		l := asyncio.RunningLoop(ctx)
		f := asyncio.NewFuture[int](l)
		var got []string
		task := spawn(ctx, func(ctx context.Context) error {
			got = append(got, "first")
			yield(t, ctx)
			got = append(got, "second")
			_, err := f.Await(ctx)
			got = append(got, "third")
			return err
		})
		for range 4 {
			yield(t, ctx)
			got = append(got, "|")
		}
		_ = f.SetResult(1)
		got = append(got, "set") // it is ready now, and runs in the next turn
		_, err := task.Await(ctx)
		equal(t, "error", err, nil)
		equal(t, "steps", strings.Join(got, " "), "first | second | | | set third")
	})
}

func TestTaskContextCarriesValues(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		task := spawn(context.WithValue(ctx, key{}, "v"), func(ctx context.Context) error {
			equal(t, "value", ctx.Value(key{}), any("v"))
			equal(t, "loop", asyncio.RunningLoop(ctx), asyncio.RunningLoop(context.WithValue(ctx, key{}, 2)))
			equal(t, "current task", asyncio.CurrentTask(ctx).ID(), asyncio.CurrentTask(context.WithoutCancel(ctx)).ID())
			return nil
		})
		_, err := task.Await(ctx)
		equal(t, "error", err, nil)
		equal(t, "value of Task.Context", task.Context().Value(key{}), any("v"))
	})
}

// Nothing but the loop holds these tasks; the garbage collector must not either.
func TestLoopOwnsItsTasks(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		ended := 0
		for range 100 {
			spawn(ctx, func(ctx context.Context) error {
				f := asyncio.NewFuture[int](asyncio.RunningLoop(ctx))
				f.AddDoneCallback(func() { ended++ })
				asyncio.RunningLoop(ctx).CallLater(time.Second, func() { _ = f.SetResult(1) })
				_, err := f.Await(ctx)
				return err
			})
		}
		yield(t, ctx)
		runtime.GC()
		runtime.GC()
		_ = asyncio.Sleep(ctx, 2*time.Second)
		equal(t, "ended", ended, 100)
	})
}

func TestManyTasks(t *testing.T) {
	const n = 20_000
	inVirtual(t, func(ctx context.Context) {
		l := asyncio.RunningLoop(ctx)
		tasks := make([]*asyncio.Task[int], n)
		for i := range tasks {
			tasks[i] = asyncio.CreateTask(ctx, func(ctx context.Context) (int, error) {
				return i, asyncio.Sleep(ctx, time.Duration(i%100)*time.Millisecond)
			})
		}
		equal(t, "tasks", l.Stats().Tasks, n+1)
		values, err := asyncio.Gather(ctx, tasks...)
		equal(t, "error", err, nil)
		for i, value := range values {
			if value != i {
				t.Fatalf("value %d: %d", i, value)
			}
		}
		equal(t, "tasks", l.Stats().Tasks, 1)
		equal(t, "time", now(ctx), 99*time.Millisecond)
	})
}

// Stop ends the run at the end of the turn, also if an awaited task calls it that was begun on its
// awaiter's stack.
func TestStopInAwaitedTask(t *testing.T) {
	v := newVirtual(t)
	after := false
	main := spawn(v.loop.Context(), func(ctx context.Context) error {
		_, err := spawn(ctx, func(context.Context) error { v.loop.Stop(); return nil }).Await(ctx)
		after = true
		return err
	})
	equal(t, "error", v.loop.RunForever(), nil)
	equal(t, "ran on after Stop", after, false)
	_, err := asyncio.RunUntilComplete(v.loop, main)
	equal(t, "error", err, nil)
	equal(t, "ran on in the next run", after, true)
}

func TestTaskOfAnyType(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		n := asyncio.CreateTask(ctx, func(context.Context) (int, error) { return 1, nil })
		s := asyncio.CreateTask(ctx, func(context.Context) (string, error) { return "", errBoom })
		done, pending, err := asyncio.Wait[asyncio.AnyFuture](ctx, asyncio.AllCompleted, n, s)
		equal(t, "error", err, nil)
		equal(t, "done", len(done), 2)
		equal(t, "pending", len(pending), 0)
		var any asyncio.AnyTask = s
		equal(t, "done", any.Done(), true)
		_, err = s.Result()
		equal(t, "result", err, errBoom)
	})
}

// Nobody else can end a task: its result is what its function returns (T10). There is no
// subclassing either, but a task of each type is an AnyTask (T22).
func TestTaskResultIsItsFunctions(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		task := asyncio.CreateTask(ctx, func(context.Context) (int, error) { return 1, nil })
		var any any = task
		if _, ok := any.(interface{ SetResult(int) error }); ok {
			t.Error("a task has SetResult")
		}
		if _, ok := any.(asyncio.AnyTask); !ok {
			t.Error("a task is not an AnyTask")
		}
		value, err := task.Await(ctx)
		equal(t, "value", value, 1)
		equal(t, "error", err, nil)
	})
}
