// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"log/slog"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/selector/selectortest"
)

func debugging(cfg *asyncio.RunnerConfig) { cfg.Loop.Debug = true }

// TestDebugOrigins: reports say where the thing concerned comes from, in debug mode only.
func TestDebugOrigins(t *testing.T) {
	for name, debug := range map[string]bool{"on": true, "off": false} {
		t.Run(name, func(t *testing.T) {
			v := newVirtual(t)
			v.loop.SetDebug(debug)
			equal(t, "debug", v.loop.Debug(), debug)
			err := v.run(func(ctx context.Context) error {
				named(ctx, "failing", func(context.Context) error { return errRun })
				v.loop.CallSoon(func() { panic("soon") })
				v.loop.CallLater(time.Second, func() { panic("later") })
				return asyncio.Sleep(ctx, time.Minute)
			})
			equal(t, "error", err, nil)
			equal(t, "reports", len(v.reports), 3)
			for _, r := range v.reports {
				got := strings.Contains(r.Origin, "TestDebugOrigins.func")
				if got != debug || strings.Contains(r.Origin, "asyncio.(*Loop)") {
					t.Errorf("%s: it comes from %q", r.Message, r.Origin)
				}
			}
		})
	}
}

func TestDebugTaskString(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		l := asyncio.RunningLoop(ctx)
		plain := named(ctx, "plain", forever)
		l.SetDebug(true)
		known := named(ctx, "known", forever)
		equal(t, "without", plain.String(), "Task(plain, pending)")
		if text := known.String(); !strings.HasPrefix(text, "Task(known, pending, created by github.com/") || !strings.Contains(text, "asyncio_test.spawn (") {
			t.Errorf("with debug mode it is %s", text)
		}
		l.SetDebug(false)
		equal(t, "switched off", known.String(), "Task(known, pending)")
		for _, task := range []*asyncio.Task[struct{}]{plain, known} {
			task.Cancel(nil)
		}
		_, _, _ = asyncio.Wait(ctx, asyncio.AllCompleted, plain, known)
	})
}

// TestDebugWrongGoroutine: both stacks are shown, that of the caller and that of the loop.
func TestDebugWrongGoroutine(t *testing.T) {
	v := newVirtual(t, debugging)
	err := v.run(func(ctx context.Context) error {
		f := asyncio.NewFuture[int](v.loop)
		for name, misuse := range map[string]func() error{
			"SetResult": func() error { return f.SetResult(1) },
			"CallSoon": func() (err error) {
				defer func() { err = recover().(error) }()
				v.loop.CallSoon(func() {})
				return nil
			},
			"Done": func() (err error) {
				defer func() { err = recover().(error) }()
				f.Done()
				return nil
			},
			"Sleep": func() error { return asyncio.Sleep(ctx, 1) },
		} {
			wrong := make(chan error)
			go func() { wrong <- misuse() }()
			err := <-wrong
			if !errors.Is(err, asyncio.ErrWrongGoroutine) || !strings.Contains(err.Error(), "called on\ngoroutine") ||
				!strings.Contains(err.Error(), "TestDebugWrongGoroutine.func1(") || !strings.Contains(err.Error(), "while the loop runs\ngoroutine") {
				t.Errorf("%s: %v", name, err)
			}
		}
		return f.SetResult(1)
	})
	equal(t, "error", err, nil)
}

// TestDebugFutures: what is left of futures is reported at the end, oldest first.
func TestDebugFutures(t *testing.T) {
	v := newVirtual(t, debugging)
	err := v.run(func(ctx context.Context) error {
		asyncio.NewFuture[int](v.loop)
		if err := asyncio.Sleep(ctx, time.Second); err != nil {
			return err
		}
		for range 1000 { // these are fine, and not kept
			_ = asyncio.NewFuture[int](v.loop).SetResult(1)
		}
		seen := asyncio.NewFuture[int](v.loop)
		_ = seen.SetError(errRun)
		_, err := seen.Await(ctx)
		equal(t, "its error", err, errRun)
		_ = asyncio.NewFuture[int](v.loop).SetError(errRun)
		return asyncio.Sleep(ctx, time.Second)
	})
	equal(t, "error", err, nil)
	v.close(t)
	equalAll(t, "reports", v.messages(), []string{"a future was never resolved", "nobody has asked for the error of a future: run failed"})
	for i, age := range []time.Duration{2 * time.Second, time.Second} {
		equal(t, "age", v.reports[i].Age, age)
		if !strings.Contains(v.reports[i].Origin, "TestDebugFutures") {
			t.Errorf("%d comes from %q", i, v.reports[i].Origin)
		}
	}
}

// TestDebugPendingTask: a task that is lost with its loop is named with where it comes from.
func TestDebugPendingTask(t *testing.T) {
	v := newVirtual(t, debugging)
	l := v.loop
	named(l.Context(), "lost", forever)
	equal(t, "error", l.Close(), nil)
	equalAll(t, "reports", v.messages(), []string{"task was pending when its loop was closed"})
	if !strings.Contains(v.reports[0].Origin, "TestDebugPendingTask") || v.reports[0].Site == "" {
		t.Errorf("it is %+v", v.reports[0])
	}
}

// TestDebugUnclosedLoop: a loop that is garbage and was not closed is reported.
func TestDebugUnclosedLoop(t *testing.T) {
	logged := make(chan string, 16)
	logger := slog.New(slog.NewTextHandler(writerFunc(func(p []byte) (int, error) {
		logged <- string(p)
		return len(p), nil
	}), &slog.HandlerOptions{Level: slog.LevelDebug}))
	make := func(name string) *asyncio.Loop {
		fake := newFakeLoopConfig()
		fake.Name, fake.Debug, fake.Logger = name, true, logger
		l, err := asyncio.NewLoop(fake)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	if err := make("closed").Close(); err != nil {
		t.Error(err)
	}
	make("open")
	var all []string
	for len(all) < 4 {
		runtime.GC()
		select {
		case line := <-logged:
			all = append(all, line)
		default:
			runtime.Gosched()
		}
	}
	for i, want := range []string{`msg="loop made" loop=closed`, `msg="loop closed" loop=closed`, `msg="loop made" loop=open`, `msg="a loop was never closed" loop=open`} {
		if !strings.Contains(all[i], want) {
			t.Errorf("logged %s, want %s", all[i], want)
		}
	}
	if !strings.Contains(all[3], "TestDebugUnclosedLoop") {
		t.Errorf("it does not say where the loop was made: %s", all[3])
	}
}

func TestDebugEnvironment(t *testing.T) {
	for value, want := range map[string]bool{"": false, "0": false, "false": false, "1": true, "true": true} {
		t.Setenv("ASYNCIO_DEBUG", value)
		v := newVirtual(t)
		equal(t, "debug with "+value, v.loop.Debug(), want)
	}
	t.Setenv("ASYNCIO_DEBUG", "yes please")
	_, err := asyncio.NewLoop(asyncio.LoopConfig{})
	if err == nil || !strings.Contains(err.Error(), "ASYNCIO_DEBUG=yes please: set it to 1 or 0") {
		t.Errorf("the error is %v", err)
	}
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// newFakeLoopConfig is that of a loop without descriptors.
func newFakeLoopConfig() asyncio.LoopConfig {
	fake := selectortest.NewFake()
	return asyncio.LoopConfig{Selector: fake, Waker: fake.Waker(), Clock: &virtualClock{}}
}
