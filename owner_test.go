// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
)

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

// TestPulledSequence: a sequence that waits cannot be pulled from, and the error says why,
// and what can be done instead; on another goroutine it says something else.
func TestPulledSequence(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		q := asyncio.NewQueue[int](0)
		equal(t, "TryPut", q.TryPut(1), nil)
		next, stop := iter.Pull2(q.All(ctx))
		defer stop()
		_, err, ok := next()
		equal(t, "a pair", ok, true)
		if !errors.Is(err, asyncio.ErrWrongGoroutine) || !strings.Contains(err.Error(), "range over the sequence") {
			t.Errorf("the error is %v", err)
		}
		for item, err := range q.All(ctx) {
			equal(t, "item", item, 1)
			equal(t, "error", err, nil)
			break
		}
		elsewhere := make(chan error)
		go func() { elsewhere <- asyncio.Sleep(ctx, 0) }()
		if err := <-elsewhere; !errors.Is(err, asyncio.ErrWrongGoroutine) || strings.Contains(err.Error(), "range over") {
			t.Errorf("elsewhere the error is %v", err)
		}
	})
}

// A method that returns no error panics with the same advice.
func TestPulledPanic(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		l := asyncio.RunningLoop(ctx)
		next, stop := iter.Pull(func(yield func(error) bool) {
			defer func() {
				err, _ := recover().(error)
				yield(err)
			}()
			l.Stop()
		})
		defer stop()
		if err, _ := next(); err == nil || !strings.Contains(err.Error(), "range over the sequence") {
			t.Errorf("it panics with %v", err)
		}
	})
}
