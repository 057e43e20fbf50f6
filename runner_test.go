// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/selector"
)

// A Runner runs several mains on one loop; tasks that one leaves go on in the next.
func TestRunnerRunsSeveralTimes(t *testing.T) {
	v := newVirtual(t)
	var log []string
	for i := range 3 {
		err := v.run(func(ctx context.Context) error {
			equal(t, "loop", asyncio.RunningLoop(ctx), v.runner.Loop())
			log = append(log, fmt.Sprint("main ", i))
			if i == 0 {
				spawn(ctx, func(ctx context.Context) error {
					err := asyncio.Sleep(ctx, time.Second)
					log = append(log, "left by 0")
					return err
				})
				return nil
			}
			return asyncio.Sleep(ctx, 2*time.Second)
		})
		equal(t, "error", err, nil)
		equal(t, "running", v.loop.IsRunning(), false)
	}
	equalAll(t, "log", log, []string{"main 0", "main 1", "left by 0", "main 2"})
}

func TestRunnerAfterAFailure(t *testing.T) {
	v := newVirtual(t)
	equal(t, "error", v.run(func(context.Context) error { return errRun }), errRun)
	var p *asyncio.PanicError
	if err := panicOf(func() { _ = v.run(func(context.Context) error { panic("boom") }) }); !errors.As(err, &p) {
		t.Errorf("panic: %v", err)
	}
	equal(t, "closed after the panic", v.loop.IsClosed(), false)
	equal(t, "error", v.run(func(ctx context.Context) error { return asyncio.Sleep(ctx, time.Second) }), nil)
	if m := v.messages(); len(m) > 0 {
		t.Errorf("reports: %q", m)
	}
}

func TestRunnerGoexit(t *testing.T) {
	v := newVirtual(t)
	returned := onGoroutine(func() {
		_ = v.run(func(context.Context) error { runtime.Goexit(); return nil })
	})
	equal(t, "Run returned", returned, false)
	equal(t, "closed", v.loop.IsClosed(), true)
}

// A main that stops its loop just when it ends has ended; the next one is not disturbed.
func TestRunnerAfterStop(t *testing.T) {
	for _, c := range []struct {
		name string
		main func(ctx context.Context) error
		want error
	}{
		{"and end", func(ctx context.Context) error { asyncio.RunningLoop(ctx).Stop(); return errRun }, errRun},
		{"and wait", func(ctx context.Context) error {
			asyncio.RunningLoop(ctx).Stop()
			return asyncio.Sleep(ctx, 2*time.Second)
		}, asyncio.ErrLoopStopped},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := newVirtual(t)
			if err := v.run(c.main); !errors.Is(err, c.want) {
				t.Errorf("first run: %v", err)
			}
			for range 2 {
				err := v.run(func(ctx context.Context) error { return asyncio.Sleep(ctx, 5*time.Second) })
				equal(t, "next run", err, nil)
			}
		})
	}
}

type runnerKey struct{}

func TestRunnerContext(t *testing.T) {
	outer, cancel := context.WithCancelCause(context.WithValue(context.Background(), runnerKey{}, "value"))
	v := newVirtual(t, func(cfg *asyncio.RunnerConfig) { cfg.Context = outer })
	err := v.run(func(ctx context.Context) error {
		equal(t, "value", ctx.Value(runnerKey{}), any("value"))
		go cancel(errRun)
		err := forever(ctx)
		equal(t, "cause", context.Cause(ctx), errRun)
		return err
	})
	equal(t, "error", err, context.Canceled)
	// It stays cancelled: the next main does not begin.
	err = v.run(func(context.Context) error { t.Error("main ran"); return nil })
	equal(t, "next run", err, context.Canceled)
}

func TestRunnerClose(t *testing.T) {
	t.Run("unused", func(t *testing.T) {
		v := newVirtual(t)
		v.close(t)
		equal(t, "closed", v.loop.IsClosed(), true)
	})
	t.Run("twice", func(t *testing.T) {
		v := newVirtual(t)
		v.close(t)
		v.close(t)
	})
	t.Run("then Run", func(t *testing.T) {
		v := newVirtual(t)
		v.close(t)
		err := v.run(func(context.Context) error { t.Error("main ran"); return nil })
		if !errors.Is(err, asyncio.ErrLoopClosed) {
			t.Errorf("Run: %v", err)
		}
	})
	t.Run("from within", func(t *testing.T) {
		v := newVirtual(t)
		err := v.run(func(ctx context.Context) error {
			err := v.runner.Close()
			if !errors.Is(err, asyncio.ErrLoopRunning) {
				t.Errorf("Close: %v", err)
			}
			return asyncio.Sleep(ctx, 0) // it is not cancelled
		})
		equal(t, "error", err, nil)
	})
	t.Run("from another loop", func(t *testing.T) {
		empty, busy := newVirtual(t), newVirtual(t)
		spawn(busy.loop.Context(), forever)
		inVirtual(t, func(context.Context) {
			equal(t, "without tasks", empty.runner.Close(), nil)
			if err := busy.runner.Close(); !errors.Is(err, asyncio.ErrLoopRunning) {
				t.Errorf("with a task, which would have to run: %v", err)
			}
		})
		equal(t, "without tasks", empty.loop.IsClosed(), true)
		equal(t, "with a task", busy.loop.IsClosed(), false)
		equal(t, "later", busy.runner.Close(), nil)
	})
	t.Run("task that was never run", func(t *testing.T) {
		v := newVirtual(t)
		task := spawn(v.loop.Context(), func(context.Context) error { t.Error("it ran"); return nil })
		v.close(t)
		_, err := task.Result()
		equal(t, "result", err, context.Canceled)
	})
}

// A run that is refused changes nothing: not the tasks, not what happens on a signal.
func TestRunnerRefusesToRunTwice(t *testing.T) {
	v := newVirtual(t)
	err := v.run(func(ctx context.Context) error {
		nested := func(context.Context) error { t.Error("the nested main ran"); return nil }
		if err := v.run(nested); !errors.Is(err, asyncio.ErrLoopRunning) {
			t.Errorf("nested: %v", err)
		}
		over := make(chan error)
		go func() { over <- v.run(nested) }()
		if err := <-over; !errors.Is(err, asyncio.ErrLoopRunning) {
			t.Errorf("on another goroutine: %v", err)
		}
		equal(t, "tasks", v.loop.Stats().Tasks, 1)
		return asyncio.Sleep(ctx, time.Second)
	})
	equal(t, "error", err, nil)
}

// brokenSelector is a selector whose Wait fails from a certain call on.
type brokenSelector struct {
	selector.Selector
	left   int
	closed bool
}

func (s *brokenSelector) Wait(timeout time.Duration, into []selector.Event) ([]selector.Event, error) {
	if s.left--; s.left < 0 {
		return into[:0], errRun
	}
	return s.Selector.Wait(timeout, into)
}

func (s *brokenSelector) Close() error {
	s.closed = true
	return s.Selector.Close()
}

// A selector that fails ends the run with its error; the loop can still be closed, and releases
// what it holds.
func TestSelectorFails(t *testing.T) {
	broken := &brokenSelector{}
	hooks := &logHooks{}
	v := newVirtual(t, func(cfg *asyncio.RunnerConfig) {
		broken.Selector = cfg.Loop.Selector
		cfg.Loop.Selector = broken
		cfg.Loop.Hooks = hooks
	})
	err := v.run(func(ctx context.Context) error { return asyncio.Sleep(ctx, time.Second) })
	if !errors.Is(err, errRun) {
		t.Errorf("Run: %v", err)
	}
	// Cancelling what is left needs no wait.
	equal(t, "Close", v.runner.Close(), nil)
	equal(t, "selector closed", broken.closed, true)
	equal(t, "reports", len(v.reports), 0)
	if problem := hooks.unbalanced(); problem != "" {
		t.Error(problem)
	}
}

// The loop is closed also if the shutdown fails; then the tasks are lost.
func TestSelectorFailsInShutdown(t *testing.T) {
	broken := &brokenSelector{}
	hooks := &logHooks{}
	v := newVirtual(t, func(cfg *asyncio.RunnerConfig) {
		broken.Selector = cfg.Loop.Selector
		cfg.Loop.Selector = broken
		cfg.Loop.Hooks = hooks
	})
	// The descriptor and the time make it poll before the task's first step.
	equal(t, "AddReader", v.loop.AddReader(5, func() {}), nil)
	v.clock.advance(time.Hour)
	spawn(v.loop.Context(), forever)
	if err := v.runner.Close(); !errors.Is(err, errRun) {
		t.Errorf("Close: %v", err)
	}
	equal(t, "loop closed", v.loop.IsClosed(), true)
	equal(t, "selector closed", broken.closed, true)
	equalAll(t, "reports", v.messages(), []string{"task was pending when its loop was closed"})
	if problem := hooks.unbalanced(); problem != "" {
		t.Error(problem)
	}
}

func TestRunnerLoopConfig(t *testing.T) {
	r, err := asyncio.NewRunner(asyncio.RunnerConfig{Loop: asyncio.LoopConfig{Name: "mine"}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	equal(t, "name", r.Loop().Name(), "mine")
	equal(t, "string", r.Loop().String(), "Loop(mine, idle)")
	err = r.Run(func(ctx context.Context) error {
		equal(t, "string", asyncio.RunningLoop(ctx).String(), "Loop(mine, running)")
		return nil
	})
	equal(t, "error", err, nil)
	equal(t, "Close", r.Close(), nil)
	equal(t, "string", r.Loop().String(), "Loop(mine, closed)")
}
