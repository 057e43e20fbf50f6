// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
)

// captureLog makes slog's default logger write to the returned builder.
func captureLog(t testing.TB) *strings.Builder {
	var out strings.Builder
	old := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	})))
	t.Cleanup(func() { slog.SetDefault(old) })
	return &out
}

// silence throws away what is logged.
func silence(t testing.TB) { captureLog(t) }

func TestExceptionHandler(t *testing.T) {
	v := newVirtual(t)
	l := v.loop
	out := captureLog(t)
	ec := asyncio.ExceptionContext{Message: "by hand", Err: errRun}

	l.CallExceptionHandler(ec)
	equalAll(t, "the configured handler", v.messages(), []string{"by hand: run failed"})

	var got []string
	l.SetExceptionHandler(func(loop *asyncio.Loop, ec asyncio.ExceptionContext) {
		equal(t, "loop", loop, l)
		got = append(got, ec.Message)
	})
	l.CallExceptionHandler(ec)
	equalAll(t, "another handler", got, []string{"by hand"})
	equal(t, "log", out.String(), "")

	l.SetExceptionHandler(nil)
	l.CallExceptionHandler(ec)
	equal(t, "the default handler", out.String(),
		fmt.Sprintf("level=ERROR msg=\"by hand\" logger=asyncio loop=%s err=\"run failed\"\n", l.Name()))
	equal(t, "calls of the first handler", len(v.reports), 1)
}

// Without a handler, the default one logs all that is known.
func TestDefaultExceptionHandler(t *testing.T) {
	out := captureLog(t)
	v := newVirtual(t, func(cfg *asyncio.RunnerConfig) {
		cfg.Loop.ExceptionHandler = nil
		cfg.Loop.Name = "main"
	})
	_, file, line, _ := runtime.Caller(0)
	err := v.run(func(ctx context.Context) error {
		task := asyncio.CreateTask(ctx, func(context.Context) (int, error) { return 0, errRun })
		task.SetName("worker")
		v.loop.CallSoon(func() { panic("boom") })
		return asyncio.Sleep(ctx, 2*time.Second)
	})
	equal(t, "error", err, nil)
	logged := strings.Split(strings.TrimSpace(out.String()), "\n")
	equal(t, "lines", len(logged), 2)
	for _, want := range []string{`msg="panic in a callback" logger=asyncio loop=main err=boom stack="goroutine`, "TestDefaultExceptionHandler"} {
		if !strings.Contains(logged[0], want) {
			t.Errorf("no %s in %s", want, logged[0])
		}
	}
	want := fmt.Sprintf(`level=ERROR msg="nobody has awaited a task that failed" logger=asyncio loop=main task=worker site=%s:`, file)
	if !strings.HasPrefix(logged[1], want) || !strings.HasSuffix(logged[1], ` err="run failed"`) || !strings.Contains(logged[1], fmt.Sprint(":", line+2)) {
		t.Errorf("logged %s", logged[1])
	}
}

// What the handler is told, for each thing that can go wrong.
func TestExceptionContexts(t *testing.T) {
	var task *asyncio.Task[int]
	for _, c := range []struct {
		name    string
		cause   func(ctx context.Context, l *asyncio.Loop)
		message string
		err     string
		task    bool
		stack   bool
	}{
		{"callback panics", func(_ context.Context, l *asyncio.Loop) { l.CallSoon(func() { panic("boom") }) },
			"panic in a callback", "boom", false, true},
		{"callback panics with an error", func(_ context.Context, l *asyncio.Loop) { l.CallSoon(func() { panic(errRun) }) },
			"panic in a callback", "run failed", false, true},
		{"callback panics with nil", func(_ context.Context, l *asyncio.Loop) { l.CallSoon(func() { panicWith(nil) }) },
			"panic in a callback", "panic called with nil argument", false, true},
		{"timer panics", func(_ context.Context, l *asyncio.Loop) { l.CallLater(1, func() { panic("boom") }) },
			"panic in a callback", "boom", false, true},
		{"outside call panics", func(_ context.Context, l *asyncio.Loop) { _ = l.CallSoonThreadsafe(func() { panic("boom") }) },
			"panic in a callback", "boom", false, true},
		{"done callback panics", func(_ context.Context, l *asyncio.Loop) {
			f := asyncio.NewFuture[int](l)
			f.AddDoneCallback(func() { panic("boom") })
			_ = f.SetResult(1)
		}, "panic in a callback", "boom", false, true},
		{"task fails", func(ctx context.Context, _ *asyncio.Loop) {
			task = asyncio.CreateTask(ctx, func(context.Context) (int, error) { return 0, errRun })
		}, "nobody has awaited a task that failed", "run failed", true, false},
		{"task panics", func(ctx context.Context, _ *asyncio.Loop) {
			task = asyncio.CreateTask(ctx, func(context.Context) (int, error) { panic("boom") })
		}, "nobody has awaited a task that failed", "panic: boom", true, true},
		{"task exits", func(ctx context.Context, _ *asyncio.Loop) {
			task = asyncio.CreateTask(ctx, func(context.Context) (int, error) { exit(); return 0, nil })
		}, "nobody has awaited a task that failed", asyncio.ErrGoexit.Error(), true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := newVirtual(t)
			task = nil
			err := v.run(func(ctx context.Context) error {
				c.cause(ctx, v.loop)
				return asyncio.Sleep(ctx, 2*time.Second)
			})
			equal(t, "error", err, nil)
			if len(v.reports) != 1 {
				t.Fatalf("reports: %q", v.messages())
			}
			r := v.reports[0]
			equal(t, "message", r.Message, c.message)
			if !strings.HasPrefix(fmt.Sprint(r.Err), c.err) {
				t.Errorf("error: %v", r.Err)
			}
			equal(t, "stack", strings.Contains(string(r.Stack), "exception_test.go"), c.stack)
			equal(t, "site", strings.Contains(r.Site, "exception_test.go:"), c.task)
			if c.task {
				equal(t, "task", r.Task, asyncio.AnyTask(task))
			} else {
				equal(t, "task", r.Task, nil)
			}
		})
	}
}

// An error is news a second after the task has ended, or when the loop is closed.
func TestUnobservedErrorIsReportedInTime(t *testing.T) {
	v := newVirtual(t)
	var at []time.Duration
	v.loop.SetExceptionHandler(func(l *asyncio.Loop, _ asyncio.ExceptionContext) { at = append(at, v.clock.Now()) })
	fail := func(ctx context.Context) { spawn(ctx, func(context.Context) error { return errRun }) }
	err := v.run(func(ctx context.Context) error {
		fail(ctx)
		_ = asyncio.Sleep(ctx, 400*time.Millisecond)
		fail(ctx)
		_ = asyncio.Sleep(ctx, 2*time.Second)
		fail(ctx)
		yield(t, ctx)
		return nil
	})
	equal(t, "error", err, nil)
	equalAll(t, "reported at", at, []time.Duration{time.Second, 1400 * time.Millisecond})
	v.close(t)
	equalAll(t, "reported at", at, []time.Duration{time.Second, 1400 * time.Millisecond, 2400 * time.Millisecond})
}

// A task that ends because its context was cancelled, for whatever reason, is no news; one that ran
// into a time limit of its own is.
func TestCancellationIsNotReported(t *testing.T) {
	v := newVirtual(t)
	err := v.run(func(ctx context.Context) error {
		inner, cancel := asyncio.WithTimeout(ctx, time.Second)
		defer cancel()
		task := spawn(inner, func(ctx context.Context) error { return fmt.Errorf("cut: %w", forever(ctx)) })
		_, err := task.Await(inner) // gives up when the task does
		equal(t, "error", err, context.DeadlineExceeded)
		spawn(ctx, forever).Cancel(errRun)
		spawn(ctx, func(ctx context.Context) error {
			_, err := asyncio.WaitFor(ctx, time.Second, func(ctx context.Context) (int, error) { return 0, forever(ctx) })
			return err
		})
		return asyncio.Sleep(ctx, time.Hour)
	})
	equal(t, "error", err, nil)
	equalAll(t, "reports", v.messages(), []string{"nobody has awaited a task that failed: context deadline exceeded"})
}

// A handler that panics is reported to the default one, along with what it was told.
func TestExceptionHandlerPanics(t *testing.T) {
	out := captureLog(t)
	v := newVirtual(t)
	l := v.loop
	l.SetExceptionHandler(func(*asyncio.Loop, asyncio.ExceptionContext) { panic("handler") })
	var log logger
	l.CallSoon(func() { panic("callback") })
	l.CallSoon(log.noting("next"))
	turn(t, l)
	log.want(t, "next")
	logged := strings.Split(strings.TrimSpace(out.String()), "\n")
	equal(t, "lines", len(logged), 2)
	for i, want := range []string{`msg="panic in a callback"`, `msg="panic in the exception handler"`} {
		if !strings.Contains(logged[i], want) {
			t.Errorf("line %d: %s", i, logged[i])
		}
	}
	if !strings.Contains(logged[0], "err=callback") || !strings.Contains(logged[1], "err=handler") {
		t.Errorf("logged %q", logged)
	}
}

// A handler may use the loop.
func TestExceptionHandlerUsesTheLoop(t *testing.T) {
	v := newVirtual(t)
	l := v.loop
	var log logger
	l.SetExceptionHandler(func(l *asyncio.Loop, ec asyncio.ExceptionContext) {
		log.note(ec.Err.Error())
		if ec.Err.Error() == "first" {
			l.CallSoon(func() { panic("second") })
			return
		}
		l.SetExceptionHandler(nil)
		l.Stop()
	})
	l.CallSoon(func() { panic("first") })
	equal(t, "run", l.RunForever(), nil)
	log.want(t, "first second")
}

// The loop that closes reports the tasks that are lost with it.
func TestCloseReportsPendingTasks(t *testing.T) {
	var got []string
	l, err := asyncio.NewLoop(asyncio.LoopConfig{ExceptionHandler: func(l *asyncio.Loop, ec asyncio.ExceptionContext) {
		equal(t, "closed", l.IsClosed(), true)
		got = append(got, fmt.Sprint(ec.Message, ": ", ec.Task.Name()))
		l.CallSoon(func() {}) // the default handler hears that it panics
	}})
	if err != nil {
		t.Fatal(err)
	}
	out := captureLog(t)
	spawn(l.Context(), forever).SetName("lost")
	equal(t, "Close", l.Close(), nil)
	equalAll(t, "reports", got, []string{"task was pending when its loop was closed: lost"})
	if !strings.Contains(out.String(), asyncio.ErrLoopClosed.Error()) {
		t.Errorf("logged %q", out)
	}
}

// panicWith panics with a value that the linter does not know.
func panicWith(v any) { panic(v) }
