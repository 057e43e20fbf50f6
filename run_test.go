// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/internal/descriptors"
)

func TestRunReturnsMainsError(t *testing.T) {
	for _, want := range []error{nil, errRun, context.Canceled, context.DeadlineExceeded} {
		t.Run(fmt.Sprint(want), func(t *testing.T) {
			ran := false
			err := asyncio.Run(func(ctx context.Context) error {
				ran = true
				if err := asyncio.Sleep(ctx, 0); err != nil {
					return err
				}
				return want
			})
			equal(t, "error", err, want)
			equal(t, "main ran", ran, true)
		})
	}
}

func TestRunMakesAFreshLoop(t *testing.T) {
	var loops []*asyncio.Loop
	for range 2 {
		err := asyncio.Run(func(ctx context.Context) error {
			loops = append(loops, asyncio.RunningLoop(ctx))
			return nil
		})
		equal(t, "error", err, nil)
	}
	if loops[0] == loops[1] {
		t.Error("two runs had the same loop")
	}
	for _, l := range loops {
		equal(t, "closed", l.IsClosed(), true)
	}
}

// A run within a run is refused, wherever it is tried, and its main does not run.
func TestNestedRunIsRefused(t *testing.T) {
	nested := func(context.Context) error {
		t.Error("the nested main ran")
		return nil
	}
	other := newVirtual(t)
	refused := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, asyncio.ErrLoopRunning) {
			t.Errorf("%s: %v", what, err)
		}
	}
	before := len(descriptors.Open())
	err := asyncio.Run(func(ctx context.Context) error {
		l := asyncio.RunningLoop(ctx)
		try := func(where string) {
			refused("Run in "+where, asyncio.Run(nested))
			refused("RunForever in "+where, l.RunForever())
			refused("another loop's RunForever in "+where, other.loop.RunForever())
			refused("another Runner's Run in "+where, other.run(nested))
			_, err := asyncio.RunUntilComplete(l, asyncio.NewFuture[int](l))
			refused("RunUntilComplete in "+where, err)
			refused("Close in "+where, l.Close())
		}
		try("a task")
		f := asyncio.NewFuture[int](l)
		l.CallSoon(func() {
			try("a callback")
			_ = f.SetResult(1)
		})
		_, err := f.Await(ctx)
		return err
	})
	equal(t, "error", err, nil)
	if after := len(descriptors.Open()); after != before {
		t.Errorf("%d descriptors are open, there were %d", after, before)
	}
	equal(t, "tasks of the other loop", other.loop.Stats().Tasks, 0)
	err = other.run(func(context.Context) error { return errRun })
	equal(t, "run of the other loop, afterwards", err, errRun)
}

// An error of a nested RunUntilComplete of a done future leaves nothing behind.
func TestNestedRunOfDoneFuture(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		l := asyncio.RunningLoop(ctx)
		f := asyncio.NewFuture[int](l)
		_ = f.SetResult(1)
		if _, err := asyncio.RunUntilComplete(l, f); !errors.Is(err, asyncio.ErrLoopRunning) {
			t.Errorf("nested: %v", err)
		}
		yield(t, ctx)
		yield(t, ctx)
	})
}

// Loops in different goroutines are independent.
func TestRunsInParallel(t *testing.T) {
	const n = 8
	errs := make(chan error, n)
	meet := make(chan struct{}) // closed when all loops run at once
	arrived := make(chan struct{}, n)
	for i := range n {
		go func() {
			errs <- asyncio.Run(func(ctx context.Context) error {
				arrived <- struct{}{}
				<-meet
				return fmt.Errorf("%d: %w", i, asyncio.Sleep(ctx, 0))
			})
		}()
	}
	for range n {
		<-arrived
	}
	close(meet)
	seen := map[string]bool{}
	for range n {
		seen[fmt.Sprint(<-errs)] = true
	}
	equal(t, "different results", len(seen), n)
}

func TestRunPanicsAfterClosing(t *testing.T) {
	var loop *asyncio.Loop
	cleaned := false
	defer func() {
		p, ok := recover().(*asyncio.PanicError)
		if !ok || p.Value != "boom" || !strings.Contains(string(p.Stack), "TestRunPanicsAfterClosing") {
			t.Errorf("recovered %v", p)
		}
		equal(t, "closed", loop.IsClosed(), true)
		equal(t, "leftover task was cancelled", cleaned, true)
	}()
	err := asyncio.Run(func(ctx context.Context) error {
		loop = asyncio.RunningLoop(ctx)
		spawn(ctx, func(ctx context.Context) error {
			defer func() { cleaned = true }()
			return forever(ctx)
		})
		yield(t, ctx)
		panic("boom")
	})
	t.Errorf("Run returned %v", err)
}

// runtime.Goexit, which is what t.FailNow does, ends the caller of Run, after closing.
func TestRunGoexit(t *testing.T) {
	for _, where := range []string{"main", "callback"} {
		t.Run(where, func(t *testing.T) {
			var loop *asyncio.Loop
			cleaned := false
			returned := onGoroutine(func() {
				_ = asyncio.Run(func(ctx context.Context) error {
					loop = asyncio.RunningLoop(ctx)
					spawn(ctx, func(ctx context.Context) error {
						defer func() { cleaned = true }()
						return forever(ctx)
					})
					yield(t, ctx)
					if where == "callback" {
						loop.CallSoon(runtime.Goexit)
						return forever(ctx)
					}
					runtime.Goexit()
					return nil
				})
			})
			equal(t, "Run returned", returned, false)
			equal(t, "closed", loop.IsClosed(), true)
			equal(t, "running", loop.IsRunning(), false)
			equal(t, "leftover task was cancelled", cleaned, true)
		})
	}
}

// What main leaves behind is cancelled, in order of creation, waited for, and asked why it failed.
// It is the same for a Run and for a closed Runner.
func TestLeftoverTasks(t *testing.T) {
	v := newVirtual(t)
	var log []string
	leave := func(ctx context.Context, name string, end error) {
		spawn(ctx, func(ctx context.Context) error {
			err := forever(ctx)
			log = append(log, fmt.Sprintf("%s: %v", name, err))
			return end
		})
	}
	err := v.run(func(ctx context.Context) error {
		leave(ctx, "a", context.Canceled)
		leave(ctx, "b", errRun)
		leave(ctx, "c", nil)
		yield(t, ctx)
		return nil
	})
	equal(t, "error", err, nil)
	spawn(v.loop.Context(), func(context.Context) error { log = append(log, "never begins"); return nil })
	equal(t, "before Close", len(log), 0)
	v.close(t)
	equalAll(t, "log", log, []string{"a: context canceled", "b: context canceled", "c: context canceled"})
	equalAll(t, "reports", v.messages(), []string{"nobody has awaited a task that failed: run failed"})
	equal(t, "tasks", v.loop.Stats().Tasks, 0)
}

// Clean-up may wait: for a timer, for tasks that it makes, for a group of them. The loop sleeps
// meanwhile, rather than spin.
func TestLeftoverTasksCleanUp(t *testing.T) {
	for _, c := range []struct {
		name string
		tidy func(ctx context.Context, note func(string)) error
		want string
	}{
		{"at once", func(_ context.Context, note func(string)) error { note("done"); return nil }, "done"},
		{"timer", func(ctx context.Context, note func(string)) error {
			err := asyncio.Sleep(ctx, time.Hour)
			note("slept")
			return err
		}, "slept"},
		{"task", func(ctx context.Context, note func(string)) error {
			_, err := spawn(ctx, func(ctx context.Context) error {
				defer note("helper")
				return asyncio.Sleep(ctx, time.Hour)
			}).Await(ctx)
			note(fmt.Sprint(err))
			return err
		}, "helper <nil>"},
		{"group", func(ctx context.Context, note func(string)) error {
			err := asyncio.WithTaskGroup(ctx, func(_ context.Context, g *asyncio.TaskGroup) error {
				for i := range 2 {
					g.Go(func(ctx context.Context) error {
						defer note(fmt.Sprint(i))
						return asyncio.Sleep(ctx, time.Hour)
					})
				}
				return nil
			})
			note(fmt.Sprint(err))
			return err
		}, "0 1 <nil>"},
		{"task nobody waits for", func(ctx context.Context, note func(string)) error {
			spawn(ctx, func(ctx context.Context) error {
				err := asyncio.Sleep(ctx, time.Hour)
				note(fmt.Sprint("orphan ", err))
				return err
			})
			yield(t, ctx)
			note("left")
			return nil
		}, "left orphan context canceled"},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := newVirtual(t)
			var got []string
			note := func(s string) { got = append(got, s) }
			err := v.run(func(ctx context.Context) error {
				spawn(ctx, func(ctx context.Context) error {
					_ = forever(ctx)
					return c.tidy(context.WithoutCancel(ctx), note)
				})
				yield(t, ctx)
				return nil
			})
			equal(t, "error", err, nil)
			v.close(t)
			equal(t, "log", strings.Join(got, " "), c.want)
			equal(t, "tasks", v.loop.Stats().Tasks, 0)
			if len(v.messages()) > 0 {
				t.Errorf("reports: %q", v.messages())
			}
			if waits := len(v.fake.Log()); waits > 12 {
				t.Errorf("%d calls of the selector: %q", waits, v.fake.Log())
			}
		})
	}
}

// A callback that panics while the loop shuts down does not keep it from its work.
func TestPanicDuringShutdown(t *testing.T) {
	v := newVirtual(t)
	cleaned := false
	err := v.run(func(ctx context.Context) error {
		l := asyncio.RunningLoop(ctx)
		spawn(ctx, func(ctx context.Context) error {
			_ = forever(ctx)
			l.CallSoon(func() { panic("boom") })
			err := asyncio.Sleep(context.WithoutCancel(ctx), time.Second)
			cleaned = true
			return err
		})
		yield(t, ctx)
		return nil
	})
	equal(t, "error", err, nil)
	v.close(t)
	equal(t, "cleaned", cleaned, true)
	equalAll(t, "reports", v.messages(), []string{"panic in a callback: boom"})
}

// A task that stops the loop does not cut the shutdown short.
func TestStopDuringShutdown(t *testing.T) {
	v := newVirtual(t)
	cleaned := false
	err := v.run(func(ctx context.Context) error {
		l := asyncio.RunningLoop(ctx)
		spawn(ctx, func(ctx context.Context) error {
			_ = forever(ctx)
			l.Stop()
			err := asyncio.Sleep(context.WithoutCancel(ctx), time.Second)
			cleaned = true
			return err
		})
		yield(t, ctx)
		return nil
	})
	equal(t, "error", err, nil)
	v.close(t)
	equal(t, "cleaned", cleaned, true)
}

// Without a handler, what goes wrong at the end is logged.
func TestRunLogsErrorsOfLeftoverTasks(t *testing.T) {
	var out strings.Builder
	old := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&out, nil)))
	defer slog.SetDefault(old)
	err := asyncio.Run(func(ctx context.Context) error {
		spawn(ctx, func(ctx context.Context) error {
			_ = forever(ctx)
			return errRun
		})
		yield(t, ctx)
		return nil
	})
	equal(t, "error", err, nil)
	if !strings.Contains(out.String(), errRun.Error()) {
		t.Errorf("logged %q", out.String())
	}
}

// The environment is obeyed, and what is wrong with it said.
func TestRunWithBadEnvironment(t *testing.T) {
	for _, c := range []struct{ name, value, says string }{
		{"ASYNCIO_TRACE", filepath.Join(t.TempDir(), "missing"), "missing"},
		{"ASYNCIO_SELECTOR", "abacus", "abacus"},
		{"ASYNCIO_WAKER", "rooster", "rooster"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv(c.name, c.value)
			before := len(descriptors.Open())
			err := asyncio.Run(func(context.Context) error {
				t.Error("main ran")
				return nil
			})
			if text := fmt.Sprint(err); !strings.Contains(text, c.name) || !strings.Contains(text, c.says) {
				t.Errorf("error: %v", err)
			}
			if after := len(descriptors.Open()); after != before {
				t.Errorf("%d descriptors are open, there were %d", after, before)
			}
			_, err = asyncio.NewLoop(asyncio.LoopConfig{})
			if err == nil {
				t.Error("NewLoop succeeded")
			}
		})
	}
	equal(t, "closed is closed", errors.Is(asyncio.ErrLoopClosed, fs.ErrClosed), true)
}
