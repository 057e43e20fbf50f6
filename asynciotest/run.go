// SPDX-License-Identifier: Apache-2.0

package asynciotest

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/internal/entry"
	"github.com/gocurtain/asyncio/selector/selectortest"
)

// Body is a test, which runs as the main task of a loop. It reports to t, and must not use t after
// its run.
type Body func(ctx context.Context, t *T)

// Run runs body once, on a loop of its own, in virtual time, with handles in the usual order. It
// fails tb if body fails or leaves something behind.
func Run(tb testing.TB, body Body) {
	tb.Helper()
	report(tb, runVirtual(tb, body, nil, nil, false))
}

// Synctest runs body in a bubble of testing/synctest, on a loop with the bubble's clock. The
// goroutines that the body starts, the timers of package time and the loop share one virtual time,
// which jumps when all of them wait. All goroutines must end before the body does.
func Synctest(t *testing.T, body Body) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		fake := selectortest.NewFake()
		cfg := asyncio.LoopConfig{Clock: bubbleClock{time.Now()}, Selector: fake, Waker: fake.Waker()}
		report(t, run(t, body, cfg, func(*asyncio.Loop) {}))
	})
}

// bubbleClock reads package time, whose time is virtual in a bubble.
type bubbleClock struct{ start time.Time }

func (c bubbleClock) Now() time.Duration { return time.Since(c.start) }

// report tells the test the outcome of its one run.
func report(tb testing.TB, o outcome) {
	tb.Helper()
	if len(o.output) > 0 {
		tb.Log("\n" + o.text())
	}
	switch {
	case o.failed:
		tb.FailNow()
	case o.skipped:
		tb.SkipNow()
	}
}

// runVirtual runs body in virtual time. hooks and order may be nil; alone says that no goroutine
// will wake the loop.
func runVirtual(tb testing.TB, body Body, hooks asyncio.Hooks, order asyncio.Order, alone bool) outcome {
	clock := &virtualClock{}
	s := newVirtualSelector(clock, alone)
	cfg := asyncio.LoopConfig{Clock: clock, Selector: s, Waker: s.Waker(), Hooks: hooks, Order: order}
	return run(tb, body, cfg, func(l *asyncio.Loop) { s.loop = l })
}

// run runs body on a loop that is made as cfg says.
func run(tb testing.TB, body Body, cfg asyncio.LoopConfig, made func(*asyncio.Loop)) outcome {
	ctx, cancel := context.WithCancelCause(entry.With(context.Background(), body))
	defer cancel(nil)
	t := &T{TB: tb, cancel: cancel, order: cfg.Order}
	cfg.Name = tb.Name()
	cfg.ExceptionHandler = func(_ *asyncio.Loop, ec asyncio.ExceptionContext) { t.reported(ec) }
	r, err := asyncio.NewRunner(asyncio.RunnerConfig{Loop: cfg, Context: ctx, IgnoreSignals: true})
	if err != nil {
		t.fault("%v", err)
		return t.outcome()
	}
	t.loop = r.Loop()
	made(t.loop)
	// FailNow in the main task ends the goroutine that runs the loop.
	over := make(chan struct{})
	go func() {
		defer close(over)
		defer t.end(r)
		t.run(r, body)
	}()
	<-over
	return t.outcome()
}

// run runs the body, and notes how it ended.
func (t *T) run(r *asyncio.Runner, body Body) {
	defer func() {
		if v := recover(); v != nil {
			t.fault("panic: %v", v)
		}
	}()
	err := r.Run(func(ctx context.Context) error {
		body(ctx, t)
		t.checkLeft(ctx)
		return nil
	})
	switch {
	case err == nil, t.Failed(), t.Skipped():
	default:
		t.fault("%v", err)
	}
}

// end closes the loop of the run, which ends what still runs.
func (t *T) end(r *asyncio.Runner) {
	if err := r.Close(); err != nil && !t.Failed() && !t.Skipped() {
		t.fault("closing the loop: %v", err)
	}
	t.cleanUp()
}

// reported notes what the loop's exception handler got: an error that would only be in the log
// otherwise, and be overlooked.
func (t *T) reported(ec asyncio.ExceptionContext) {
	if ec.Err == asyncio.ErrGoexit && (t.Failed() || t.Skipped()) {
		return // the task that called FailNow
	}
	text := ec.Message
	if ec.Task != nil {
		text += fmt.Sprintf(": %v", ec.Task)
	}
	if ec.Err != nil {
		text += fmt.Sprintf(": %v", ec.Err)
	}
	if ec.Stack != nil {
		text += "\n" + string(ec.Stack)
	}
	t.fault("%s", text)
}
