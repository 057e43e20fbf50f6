// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
)

// derivations are contexts that other packages make of a task's.
var derivations = []struct {
	name   string
	derive func(ctx context.Context) (context.Context, func())
}{
	{"WithValue", func(ctx context.Context) (context.Context, func()) {
		return context.WithValue(ctx, key{}, 1), func() {}
	}},
	{"WithCancel", func(ctx context.Context) (context.Context, func()) {
		ctx, cancel := context.WithCancel(ctx)
		return ctx, cancel
	}},
	{"WithTimeout", func(ctx context.Context) (context.Context, func()) {
		ctx, cancel := context.WithTimeout(ctx, time.Hour)
		return ctx, cancel
	}},
	{"WithValue of WithCancel of WithTimeout", func(ctx context.Context) (context.Context, func()) {
		ctx, cancel1 := asyncio.WithTimeout(ctx, time.Hour)
		ctx, cancel2 := context.WithCancel(ctx)
		return context.WithValue(ctx, key{}, 1), func() { cancel2(); cancel1() }
	}},
	{"of another package", func(ctx context.Context) (context.Context, func()) {
		return foreign{ctx}, func() {}
	}},
}

// foreign hides the methods that package context looks for.
type foreign struct{ context.Context }

func TestDerivedContextFollowsTask(t *testing.T) {
	for _, d := range derivations {
		t.Run(d.name, func(t *testing.T) {
			inVirtual(t, func(ctx context.Context) {
				var derived context.Context
				var child *asyncio.Task[struct{}]
				task := spawn(ctx, func(ctx context.Context) error {
					var undo func()
					derived, undo = d.derive(ctx)
					defer undo()
					child = spawn(derived, forever)
					equal(t, "loop", asyncio.RunningLoop(derived), asyncio.RunningLoop(ctx))
					equal(t, "task", asyncio.CurrentTask(derived).ID(), asyncio.CurrentTask(ctx).ID())
					equal(t, "Sleep(0)", asyncio.Sleep(derived, 0), nil)
					equal(t, "Sleep", asyncio.Sleep(derived, 1), nil)
					err := forever(derived)
					equal(t, "next wait", asyncio.Sleep(derived, 0), context.Canceled)
					return err
				})
				_ = asyncio.Sleep(ctx, time.Second)
				task.Cancel(errBoom)
				_, err := task.Await(ctx)
				equal(t, "error", err, context.Canceled)
				equal(t, "cause", errors.Is(context.Cause(derived), errBoom), true)
				_, err = child.Await(ctx)
				equal(t, "child", err, context.Canceled)
				equal(t, "child's cause", errors.Is(context.Cause(child.Context()), errBoom), true)
			})
		})
	}
}

// Another goroutine cancels a context between the task's and the wait's.
func TestStdCancelFromAnotherGoroutine(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		derived, cancel := context.WithCancelCause(ctx)
		defer cancel(nil)
		child := spawn(derived, forever)
		yield(t, ctx)
		go cancel(errBoom)
		equal(t, "wait", forever(derived), context.Canceled)
		equal(t, "the task's own context", ctx.Err(), nil)
		equal(t, "cause", context.Cause(derived), errBoom)
		_, err := child.Await(ctx)
		equal(t, "child", err, context.Canceled)
		equal(t, "child's cause", context.Cause(child.Context()), errBoom)
	})
}

// A cancellation that comes after the wait must not end a later one.
func TestStdCancelAfterWait(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		for range 50 {
			derived, cancel := context.WithCancel(ctx)
			equal(t, "first wait", asyncio.Sleep(derived, 1), nil)
			over := make(chan struct{})
			go func() { cancel(); close(over) }()
			equal(t, "second wait", asyncio.Sleep(ctx, 1), nil)
			<-over
			equal(t, "third wait", asyncio.Sleep(ctx, 1), nil)
		}
	})
}

// A cancellation and the result come together; word of the cancellation arrives when the task is in
// its next wait, which is none of its business.
func TestStdCancelArrivesInTheNextWait(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		l := asyncio.RunningLoop(ctx)
		for i := range 200 {
			derived, cancel := context.WithCancel(ctx)
			first, second := asyncio.NewFuture[int](l), asyncio.NewFuture[int](l)
			l.CallSoon(func() {
				_ = first.SetResult(i)
				cancel()
			})
			value, err := first.Await(derived)
			equal(t, "first value", value, i)
			equal(t, "first error", err, nil)
			go func() {
				for range 50 {
					runtime.Gosched()
				}
				_ = l.CallSoonThreadsafe(func() { _ = second.SetResult(-1) })
			}()
			value, err = second.Await(ctx)
			equal(t, "second value", value, -1)
			equal(t, "second error", err, nil)
		}
	})
}

// Results and cancellations from other goroutines race; whoever wins, the task wakes once, and has
// either.
func TestStdCancelRacesWithResult(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		l := asyncio.RunningLoop(ctx)
		for i := range 200 {
			derived, cancel := context.WithCancel(ctx)
			f := asyncio.NewFuture[int](l)
			var wg sync.WaitGroup
			wg.Go(cancel)
			wg.Go(func() { _ = l.CallSoonThreadsafe(func() { _ = f.SetResult(i) }) })
			value, err := f.Await(derived)
			if err == nil && value != i || err != nil && err != context.Canceled {
				t.Errorf("round %d: %v, %v", i, value, err)
			}
			wg.Wait()
			yield(t, ctx)
		}
	})
}

func TestStdTimeoutWithCause(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		derived, cancel := context.WithTimeoutCause(ctx, time.Microsecond, errBoom)
		defer cancel()
		equal(t, "wait", forever(derived), context.DeadlineExceeded)
		child := spawn(derived, forever)
		_, err := child.Await(ctx)
		equal(t, "child", err, context.DeadlineExceeded)
		equal(t, "cause", context.Cause(child.Context()), errBoom)
	})
}

func TestStdAfterFunc(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		task := spawn(ctx, forever)
		called := make(chan error, 1)
		inner := task.Context()
		stopped := context.AfterFunc(inner, func() { t.Error("called though it was stopped") })
		equal(t, "stop", stopped(), true)
		equal(t, "stop again", stopped(), false)
		late := context.AfterFunc(inner, func() { called <- inner.Err() })
		yield(t, ctx)
		task.Cancel(nil)
		equal(t, "error", <-called, context.Canceled)
		equal(t, "stop after the call", late(), false)
		context.AfterFunc(inner, func() { called <- context.Cause(inner) })
		var ce *asyncio.CancelError
		equal(t, "cause", errors.As(<-called, &ce), true)
	})
}

// Other goroutines may use a task's context while the task ends or is cancelled: the race detector
// is the judge.
func TestContextMethodsOnOtherGoroutines(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var wg sync.WaitGroup
		for i := range 100 {
			outer, cancel := asyncio.WithTimeout(ctx, time.Hour)
			task := spawn(outer, func(ctx context.Context) error {
				for range 3 {
					wg.Go(func() { useContext(t, ctx) })
				}
				return asyncio.Sleep(ctx, time.Duration(i%2)*time.Second)
			})
			yield(t, ctx)
			if i%4 < 2 {
				cancel() // with the error itself as its cause: nothing else makes the rare part
			}
			_, _ = task.Await(ctx)
			task.Cancel(nil)
			cancel()
		}
		wg.Wait()
	})
}

func useContext(t *testing.T, ctx context.Context) {
	_ = ctx.Done()
	if _, ok := ctx.Deadline(); !ok {
		t.Error("no deadline")
	}
	derived, cancel := context.WithCancel(ctx)
	defer cancel()
	if err := derived.Err(); err != nil && context.Cause(derived) == nil {
		t.Error("cancelled without a cause")
	}
	_ = ctx.Value(key{})
	if fmt.Sprint(ctx) == "" {
		t.Error("no text")
	}
}

// What a std child of a timeout sees.
func TestStdChildOfTimeout(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		scoped, cancel := asyncio.WithTimeout(ctx, time.Second)
		defer cancel()
		std, stdCancel := context.WithCancel(scoped)
		defer stdCancel()
		equal(t, "before", std.Err(), nil)
		equal(t, "sleep", asyncio.Sleep(ctx, 2*time.Second), nil)
		<-std.Done()
		equal(t, "error", std.Err(), context.DeadlineExceeded)
		equal(t, "cause", context.Cause(std), context.DeadlineExceeded)
		equal(t, "outer", ctx.Err(), nil)
		equal(t, "outer's cause", context.Cause(ctx), nil)
	})
}

func TestDeadline(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		if at, ok := ctx.Deadline(); ok {
			t.Errorf("a task has a deadline: %v", at)
		}
		near := func(what string, ctx context.Context, want time.Duration) {
			t.Helper()
			at, ok := ctx.Deadline()
			if left := time.Until(at); !ok || left > want || left < want-time.Minute {
				t.Errorf("%s: %v left, want %v", what, left, want)
			}
		}
		hour, cancel := asyncio.WithTimeout(ctx, time.Hour)
		defer cancel()
		near("timeout", hour, time.Hour)
		longer, cancel := asyncio.WithTimeout(hour, 2*time.Hour)
		defer cancel()
		near("outer is earlier", longer, time.Hour)
		ctx2, timeout := asyncio.NewTimeout(ctx, -1)
		defer timeout.Stop()
		if _, ok := ctx2.Deadline(); ok {
			t.Error("a deadline without a time")
		}
		timeout.Reschedule(3 * time.Hour)
		near("rescheduled", ctx2, 3*time.Hour)
		std, cancel := context.WithTimeout(ctx2, 2*time.Hour)
		defer cancel()
		near("std below", std, 2*time.Hour)
	})
}

// Whenever one asks, the deadline is the same instant, as package context promises.
func TestDeadlineStays(t *testing.T) {
	stays := func(t *testing.T, ctx context.Context) {
		begin := time.Now()
		given := begin.Add(time.Hour)
		exact, cancel := asyncio.WithDeadline(ctx, given)
		defer cancel()
		past, cancel := asyncio.WithDeadline(ctx, time.Unix(0, 0))
		defer cancel()
		none, cancel := asyncio.WithDeadline(ctx, time.Time{})
		defer cancel()
		after, cancel := asyncio.WithTimeout(ctx, time.Minute)
		defer cancel()
		_ = asyncio.Sleep(ctx, time.Millisecond)
		end := time.Now()
		for range 2 {
			for i, want := range []time.Time{given, time.Unix(0, 0), {}} {
				at, ok := []context.Context{exact, past, none}[i].Deadline()
				equal(t, "deadline", at, want)
				equal(t, "there is one", ok, true)
			}
			_ = asyncio.Sleep(ctx, time.Millisecond)
		}
		at, _ := after.Deadline()
		_ = asyncio.Sleep(ctx, time.Millisecond)
		again, _ := after.Deadline()
		equal(t, "deadline of the timeout", again, at)
		if at.Before(begin.Add(time.Minute)) || at.After(end.Add(time.Minute)) {
			t.Errorf("the timeout's deadline is %v from the beginning", at.Sub(begin))
		}
	}
	t.Run("real", func(t *testing.T) {
		err := asyncio.Run(func(ctx context.Context) error {
			stays(t, ctx)
			return nil
		})
		equal(t, "run", err, nil)
	})
	t.Run("virtual", func(t *testing.T) {
		inVirtual(t, func(ctx context.Context) { stays(t, ctx) })
	})
}

// The clock of the loop says which deadline comes first, not when they were asked for.
func TestDeadlineIsTheFirst(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		outer, cancel := asyncio.WithTimeout(ctx, time.Hour)
		defer cancel()
		_ = asyncio.Sleep(ctx, 59*time.Minute)
		inner, cancel := asyncio.WithTimeout(outer, 5*time.Minute)
		defer cancel()
		want, _ := outer.Deadline()
		at, _ := inner.Deadline()
		equal(t, "deadline", at, want)
		equal(t, "wait", forever(inner), context.DeadlineExceeded)
		equal(t, "time", now(ctx), time.Hour)

		third, timeout := asyncio.NewTimeout(ctx, time.Hour)
		defer timeout.Stop()
		before, _ := third.Deadline()
		timeout.Reschedule(2 * time.Hour)
		later, _ := third.Deadline()
		if d := later.Sub(before); d < 59*time.Minute || d > 61*time.Minute {
			t.Errorf("Reschedule has moved the deadline by %v", d)
		}
	})
}

// The runner's context is where the main task's comes from.
func TestMainTaskFollowsRunnerContext(t *testing.T) {
	base, cancel := context.WithCancelCause(context.WithValue(context.Background(), key{}, "v"))
	v := newVirtual(t, func(cfg *asyncio.RunnerConfig) { cfg.Context = base })
	err := v.run(func(ctx context.Context) error {
		equal(t, "value", ctx.Value(key{}), any("v"))
		go cancel(errBoom)
		return forever(ctx)
	})
	equal(t, "error", err, context.Canceled)
	ran := false
	err = v.run(func(ctx context.Context) error { ran = true; return nil })
	equal(t, "next run", err, context.Canceled)
	equal(t, "ran", ran, false)
}
