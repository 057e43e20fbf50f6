// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
)

func TestCurrentTask(t *testing.T) {
	equal(t, "without a loop", asyncio.CurrentTask(context.Background()), nil)
	v := newVirtual(t)
	equal(t, "outside of a run", asyncio.CurrentTask(v.loop.Context()), nil)
	err := v.run(func(ctx context.Context) error {
		main := asyncio.CurrentTask(ctx)
		inCallback := asyncio.AnyTask(nil)
		v.loop.CallSoon(func() { inCallback = asyncio.CurrentTask(ctx) })
		var task *asyncio.Task[struct{}]
		task = spawn(ctx, func(inner context.Context) error {
			for _, c := range []context.Context{inner, ctx, v.loop.Context()} { // whichever context of the loop
				equal(t, "in the task", asyncio.CurrentTask(c), asyncio.AnyTask(task))
			}
			yield(t, inner)
			equal(t, "in its second step", asyncio.CurrentTask(inner), asyncio.AnyTask(task))
			return nil
		})
		_, err := task.Await(ctx)
		equal(t, "in main", asyncio.CurrentTask(ctx), main)
		equal(t, "in a callback", inCallback, nil)
		return err
	})
	equal(t, "error", err, nil)
	equal(t, "after the run", asyncio.CurrentTask(v.loop.Context()), nil)
}

func names(l *asyncio.Loop) (all []string) {
	for task := range l.AllTasks() {
		all = append(all, task.Name())
	}
	return all
}

// AllTasks are those that have not ended, in order of creation, as of the call.
func TestAllTasks(t *testing.T) {
	v := newVirtual(t)
	l := v.loop
	equal(t, "of an empty loop", len(names(l)), 0)
	err := v.run(func(ctx context.Context) error {
		asyncio.CurrentTask(ctx).SetName("main")
		var tasks []*asyncio.Task[struct{}]
		for _, name := range []string{"a", "b", "c"} {
			task := spawn(ctx, func(ctx context.Context) error { return forever(ctx) })
			task.SetName(name)
			tasks = append(tasks, task)
		}
		equalAll(t, "tasks", names(l), []string{"main", "a", "b", "c"})
		equal(t, "stats", l.Stats().Tasks, 4)
		snapshot := l.AllTasks()
		tasks[1].Cancel(nil)
		yield(t, ctx)
		equalAll(t, "without b", names(l), []string{"main", "a", "c"})
		seen := 0
		for range snapshot {
			if seen++; seen == 2 {
				break
			}
		}
		equal(t, "a range may be left", seen, 2)
		equal(t, "a snapshot is of its moment", len(slices.Collect(snapshot)), 4)
		for task := range l.AllTasks() { // tasks may be made and end meanwhile
			if task.Name() != "main" {
				task.Cancel(nil)
				spawn(ctx, func(context.Context) error { return nil }).SetName("new")
				yield(t, ctx)
			}
		}
		yield(t, ctx)
		equalAll(t, "at the end", names(l), []string{"main"})
		return nil
	})
	equal(t, "error", err, nil)
	equal(t, "after the run", len(names(l)), 0)
}

func TestStats(t *testing.T) {
	v := newVirtual(t)
	l := v.loop
	equal(t, "new", l.Stats(), asyncio.Stats{})
	h := l.CallSoon(func() {})
	timer := l.CallLater(time.Second, func() {})
	equal(t, "AddReader", l.AddReader(5, func() {}), nil)
	equal(t, "AddWriter", l.AddWriter(5, func() {}), nil)
	task := spawn(l.Context(), func(ctx context.Context) error { return nil })
	equal(t, "full", l.Stats(), asyncio.Stats{Ready: 2, Timers: 1, Tasks: 1, Watches: 1})
	h.Cancel()
	timer.Cancel()
	l.RemoveReader(5)
	l.RemoveWriter(5)
	turn(t, l)
	equal(t, "task", task.Done(), true)
	equal(t, "empty, but for the coroutine", l.Stats(), asyncio.Stats{Coroutines: 1})
	v.close(t)
	equal(t, "closed", l.Stats(), asyncio.Stats{})
}

// Coroutines of a burst are given back when the loop has time.
func TestIdleCoroutinesAreFreed(t *testing.T) {
	const burst = 5000
	inVirtual(t, func(ctx context.Context) {
		l := asyncio.RunningLoop(ctx)
		var tasks []*asyncio.Task[struct{}]
		for range burst {
			tasks = append(tasks, spawn(ctx, func(ctx context.Context) error { return asyncio.Sleep(ctx, time.Second) }))
		}
		if _, err := asyncio.Gather(ctx, tasks...); err != nil {
			t.Error(err)
		}
		equal(t, "after the burst", l.Stats().Coroutines, burst)
		if err := asyncio.Sleep(ctx, time.Second); err != nil {
			t.Error(err)
		}
		if n := l.Stats().Coroutines; n > 1024 {
			t.Errorf("%d coroutines are kept", n)
		}
	})
}

// owned lists everything that only the loop's goroutine may call, and what each
// answers to another one: an error, here also that of a panic.
func owned(ctx context.Context, r *asyncio.Runner) map[string]func() error {
	l := r.Loop()
	f := asyncio.NewFuture[int](l)
	task := spawn(ctx, forever)
	remove := f.AddDoneCallback(func() {})
	handle, timer := l.CallSoon(func() {}), l.CallLater(time.Hour, func() {})
	inner, timeout := asyncio.NewTimeout(ctx, time.Hour)
	l.CallLater(2*time.Hour, timeout.Stop)
	var group *asyncio.TaskGroup
	spawn(ctx, func(ctx context.Context) error {
		return asyncio.WithTaskGroup(ctx, func(ctx context.Context, g *asyncio.TaskGroup) error {
			group = g
			return forever(ctx)
		})
	})
	_ = asyncio.Sleep(ctx, 0)
	nop := func() {}
	panics := func(call func()) func() error { return func() error { return panicOf(call) } }
	return map[string]func() error{
		"Loop.Stop":                 panics(l.Stop),
		"Loop.Time":                 panics(func() { l.Time() }),
		"Loop.CallSoon":             panics(func() { l.CallSoon(nop) }),
		"Loop.CallLater":            panics(func() { l.CallLater(0, nop) }),
		"Loop.CallAt":               panics(func() { l.CallAt(0, nop) }),
		"Loop.AddReader":            panics(func() { _ = l.AddReader(5, nop) }),
		"Loop.AddWriter":            panics(func() { _ = l.AddWriter(5, nop) }),
		"Loop.RemoveReader":         panics(func() { l.RemoveReader(5) }),
		"Loop.RemoveWriter":         panics(func() { l.RemoveWriter(5) }),
		"Loop.AddSignalHandler":     panics(func() { _ = l.AddSignalHandler(os.Interrupt, nop) }),
		"Loop.RemoveSignalHandler":  panics(func() { l.RemoveSignalHandler(os.Interrupt) }),
		"Loop.SetExceptionHandler":  panics(func() { l.SetExceptionHandler(nil) }),
		"Loop.CallExceptionHandler": panics(func() { l.CallExceptionHandler(asyncio.ExceptionContext{}) }),
		"Loop.AllTasks":             panics(func() { l.AllTasks() }),
		"Loop.Stats":                panics(func() { l.Stats() }),
		"Handle.Cancel":             panics(func() { handle.Cancel() }),
		"TimerHandle.Cancel":        panics(func() { timer.Cancel() }),
		"CurrentTask":               panics(func() { asyncio.CurrentTask(ctx) }),

		"CreateTask":    panics(func() { spawn(ctx, forever) }),
		"CreateTask, 2": panics(func() { spawn(inner, forever) }),
		"CreateTaskIn":  panics(func() { group.Go(forever) }),
		"Group.Cancel":  panics(func() { group.Cancel() }),
		"Group.Len":     panics(func() { group.Len() }),

		"NewTimeout":         panics(func() { asyncio.NewTimeout(ctx, 0) }),
		"WithTimeout":        panics(func() { asyncio.WithTimeout(ctx, 0) }),
		"WithDeadline":       panics(func() { asyncio.WithDeadline(ctx, time.Time{}) }),
		"WaitFor":            panics(func() { _, _ = asyncio.WaitFor(ctx, 0, f.Await) }),
		"Timeout.Reschedule": panics(func() { timeout.Reschedule(0) }),
		"Timeout.Stop":       panics(func() { timeout.Stop() }),
		"Timeout.When":       panics(func() { timeout.When() }),
		"Timeout.Expired":    panics(func() { timeout.Expired() }),

		"Task.String":             panics(func() { _ = task.String() }),
		"Future.String":           panics(func() { _ = f.String() }),
		"Future.Cancel":           panics(func() { f.Cancel() }),
		"Future.Done":             panics(func() { f.Done() }),
		"Future.Cancelled":        panics(func() { f.Cancelled() }),
		"Future.AddDoneCallback":  panics(func() { f.AddDoneCallback(nop) }),
		"what AddDoneCallback is": panics(func() { remove() }),
		"Future.SetResult":        func() error { return f.SetResult(1) },
		"Future.SetError":         func() error { return f.SetError(errRun) },
		"Future.Result":           func() error { _, err := f.Result(); return err },
		"Future.Await":            func() error { _, err := f.Await(ctx); return err },
		"Task.Cancel":             panics(func() { task.Cancel(nil) }),
		"Task.SetName":            panics(func() { task.SetName("x") }),
		"Task.Await":              func() error { _, err := task.Await(inner); return err },

		"Sleep":         func() error { return asyncio.Sleep(ctx, 0) },
		"Sleep, 2":      func() error { return asyncio.Sleep(inner, time.Second) },
		"Gather":        func() error { _, err := asyncio.Gather(ctx, f); return err },
		"GatherResults": func() error { _, err := asyncio.GatherResults(ctx, f); return err },
		"Wait":          func() error { _, _, err := asyncio.Wait(ctx, asyncio.AllCompleted, f); return err },
		"Shield":        func() error { _, err := asyncio.Shield(ctx, f.Await); return err },
		"WithTaskGroup": func() error { return asyncio.WithTaskGroup(ctx, nil) },
		"AsCompleted": func() error {
			for _, err := range asyncio.AsCompleted(ctx, f) {
				return err
			}
			return nil
		},
	}
}

// Another goroutine is refused everywhere, whether the loop runs a task, a callback,
// or sleeps. It is worth most under the race detector.
func TestWrongGoroutine(t *testing.T) {
	v := newVirtual(t)
	l := v.loop
	err := v.run(func(ctx context.Context) error {
		calls := owned(ctx, v.runner)
		try := func(when string) {
			onGoroutine(func() {
				for name, call := range calls {
					if err := call(); !errors.Is(err, asyncio.ErrWrongGoroutine) {
						t.Errorf("%s, while %s: %v", name, when, err)
					}
				}
				for name, call := range map[string]func() error{
					"RunForever":       l.RunForever,
					"Close":            l.Close,
					"Runner.Run":       func() error { return v.run(forever) },
					"Runner.Close":     v.runner.Close,
					"RunUntilComplete": func() error { _, err := asyncio.RunUntilComplete(l, asyncio.NewFuture[int](l)); return err },
				} {
					if err := call(); !errors.Is(err, asyncio.ErrLoopRunning) {
						t.Errorf("%s, while %s: %v", name, when, err)
					}
				}
			})
		}
		try("a task runs")
		f := asyncio.NewFuture[int](l)
		v.onForever(func() { // nothing can be scheduled: the loop waits without a limit
			try("the loop sleeps")
			_ = l.CallSoonThreadsafe(func() { try("a callback runs"); _ = f.SetResult(1) })
		})
		_, err := f.Await(ctx)
		for task := range l.AllTasks() {
			if task != asyncio.CurrentTask(ctx) {
				task.Cancel(nil)
			}
		}
		return err
	})
	equal(t, "error", err, nil)
}

// A task of one loop is another goroutine to all other loops.
func TestWrongLoop(t *testing.T) {
	a, b := newVirtual(t), newVirtual(t)
	inA, inB := make(chan struct{}), make(chan struct{})
	var ctxA context.Context
	go func() {
		defer close(inB)
		_ = a.run(func(ctx context.Context) error {
			ctxA = ctx
			inA <- struct{}{}
			<-inA
			return nil
		})
	}()
	<-inA
	err := b.run(func(ctx context.Context) error {
		if err := asyncio.Sleep(ctxA, 0); !errors.Is(err, asyncio.ErrWrongGoroutine) {
			t.Errorf("Sleep: %v", err)
		}
		return panicOf(func() { a.loop.CallSoon(func() {}) })
	})
	if !errors.Is(err, asyncio.ErrWrongGoroutine) {
		t.Errorf("CallSoon: %v", err)
	}
	close(inA)
	<-inB
}

// What any goroutine may call, it may.
func TestAnyGoroutine(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		l := asyncio.RunningLoop(ctx)
		task := asyncio.CurrentTask(ctx)
		f := asyncio.NewFuture[int](l)
		returned := onGoroutine(func() {
			equal(t, "running", l.IsRunning(), true)
			equal(t, "closed", l.IsClosed(), false)
			equal(t, "string", l.String(), fmt.Sprintf("Loop(%s, running)", l.Name()))
			equal(t, "loop", asyncio.RunningLoop(ctx), l)
			equal(t, "loop of a future", f.Loop(), l)
			equal(t, "id", task.ID() > 0, true)
			equal(t, "zero Handle", asyncio.Handle{}.Cancel(), false)
			equal(t, "context", ctx.Err(), nil)
			asyncio.NewFuture[int](l)
		})
		equal(t, "returned", returned, true)
	})
}

// A callback is a closure: it has the values of the context it was made with.
func TestCallbacksHaveTheirContext(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		l := asyncio.RunningLoop(ctx)
		var got []any
		f := asyncio.NewFuture[int](l)
		for i, schedule := range []func(fn func()){
			func(fn func()) { l.CallSoon(fn) },
			func(fn func()) { l.CallLater(0, fn) },
			func(fn func()) { _ = l.CallSoonThreadsafe(fn) },
			func(fn func()) { f.AddDoneCallback(fn) },
		} {
			ctx := context.WithValue(ctx, runnerKey{}, i)
			schedule(func() {
				got = append(got, ctx.Value(runnerKey{}))
				asyncio.CreateTask(ctx, func(ctx context.Context) (int, error) {
					got = append(got, ctx.Value(runnerKey{}))
					return 0, nil
				})
			})
		}
		_ = f.SetResult(1)
		for range 4 {
			yield(t, ctx)
		}
		slices.SortFunc(got, func(a, b any) int { return a.(int) - b.(int) })
		equalAll(t, "values", got, []any{0, 0, 1, 1, 2, 2, 3, 3})
	})
}

// TestTaskStack shows where a task waits, and what the current one does.
func TestTaskStack(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		waiting := spawn(ctx, forever)
		equal(t, "before the first step", string(waiting.Stack()), "")
		yield(t, ctx)
		if stack := string(waiting.Stack()); !strings.Contains(stack, "asyncio_test.forever(") || strings.Contains(stack, "TestTaskStack.func1(") {
			t.Errorf("it waits in\n%s", stack)
		}
		waiting.Cancel(nil)
		_, _, _ = asyncio.Wait(ctx, asyncio.AllCompleted, waiting)
		equal(t, "after the end", string(waiting.Stack()), "")
		me := spawn(ctx, func(context.Context) error { return nil })
		me.Cancel(nil)
		var own *asyncio.Task[struct{}]
		own = spawn(ctx, func(context.Context) error {
			if stack := string(own.Stack()); !strings.Contains(stack, "TestTaskStack.func1.2(") {
				t.Errorf("the current task does\n%s", stack)
			}
			return nil
		})
		_, _, _ = asyncio.Wait(ctx, asyncio.AllCompleted, own)
	})
}

// TestStatsOfThings has what each says of itself while a task waits for it.
func TestStatsOfThings(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var lock asyncio.Lock
		var event asyncio.Event
		condition := asyncio.NewCondition(&lock)
		semaphore := asyncio.NewSemaphore(1)
		barrier := asyncio.NewBarrier(3)
		queue, full := asyncio.NewQueue[int](2), asyncio.NewQueue[int](1)
		_ = semaphore.Acquire(ctx)
		_ = full.TryPut(1)
		tasks := []*asyncio.Task[struct{}]{
			spawn(ctx, func(ctx context.Context) error { return condition.Do(ctx, condition.Wait) }),
			spawn(ctx, func(ctx context.Context) error { return lock.Do(ctx, forever) }),
			spawn(ctx, func(ctx context.Context) error { return lock.Do(ctx, forever) }),
			spawn(ctx, event.Wait),
			spawn(ctx, semaphore.Acquire),
			spawn(ctx, func(ctx context.Context) error {
				_, err := barrier.Wait(ctx)
				return err
			}),
			spawn(ctx, func(ctx context.Context) error {
				_, err := queue.Get(ctx)
				return err
			}),
			spawn(ctx, func(ctx context.Context) error { return full.Put(ctx, 2) }),
		}
		yield(t, ctx)
		equal(t, "lock", lock.Stats(), asyncio.LockStats{Locked: true, Waiting: 1})
		equal(t, "event", event.Stats(), asyncio.EventStats{Waiting: 1})
		equal(t, "condition", condition.Stats(), asyncio.ConditionStats{Lock: lock.Stats(), Waiting: 1})
		equal(t, "semaphore", semaphore.Stats(), asyncio.SemaphoreStats{Waiting: 1})
		equal(t, "barrier", barrier.Stats(), asyncio.BarrierStats{Parties: 3, Waiting: 1})
		equal(t, "queue", queue.Stats(), asyncio.QueueStats{Cap: 2, Getting: 1})
		equal(t, "full queue", full.Stats(), asyncio.QueueStats{Len: 1, Cap: 1, Putting: 1, Unfinished: 1})
		for _, task := range tasks {
			task.Cancel(nil)
		}
		_, _, _ = asyncio.Wait(ctx, asyncio.AllCompleted, tasks...)
	})
}

func TestCaptureStats(t *testing.T) {
	err := asyncio.Run(func(ctx context.Context) error {
		l := asyncio.RunningLoop(ctx)
		stats, err := asyncio.ToThread(ctx, func(ctx context.Context) (asyncio.Stats, error) { return asyncio.CaptureStats(ctx, l) })
		equal(t, "tasks", stats.Tasks, 1)
		equal(t, "jobs", stats.Jobs, 1)
		return err
	})
	equal(t, "error", err, nil)
}
