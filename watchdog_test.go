// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/selector/selectortest"
)

// stalls runs main on a real loop whose stalls go to the channel.
func stalls(t *testing.T, main func(ctx context.Context, reports <-chan asyncio.Stall) error) {
	t.Helper()
	reports := make(chan asyncio.Stall, 8)
	r, err := asyncio.NewRunner(asyncio.RunnerConfig{IgnoreSignals: true, Loop: asyncio.LoopConfig{
		Name:           "stalling",
		StallThreshold: 4 * time.Millisecond,
		StallHandler:   func(s asyncio.Stall) { reports <- s },
	}})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(r.Run(func(ctx context.Context) error { return main(ctx, reports) }), r.Close()); err != nil {
		t.Error(err)
	}
}

// holdTheLoop blocks the loop's goroutine until that is reported.
//
//go:noinline
func holdTheLoop(reports <-chan asyncio.Stall) asyncio.Stall { return <-reports }

func TestStallOfTask(t *testing.T) {
	stalls(t, func(ctx context.Context, reports <-chan asyncio.Stall) error {
		asyncio.CurrentTask(ctx).SetName("slow")
		s := holdTheLoop(reports) // it comes while the task holds the loop
		equal(t, "task", s.TaskName, "slow")
		equal(t, "over", s.Over, false)
		equal(t, "the loop's name", s.Loop.Name(), "stalling")
		if s.Duration < 4*time.Millisecond || !strings.Contains(string(s.Stack), "holdTheLoop") || !strings.Contains(s.Site, "watchdog_test.go:") {
			t.Errorf("%v at %s, with the stack\n%s", s.Duration, s.Site, s.Stack)
		}
		if text := s.String(); !strings.HasPrefix(text, "task slow has held the loop for ") {
			t.Errorf("it says %q", text)
		}
		if err := asyncio.Sleep(ctx, 0); err != nil {
			return err
		}
		over := <-reports
		equal(t, "over", over.Over, true)
		equal(t, "task", over.TaskName, "slow")
		latency := s.Loop.Latency()
		equal(t, "stalls", latency.Stalls, 1)
		if over.Duration < s.Duration || latency.LongestStall != over.Duration || latency.Turns.Max < over.Duration {
			t.Errorf("%v, then %v; the longest is %v, the longest turn %v", s.Duration, over.Duration, latency.LongestStall, latency.Turns.Max)
		}
		return nil
	})
}

func TestStallOfCallback(t *testing.T) {
	stalls(t, func(ctx context.Context, reports <-chan asyncio.Stall) error {
		l := asyncio.RunningLoop(ctx)
		l.SetDebug(true)
		got := asyncio.NewFuture[asyncio.Stall](l)
		l.CallSoon(func() { _ = got.SetResult(holdTheLoop(reports)) })
		s, err := got.Await(ctx)
		equal(t, "task", s.TaskName, "")
		equal(t, "id", s.TaskID, 0)
		if !strings.Contains(string(s.Stack), "holdTheLoop") || !strings.Contains(s.Origin, "TestStallOfCallback") {
			t.Errorf("scheduled by %s, with the stack\n%s", s.Origin, s.Stack)
		}
		over := <-reports
		if !over.Over || !strings.HasPrefix(over.String(), "a callback held the loop for ") {
			t.Errorf("the end is %v: %s", over.Over, over)
		}
		return err
	})
}

// TestStallWithinEagerTask: the report is about who runs, not about who was resumed.
func TestStallWithinEagerTask(t *testing.T) {
	stalls(t, func(ctx context.Context, reports <-chan asyncio.Stall) error {
		inner := asyncio.CreateEagerTask(ctx, func(ctx context.Context) (string, error) {
			asyncio.CurrentTask(ctx).SetName("inner")
			return holdTheLoop(reports).TaskName, nil
		})
		name, err := inner.Await(ctx)
		equal(t, "task", name, "inner")
		equal(t, "over", (<-reports).Over, true)
		return err
	})
}

func TestStallHandlerPanics(t *testing.T) {
	out := captureLog(t)
	l, look := asyncio.WithWatchdog(t, asyncio.DefaultStallThreshold)
	l.SetStallHandler(func(asyncio.Stall) { panic("oh") })
	l.CallSoon(func() {
		for range 5 {
			look()
		}
	})
	turn(t, l)
	for _, want := range []string{"panic in the stall handler", "err=oh", "has held the loop for", "logger=asyncio"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in %s", want, out)
		}
	}
}

// The rules of the watchdog, with one that looks when the test says so.
func TestWatchdogLooks(t *testing.T) {
	const threshold = 100 * time.Millisecond
	for _, c := range []struct {
		name  string
		looks int // while the callback runs
		want  int // reports
		edit  func(l *asyncio.Loop)
	}{
		{name: "a short callback", looks: 2, want: 0},
		{name: "a long one", looks: 5, want: 2},
		{name: "a very long one is reported once", looks: 50, want: 2},
		{name: "never", looks: 50, want: 0, edit: func(l *asyncio.Loop) { l.SetStallThreshold(0) }},
		{name: "at once", looks: 3, want: 2, edit: func(l *asyncio.Loop) { l.SetStallThreshold(time.Millisecond) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			l, look := asyncio.WithWatchdog(t, threshold)
			reports := 0
			l.SetStallHandler(func(asyncio.Stall) { reports++ })
			if c.edit != nil {
				c.edit(l)
			}
			l.CallSoon(func() {
				for range c.looks {
					look()
				}
			})
			l.CallSoon(func() {})
			turn(t, l)
			equal(t, "reports", reports, c.want)
			look()
			equal(t, "reports after the run", reports, c.want)
		})
	}
}

// The watchdog asks nothing, and reports nothing, while the end of a stall is reported, however
// long that takes.
func TestStallsAreReportedOneByOne(t *testing.T) {
	l, look := asyncio.WithWatchdog(t, 100*time.Millisecond)
	var reports []bool
	l.SetStallHandler(func(s asyncio.Stall) {
		if reports = append(reports, s.Over); s.Over {
			for range 10 {
				look()
			}
		}
	})
	hold := func() {
		for range 5 {
			look()
		}
	}
	l.CallSoon(hold)
	l.CallSoon(hold)
	l.CallSoon(func() {})
	turn(t, l)
	equal(t, "which were the ends", fmt.Sprint(reports), "[false true false true]")
}

// Many callbacks that are short each are no stall, however long they take together.
func TestWatchdogSeesProgress(t *testing.T) {
	l, look := asyncio.WithWatchdog(t, 100*time.Millisecond)
	l.SetStallHandler(func(s asyncio.Stall) { t.Errorf("reported: %v", s) })
	for range 100 {
		l.CallSoon(look)
	}
	turn(t, l)
}

// A loop with a clock of its own is not watched, unless that is asked for.
func TestVirtualTimeDoesNotStall(t *testing.T) {
	v := newVirtual(t)
	look := asyncio.UseWatchdog(v.loop)
	v.loop.SetStallHandler(func(s asyncio.Stall) { t.Errorf("reported: %v", s) })
	v.loop.CallSoon(func() {
		for range 50 {
			look()
		}
	})
	turn(t, v.loop)
}

// In a bubble of testing/synctest time stands still while something runs, so there is no stall; and
// the watchdog of all other loops must not take the bubble's time for its own.
func TestNoWatchdogInBubble(t *testing.T) {
	outside, err := asyncio.NewLoop(asyncio.LoopConfig{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { equal(t, "Close", outside.Close(), nil) }()
	for !asyncio.WatchdogSleeps() { // it does soon: no loop runs
		runtime.Gosched()
	}
	look, looked := make(chan bool), make(chan bool)
	defer close(look)
	go func() { // which is not in the bubble
		for range look {
			asyncio.LookAround()
			looked <- true
		}
	}()
	synctest.Test(t, func(t *testing.T) {
		fake := selectortest.NewFake()
		l, err := asyncio.NewLoop(asyncio.LoopConfig{Selector: fake, Waker: fake.Waker()})
		if err != nil {
			t.Fatal(err)
		}
		l.SetStallHandler(func(s asyncio.Stall) { t.Errorf("reported: %v", s) })
		l.CallSoon(func() {
			for range 10 {
				look <- true
				<-looked
			}
		})
		turn(t, l)
		outside.SetStallThreshold(time.Second)
		equal(t, "Close", l.Close(), nil)
	})
	equal(t, "the watchdog sleeps", asyncio.WatchdogSleeps(), true)
}

// The watchdog may look when a task begins or ends, on a machine that takes the processor away
// there for as long as the threshold. It must not read what the loop writes (with -race).
func TestStallWhileStacksAreExchanged(t *testing.T) {
	l, look := asyncio.WithWatchdog(t, 1)
	l.SetStallHandler(func(asyncio.Stall) {})
	l.SetExceptionHandler(func(*asyncio.Loop, asyncio.ExceptionContext) {})
	done := make(chan struct{})
	looked := make(chan struct{})
	go func() {
		defer close(looked)
		for {
			select {
			case <-done:
				return
			default:
				look()
			}
		}
	}()
	task := asyncio.CreateTask(l.Context(), func(ctx context.Context) (int, error) {
		for range 300 {
			_ = asyncio.WithTaskGroup(ctx, func(ctx context.Context, g group) error {
				g.Go(func(ctx context.Context) error { return asyncio.Sleep(ctx, 0) })
				g.Go(func(context.Context) error { runtime.Goexit(); return nil })
				return nil
			})
			_, _ = asyncio.CreateTask(ctx, func(context.Context) (int, error) { return 1, nil }).Await(ctx)
			_, _ = asyncio.CreateEagerTask(ctx, func(ctx context.Context) (int, error) { return 1, asyncio.Sleep(ctx, 0) }).Await(ctx)
		}
		return 0, nil
	})
	_, err := asyncio.RunUntilComplete(l, task)
	close(done)
	<-looked
	equal(t, "run", err, nil)
}
