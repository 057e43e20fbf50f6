// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"maps"
	"runtime"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/internal/descriptors"
	"github.com/gocurtain/asyncio/selector"
	"github.com/gocurtain/asyncio/selector/selectortest"
)

func exit() { runtime.Goexit() }

// failingSelector fails in its first Wait.
func failingSelector() selector.Selector {
	return &brokenSelector{Selector: selectortest.NewFake()}
}

func fakeWaker() selector.Waker { return selectortest.NewFake().Waker() }

// Stop is heeded after the turn, whose callbacks all run; those that they schedule stay for the
// next run. Stopping before the run makes it one turn without a wait.
func TestStop(t *testing.T) {
	v := newVirtual(t)
	l := v.loop
	var log logger
	l.CallSoon(func() { log.note("a"); l.CallSoon(log.noting("child")) })
	l.CallSoon(func() { log.note("stop"); l.Stop() })
	l.CallSoon(log.noting("b"))
	l.CallLater(time.Hour, log.noting("timer"))
	equal(t, "run", l.RunForever(), nil)
	log.want(t, "a stop b")
	equal(t, "ready", l.Stats().Ready, 1)
	l.Stop()
	l.Stop()
	equal(t, "run", l.RunForever(), nil)
	log.want(t, "a stop b child")
	l.Stop()
	equal(t, "run with nothing to do", l.RunForever(), nil)
	equal(t, "time passed", v.clock.Now(), 0)
	l.CallLater(2*time.Hour, l.Stop)
	equal(t, "run", l.RunForever(), nil)
	log.want(t, "a stop b child timer")
}

func TestLoopStates(t *testing.T) {
	v := newVirtual(t)
	l := v.loop
	state := func(running, closed bool) {
		t.Helper()
		equal(t, "running", l.IsRunning(), running)
		equal(t, "closed", l.IsClosed(), closed)
	}
	state(false, false)
	l.CallSoon(func() { state(true, false); l.Stop() })
	equal(t, "run", l.RunForever(), nil)
	state(false, false)
	equal(t, "Close", l.Close(), nil)
	state(false, true)
	equal(t, "Close again", l.Close(), nil)
	equal(t, "selector", v.fake.Log()[len(v.fake.Log())-1], "close")
}

func TestRunUntilComplete(t *testing.T) {
	v := newVirtual(t)
	l := v.loop
	f := asyncio.NewFuture[int](l)
	l.CallLater(time.Second, func() { _ = f.SetResult(7) })
	value, err := asyncio.RunUntilComplete(l, f)
	equal(t, "value", value, 7)
	equal(t, "error", err, nil)
	value, err = asyncio.RunUntilComplete(l, f) // done already
	equal(t, "value", value, 7)
	equal(t, "error", err, nil)

	task := asyncio.CreateTask(l.Context(), func(ctx context.Context) (string, error) {
		return "value", errors.Join(asyncio.Sleep(ctx, time.Second), errRun)
	})
	word, err := asyncio.RunUntilComplete(l, task)
	equal(t, "value", word, "value")
	if !errors.Is(err, errRun) {
		t.Errorf("error: %v", err)
	}

	failing := asyncio.CreateTask(l.Context(), func(ctx context.Context) (int, error) { panic("boom") })
	var p *asyncio.PanicError
	if err := panicOf(func() { _, _ = asyncio.RunUntilComplete(l, failing) }); !errors.As(err, &p) {
		t.Errorf("panic: %v", err)
	}

	other := newVirtual(t)
	_, err = asyncio.RunUntilComplete(other.loop, f)
	if !errors.Is(err, asyncio.ErrOtherLoop) {
		t.Errorf("another loop: %v", err)
	}
	if len(v.messages()) > 0 {
		t.Errorf("reports: %q", v.messages())
	}
}

// A run that was stopped early says so, and its future does not stop a later run.
func TestRunUntilCompleteStoppedEarly(t *testing.T) {
	v := newVirtual(t)
	l := v.loop
	f := asyncio.NewFuture[int](l)
	l.CallLater(time.Second, l.Stop)
	l.CallLater(2*time.Second, func() { _ = f.SetResult(7) })
	_, err := asyncio.RunUntilComplete(l, f)
	if !errors.Is(err, asyncio.ErrLoopStopped) {
		t.Errorf("error: %v", err)
	}
	equal(t, "time", l.Time(), time.Second)
	l.CallLater(10*time.Second, l.Stop)
	equal(t, "run", l.RunForever(), nil)
	equal(t, "time", l.Time(), 11*time.Second)
	value, err := f.Result()
	equal(t, "value", value, 7)
	equal(t, "error", err, nil)
}

// On a closed loop everything that schedules is refused.
func TestClosedLoop(t *testing.T) {
	v := newVirtual(t)
	l := v.loop
	f := asyncio.NewFuture[int](l)
	handle, timer := l.CallSoon(func() { t.Error("it ran") }), l.CallLater(0, func() { t.Error("it ran") })
	_ = l.CallSoonThreadsafe(func() { t.Error("it ran") })
	v.close(t)
	nop := func() {}
	for name, call := range map[string]func() error{
		"RunForever":         l.RunForever,
		"CallSoonThreadsafe": func() error { return l.CallSoonThreadsafe(nop) },
		"CallSoon":           func() error { return panicOf(func() { l.CallSoon(nop) }) },
		"CallLater":          func() error { return panicOf(func() { l.CallLater(0, nop) }) },
		"CallAt":             func() error { return panicOf(func() { l.CallAt(0, nop) }) },
		"AddReader":          func() error { return panicOf(func() { _ = l.AddReader(5, nop) }) },
		"AddWriter":          func() error { return panicOf(func() { _ = l.AddWriter(5, nop) }) },
		"AddSignalHandler":   func() error { return panicOf(func() { _ = l.AddSignalHandler(nil, nop) }) },
		"CreateTask":         func() error { return panicOf(func() { spawn(l.Context(), forever) }) },
		"NewTimeout":         func() error { return panicOf(func() { asyncio.NewTimeout(l.Context(), 0) }) },
		"RunUntilComplete":   func() error { _, err := asyncio.RunUntilComplete(l, f); return err },
		"Runner.Run":         func() error { return v.run(forever) },
	} {
		if err := call(); !errors.Is(err, asyncio.ErrLoopClosed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// What is harmless is allowed.
	l.Stop()
	equal(t, "Handle.Cancel", handle.Cancel(), false)
	equal(t, "TimerHandle.Cancel", timer.Cancel(), false)
	equal(t, "RemoveReader", l.RemoveReader(5), false)
	equal(t, "RemoveWriter", l.RemoveWriter(5), false)
	equal(t, "stats", l.Stats(), asyncio.LoopStats{})
	l.Time()
}

func TestRunningLoop(t *testing.T) {
	equal(t, "of no loop", asyncio.RunningLoop(context.Background()), nil)
	inVirtual(t, func(ctx context.Context) {
		l := asyncio.RunningLoop(ctx)
		derived, cancel := context.WithCancel(context.WithValue(ctx, runnerKey{}, 1))
		defer cancel()
		for name, c := range map[string]context.Context{
			"loop's": l.Context(), "derived": derived, "detached": context.WithoutCancel(derived),
		} {
			equal(t, name, asyncio.RunningLoop(c), l)
		}
		task := asyncio.CreateTask(derived, func(ctx context.Context) (*asyncio.Loop, error) {
			return asyncio.RunningLoop(ctx), nil
		})
		got, err := task.Await(ctx)
		equal(t, "task's", got, l)
		equal(t, "error", err, nil)
	})
}

// TestHandlerLeavesDuringClose: an exception handler that ends the goroutine, as t.FailNow does,
// cuts Close short, but what the loop holds is freed.
func TestHandlerLeavesDuringClose(t *testing.T) {
	fails := func(context.Context) error { return errRun }
	for name, leave := range map[string]func(r *asyncio.Runner){
		"failed task": func(r *asyncio.Runner) {
			equal(t, "Run", r.Run(func(ctx context.Context) error {
				spawn(ctx, fails)
				return asyncio.Sleep(ctx, 0)
			}), nil)
		},
		"cleaning up fails": func(r *asyncio.Runner) {
			equal(t, "Run", r.Run(func(ctx context.Context) error {
				spawn(context.WithoutCancel(ctx), func(ctx context.Context) error { _ = forever(ctx); return errRun })
				return asyncio.Sleep(ctx, 0)
			}), nil)
		},
		"pending task": func(r *asyncio.Runner) {
			spawn(r.Loop().Context(), forever)
			_ = r.Loop().Close()
		},
	} {
		for _, debug := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				before := descriptors.Open()
				told := false
				lockedTo(0, func() {
					r, err := asyncio.NewRunner(asyncio.RunnerConfig{Loop: asyncio.LoopConfig{
						Debug:            debug,
						ExceptionHandler: func(*asyncio.Loop, asyncio.ExceptionContext) { told = true; runtime.Goexit() },
					}})
					equal(t, "NewRunner", err, nil)
					defer func() { equal(t, "closed", r.Loop().IsClosed(), true) }()
					defer func() { equal(t, "Close, again", r.Close(), nil) }()
					leave(r)
					_ = r.Close()
				})
				equal(t, "told", told, true)
				if after := descriptors.Open(); !maps.Equal(after, before) {
					t.Errorf("open before: %v\nafter: %v", before, after)
				}
			})
		}
	}
}
