// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
)

func TestFutureStates(t *testing.T) {
	for _, c := range []struct {
		name      string
		set       func(f *asyncio.Future[int]) error
		value     int
		err       error
		cancelled bool
		text      string
	}{
		{"result", func(f *asyncio.Future[int]) error { return f.SetResult(7) }, 7, nil, false, "Future(finished)"},
		{"error", func(f *asyncio.Future[int]) error { return f.SetError(errBoom) }, 0, errBoom, false, "Future(error: boom)"},
		{"cancel", func(f *asyncio.Future[int]) error {
			if !f.Cancel() {
				return errors.New("Cancel of a pending future is false")
			}
			return nil
		}, 0, context.Canceled, true, "Future(error: context canceled)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inVirtual(t, func(ctx context.Context) {
				f := asyncio.NewFuture[int](asyncio.RunningLoop(ctx))
				equal(t, "done before", f.Done(), false)
				equal(t, "cancelled before", f.Cancelled(), false)
				equal(t, "string before", f.String(), "Future(pending)")
				if _, err := f.Result(); !errors.Is(err, asyncio.ErrInvalidState) {
					t.Errorf("Result of a pending future: %v", err)
				}
				if err := c.set(f); err != nil {
					t.Fatal(err)
				}
				equal(t, "done", f.Done(), true)
				equal(t, "cancelled", f.Cancelled(), c.cancelled)
				equal(t, "string", f.String(), c.text)
				for range 2 { // a result can be asked for again
					value, err := f.Result()
					equal(t, "value", value, c.value)
					equal(t, "error", err, c.err)
				}
				checkFutureIsFinal(t, f, c.value)
			})
		})
	}
}

// checkFutureIsFinal tries all ways to change a future that is done.
func checkFutureIsFinal(t *testing.T, f *asyncio.Future[int], want int) {
	t.Helper()
	if err := f.SetResult(99); !errors.Is(err, asyncio.ErrInvalidState) {
		t.Errorf("second SetResult: %v", err)
	}
	if err := f.SetError(errors.New("late")); !errors.Is(err, asyncio.ErrInvalidState) {
		t.Errorf("second SetError: %v", err)
	}
	equal(t, "Cancel of a future that is done", f.Cancel(), false)
	value, _ := f.Result()
	equal(t, "value afterwards", value, want)
}

func TestFutureSetErrorRefusesNil(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		f := asyncio.NewFuture[int](asyncio.RunningLoop(ctx))
		if err := f.SetError(nil); !errors.Is(err, asyncio.ErrInvalidState) {
			t.Errorf("SetError(nil): %v", err)
		}
		equal(t, "done", f.Done(), false)
	})
}

// The error that comes out is the one that went in: nothing is wrapped around it, and it does not
// grow with each time it is asked for.
func TestFutureErrorIsTheSame(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		f := asyncio.NewFuture[int](asyncio.RunningLoop(ctx))
		want := fmt.Errorf("read: %w", os.ErrDeadlineExceeded)
		if err := f.SetError(want); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			_, err := f.Await(ctx)
			equal(t, "error", err, want)
		}
	})
}

func TestAwaitOfDoneFutureDoesNotYield(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		l := asyncio.RunningLoop(ctx)
		ran := false
		l.CallSoon(func() { ran = true })
		f := asyncio.NewFuture[string](l)
		_ = f.SetResult("x")
		value, err := f.Await(ctx)
		equal(t, "value", value, "x")
		equal(t, "error", err, nil)
		equal(t, "a callback ran meanwhile", ran, false)
	})
}

func TestAwaitersAndCallbacksAreToldInOrder(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		l := asyncio.RunningLoop(ctx)
		f := asyncio.NewFuture[int](l)
		var got []string
		note := func(s string) func() { return func() { got = append(got, s) } }
		awaiter := func(name string) *asyncio.Task[struct{}] {
			return spawn(ctx, func(ctx context.Context) error {
				_, err := f.Await(ctx)
				got = append(got, name)
				return err
			})
		}
		f.AddDoneCallback(note("1"))
		a := awaiter("2")
		yield(t, ctx) // now it has joined
		f.AddDoneCallback(note("3"))
		b := awaiter("4")
		yield(t, ctx)
		f.AddDoneCallback(note("5"))
		_ = f.SetResult(1)
		equal(t, "told inside of SetResult", len(got), 0)
		f.AddDoneCallback(note("6")) // done already: scheduled at once, behind the others
		equal(t, "called inside of AddDoneCallback", len(got), 0)
		if _, err := asyncio.Gather(ctx, a, b); err != nil {
			t.Error(err)
		}
		equal(t, "order", strings.Join(got, ""), "123456")
	})
}

func TestDoneCallbackCanBeTakenBack(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		f := asyncio.NewFuture[int](asyncio.RunningLoop(ctx))
		var got []int
		var remove []func() bool
		for i := range 5 {
			remove = append(remove, f.AddDoneCallback(func() { got = append(got, i) }))
		}
		for _, i := range []int{0, 2, 4} { // the first, one inside, the last
			equal(t, "in time", remove[i](), true)
			equal(t, "again", remove[i](), false)
		}
		_ = f.SetResult(1)
		equal(t, "after the result", remove[1](), false)
		late := f.AddDoneCallback(func() { got = append(got, 5) })
		equal(t, "on a done future", late(), false)
		yield(t, ctx)
		equalAll(t, "called", got, []int{1, 3, 5})
	})
}

func TestDoneCallbackPanicIsReported(t *testing.T) {
	v := newVirtual(t)
	err := v.run(func(ctx context.Context) error {
		f := asyncio.NewFuture[int](asyncio.RunningLoop(ctx))
		f.AddDoneCallback(func() { panic("oops") })
		called := false
		f.AddDoneCallback(func() { called = true })
		_ = f.SetResult(1)
		yield(t, ctx)
		equal(t, "next callback called", called, true)
		return nil
	})
	equal(t, "error", err, nil)
	equalAll(t, "reports", v.messages(), []string{"panic in a callback: oops"})
}

func TestFutureCancelReachesAwaiter(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		f := asyncio.NewFuture[int](asyncio.RunningLoop(ctx))
		task := spawn(ctx, func(ctx context.Context) error {
			_, err := f.Await(ctx)
			equal(t, "own context", ctx.Err(), nil)
			return err
		})
		yield(t, ctx)
		equal(t, "Cancel", f.Cancel(), true)
		_, err := task.Await(ctx)
		equal(t, "error", err, context.Canceled)
		equal(t, "the task ended cancelled", task.Cancelled(), true)
	})
}

// A cancelled awaiter leaves the queue; the future and its other waiters do not notice.
func TestCancelledAwaiterLeavesFutureAlone(t *testing.T) {
	for _, victim := range []int{0, 1, 2} {
		t.Run(fmt.Sprint(victim), func(t *testing.T) {
			inVirtual(t, func(ctx context.Context) {
				f := asyncio.NewFuture[int](asyncio.RunningLoop(ctx))
				var tasks []*asyncio.Task[int]
				for range 3 {
					tasks = append(tasks, asyncio.CreateTask(ctx, f.Await))
				}
				yield(t, ctx)
				tasks[victim].Cancel(nil)
				yield(t, ctx)
				equal(t, "victim done", tasks[victim].Done(), true)
				equal(t, "future done", f.Done(), false)
				_ = f.SetResult(5)
				for i, task := range tasks {
					value, err := task.Await(ctx)
					if i == victim {
						equal(t, "victim", err, context.Canceled)
						continue
					}
					equal(t, "value", value, 5)
					equal(t, "error", err, nil)
				}
			})
		})
	}
}

func TestFutureOfAnotherLoop(t *testing.T) {
	other := newVirtual(t)
	var task *asyncio.Task[struct{}]
	err := other.run(func(ctx context.Context) error {
		task = spawn(ctx, func(context.Context) error { return nil })
		return nil
	})
	equal(t, "other loop", err, nil)
	f := asyncio.NewFuture[int](other.loop)
	equal(t, "Loop", f.Loop(), other.loop)
	inVirtual(t, func(ctx context.Context) {
		wants := func(what string, err error) {
			t.Helper()
			if !errors.Is(err, asyncio.ErrOtherLoop) {
				t.Errorf("%s: %v", what, err)
			}
		}
		_, err := f.Await(ctx)
		wants("Await", err)
		_, err = task.Await(ctx)
		wants("Task.Await", err)
		_, err = asyncio.Gather(ctx, f)
		wants("Gather", err)
		_, err = asyncio.GatherResults(ctx, f)
		wants("GatherResults", err)
		_, _, err = asyncio.Wait(ctx, asyncio.AllCompleted, f)
		wants("Wait", err)
		for _, err := range asyncio.AsCompleted(ctx, f) {
			wants("AsCompleted", err)
		}
	})
}

// What belongs to a loop refuses other goroutines. This test is worth most under the race detector.
func TestFutureOnWrongGoroutine(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		l := asyncio.RunningLoop(ctx)
		f := asyncio.NewFuture[int](l)
		task := spawn(ctx, forever)
		over := make(chan struct{})
		go func() {
			defer close(over)
			for name, call := range map[string]func() error{
				"SetResult":     func() error { return f.SetResult(1) },
				"SetError":      func() error { return f.SetError(errBoom) },
				"Result":        func() error { _, err := f.Result(); return err },
				"Await":         func() error { _, err := f.Await(ctx); return err },
				"Task.Result":   func() error { _, err := task.Result(); return err },
				"Task.Await":    func() error { _, err := task.Await(ctx); return err },
				"Sleep":         func() error { return asyncio.Sleep(ctx, time.Second) },
				"Gather":        func() error { _, err := asyncio.Gather(ctx, f); return err },
				"Wait":          func() error { _, _, err := asyncio.Wait(ctx, asyncio.AllCompleted, f); return err },
				"Shield":        func() error { _, err := asyncio.Shield(ctx, f.Await); return err },
				"WithTaskGroup": func() error { return asyncio.WithTaskGroup(ctx, nil) },
			} {
				if err := call(); !errors.Is(err, asyncio.ErrWrongGoroutine) {
					t.Errorf("%s: %v", name, err)
				}
			}
			for name, call := range map[string]func(){
				"Cancel":          func() { f.Cancel() },
				"Done":            func() { f.Done() },
				"Cancelled":       func() { f.Cancelled() },
				"AddDoneCallback": func() { f.AddDoneCallback(func() {}) },
				"Task.Cancel":     func() { task.Cancel(nil) },
				"Task.Done":       func() { task.Done() },
				"Task.SetName":    func() { task.SetName("x") },
				"CreateTask":      func() { spawn(ctx, forever) },
				"CurrentTask":     func() { asyncio.CurrentTask(ctx) },
				"NewTimeout":      func() { asyncio.NewTimeout(ctx, time.Second) },
			} {
				if err := panicOf(call); !errors.Is(err, asyncio.ErrWrongGoroutine) {
					t.Errorf("%s: %v", name, err)
				}
			}
			_ = l.CallSoonThreadsafe(func() { _ = f.SetResult(2) })
		}()
		value, err := f.Await(ctx)
		equal(t, "value", value, 2)
		equal(t, "error", err, nil)
		<-over
		task.Cancel(nil)
	})
}

// After the loop was closed a result can still be read; nothing can be changed.
func TestFutureAfterLoopClosed(t *testing.T) {
	v := newVirtual(t)
	var task *asyncio.Task[int]
	_ = v.run(func(ctx context.Context) error {
		task = asyncio.CreateTask(ctx, func(context.Context) (int, error) { return 3, nil })
		_, err := task.Await(ctx)
		return err
	})
	f := asyncio.NewFuture[int](v.loop)
	v.close(t)
	value, err := task.Result()
	equal(t, "value", value, 3)
	equal(t, "error", err, nil)
	equal(t, "done", task.Done(), true)
	equal(t, "Cancel", task.Cancel(nil), false)
	if err := f.SetResult(1); !errors.Is(err, asyncio.ErrLoopClosed) || !errors.Is(err, os.ErrClosed) {
		t.Errorf("SetResult: %v", err)
	}
}

func TestRunUntilCompleteOfFuture(t *testing.T) {
	v := newVirtual(t)
	f := asyncio.NewFuture[string](v.loop)
	v.loop.CallLater(3*time.Second, func() { _ = f.SetResult("late") })
	value, err := asyncio.RunUntilComplete(v.loop, f)
	equal(t, "value", value, "late")
	equal(t, "error", err, nil)
	equal(t, "time", v.clock.Now(), 3*time.Second)
}

func TestAwaitDeliversResults(t *testing.T) {
	for _, c := range []struct {
		name  string
		delay time.Duration // 0: ended before the await; -1: it is the next to run; else it waits
	}{{"done", 0}, {"next", -1}, {"later", time.Second}} {
		t.Run(c.name, func(t *testing.T) {
			inVirtual(t, func(ctx context.Context) {
				make := func(value int, err error) *asyncio.Task[int] {
					return asyncio.CreateTask(ctx, func(ctx context.Context) (int, error) {
						if c.delay > 0 {
							_ = asyncio.Sleep(ctx, c.delay)
						}
						return value, err
					})
				}
				task := make(42, nil)
				if c.delay == 0 {
					yield(t, ctx)
				}
				value, err := task.Await(ctx)
				equal(t, "value", value, 42)
				equal(t, "error", err, nil)
				task = make(1, errBoom)
				if c.delay == 0 {
					yield(t, ctx)
				}
				value, err = task.Await(ctx)
				equal(t, "value beside an error", value, 1)
				equal(t, "error", err, errBoom)
				equal(t, "done", task.Done(), true)
				equal(t, "cancelled", task.Cancelled(), false)
				_, err = task.Result()
				equal(t, "result", err, errBoom)
				equal(t, "time", now(ctx), 2*max(c.delay, 0))
			})
		})
	}
}

func TestAwaitSelf(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var task *asyncio.Task[struct{}]
		task = spawn(ctx, func(ctx context.Context) error {
			_, err := task.Await(ctx)
			if _, gathered := asyncio.Gather(ctx, task); !errors.Is(gathered, asyncio.ErrSelfAwait) {
				t.Errorf("Gather: %v", gathered)
			}
			return err
		})
		if _, err := task.Await(ctx); !errors.Is(err, asyncio.ErrSelfAwait) {
			t.Errorf("Await: %v", err)
		}
	})
}

// Each task creates the next one and awaits it: begun on each other's stacks, and then suspended
// and woken from the innermost outwards.
func TestDeepChainOfAwaits(t *testing.T) {
	const depth = 2000
	for _, d := range []time.Duration{0, time.Second} {
		inVirtual(t, func(ctx context.Context) {
			var dive func(ctx context.Context, left int) (int, error)
			dive = func(ctx context.Context, left int) (int, error) {
				if left == 0 {
					return 1, asyncio.Sleep(ctx, d)
				}
				n, err := asyncio.CreateTask(ctx, func(ctx context.Context) (int, error) {
					return dive(ctx, left-1)
				}).Await(ctx)
				return n + 1, err
			}
			n, err := dive(ctx, depth)
			equal(t, "error", err, nil)
			equal(t, "depth", n, depth+1)
		})
	}
}
