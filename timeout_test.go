// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
)

func TestTimeoutExpires(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		scoped, timeout := asyncio.NewTimeout(ctx, 5*time.Second)
		defer timeout.Stop()
		when, ok := timeout.When()
		equal(t, "when", when, 5*time.Second)
		equal(t, "armed", ok, true)
		for range 2 {
			equal(t, "wait", forever(scoped), context.DeadlineExceeded)
		}
		equal(t, "expired", timeout.Expired(), true)
		equal(t, "time", now(ctx), 5*time.Second)
		equal(t, "outer wait", asyncio.Sleep(ctx, 1), nil)
		equal(t, "cause", context.Cause(scoped), context.DeadlineExceeded)
		equal(t, "Reschedule", timeout.Reschedule(time.Hour), false)
	})
}

func TestTimeoutReachesChildren(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		scoped, cancel := asyncio.WithTimeout(ctx, time.Second)
		defer cancel()
		child, outsider := spawn(scoped, forever), after(ctx, time.Hour, 1, nil)
		_, err := child.Await(ctx)
		equal(t, "child", err, context.DeadlineExceeded)
		equal(t, "cancelled", child.Cancelled(), false)
		_, err = outsider.Await(ctx)
		equal(t, "outsider", err, nil)
	})
}

func TestTimeoutIsDisarmed(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		l := asyncio.RunningLoop(ctx)
		scoped, timeout := asyncio.NewTimeout(ctx, time.Second)
		equal(t, "timers", l.Stats().Timers, 1)
		equal(t, "sleep", asyncio.Sleep(scoped, 1), nil)
		timeout.Stop()
		timeout.Stop()
		equal(t, "timers", l.Stats().Timers, 0)
		equal(t, "expired", timeout.Expired(), false)
		equal(t, "context after Stop", scoped.Err(), context.Canceled)
		equal(t, "Reschedule", timeout.Reschedule(1), false)
		equal(t, "sleep past it", asyncio.Sleep(ctx, time.Hour), nil)
		equal(t, "expired", timeout.Expired(), false)
	})
}

// A deadline of zero or in the past is due in the next turn: what needs no wait is done.
func TestTimeoutOfZero(t *testing.T) {
	for name, with := range map[string]func(ctx context.Context) (context.Context, context.CancelFunc){
		"zero":     func(ctx context.Context) (context.Context, context.CancelFunc) { return asyncio.WithTimeout(ctx, 0) },
		"negative": func(ctx context.Context) (context.Context, context.CancelFunc) { return asyncio.WithTimeout(ctx, -1) },
		"past": func(ctx context.Context) (context.Context, context.CancelFunc) {
			return asyncio.WithDeadline(ctx, time.Now().Add(-time.Hour))
		},
	} {
		t.Run(name, func(t *testing.T) {
			inVirtual(t, func(ctx context.Context) {
				scoped, cancel := with(ctx)
				defer cancel()
				value, err := resolved(ctx, 4).Await(scoped)
				equal(t, "value", value, 4)
				equal(t, "a wait that does not suspend", err, nil)
				equal(t, "wait", forever(scoped), context.DeadlineExceeded)
				equal(t, "time", now(ctx), 0)
			})
		})
	}
}

func TestWithDeadline(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		scoped, cancel := asyncio.WithDeadline(ctx, time.Now().Add(time.Hour))
		defer cancel()
		equal(t, "wait", forever(scoped), context.DeadlineExceeded)
		if at := now(ctx); at > time.Hour || at < 59*time.Minute {
			t.Errorf("expired at %v", at)
		}
	})
}

func TestTimeoutReschedule(t *testing.T) {
	for _, c := range []struct {
		name  string
		first time.Duration
		again []time.Duration
		want  time.Duration // 0: never
	}{
		{"later", 5, []time.Duration{9}, 9},
		{"earlier", 5, []time.Duration{2}, 2},
		{"now", 5, []time.Duration{0}, 0},
		{"never", 5, []time.Duration{-1}, 100},
		{"never, then", -1, []time.Duration{7}, 7},
		{"many times", 5, []time.Duration{9, 1, -1, 30}, 30},
	} {
		t.Run(c.name, func(t *testing.T) {
			inVirtual(t, func(ctx context.Context) {
				scoped, timeout := asyncio.NewTimeout(ctx, c.first)
				defer timeout.Stop()
				_, armed := timeout.When()
				equal(t, "armed", armed, c.first >= 0)
				for _, d := range c.again {
					equal(t, "Reschedule", timeout.Reschedule(d), true)
					when, armed := timeout.When()
					equal(t, "armed", armed, d >= 0)
					if armed {
						equal(t, "when", when, d)
					}
				}
				asyncio.RunningLoop(ctx).CallLater(100, func() { timeout.Stop() })
				err := forever(scoped)
				equal(t, "time", now(ctx), c.want)
				equal(t, "expired", timeout.Expired(), c.want != 100)
				equal(t, "error", err == context.DeadlineExceeded, c.want != 100)
			})
		})
	}
}

// A timeout that is due in this very turn can still be moved.
func TestTimeoutRescheduleInTheLastMoment(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var timeout *asyncio.Timeout
		asyncio.RunningLoop(ctx).CallLater(5, func() { equal(t, "Reschedule", timeout.Reschedule(10), true) })
		scoped, tm := asyncio.NewTimeout(ctx, 5)
		defer tm.Stop()
		timeout = tm
		equal(t, "wait", forever(scoped), context.DeadlineExceeded)
		equal(t, "time", now(ctx), 15)
	})
}

func TestNestedTimeouts(t *testing.T) {
	for _, c := range []struct {
		name                       string
		outer, inner               time.Duration
		outerExpired, innerExpired bool
	}{
		{"inner first", 9, 4, false, true},
		{"outer first", 4, 9, true, false},
		{"together", 4, 4, true, false}, // the outer one was armed first
		{"inner zero", 4, 0, false, true},
		{"both zero", 0, 0, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			inVirtual(t, func(ctx context.Context) {
				outerCtx, outer := asyncio.NewTimeout(ctx, c.outer)
				defer outer.Stop()
				innerCtx, inner := asyncio.NewTimeout(outerCtx, c.inner)
				defer inner.Stop()
				equal(t, "inner wait", forever(innerCtx), context.DeadlineExceeded)
				equal(t, "outer expired", outer.Expired(), c.outerExpired)
				equal(t, "inner expired", inner.Expired(), c.innerExpired)
				equal(t, "outer wait", asyncio.Sleep(outerCtx, 0) != nil, c.outerExpired)
				equal(t, "own wait", asyncio.Sleep(ctx, 0), nil)
			})
		})
	}
}

// Whoever cancels first is the one that the error tells of, for good.
func TestTimeoutAgainstCancel(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var expired bool
		body := func(ctx context.Context) error {
			scoped, timeout := asyncio.NewTimeout(ctx, 5)
			defer timeout.Stop()
			err := forever(scoped)
			_ = asyncio.Sleep(context.WithoutCancel(ctx), 10) // both have happened by now
			expired = timeout.Expired()
			equal(t, "the error stays", scoped.Err(), err)
			return err
		}
		for at, want := range map[time.Duration]error{3: context.Canceled, 7: context.DeadlineExceeded} {
			task := spawn(ctx, body)
			timer := asyncio.RunningLoop(ctx).CallLater(at, func() { task.Cancel(nil) })
			_, err := task.Await(ctx)
			timer.Cancel()
			equal(t, "error", err, want)
			equal(t, "expired", expired, want == context.DeadlineExceeded)
			equal(t, "the cancellation is not lost", task.Context().Err(), context.Canceled)
		}
	})
}

// asyncio's gh-134471: a timeout of zero must not eat a cancellation that came before.
func TestZeroTimeoutAfterCancel(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		task := spawn(ctx, func(ctx context.Context) error {
			asyncio.CurrentTask(ctx).Cancel(nil)
			scoped, timeout := asyncio.NewTimeout(ctx, 0)
			defer timeout.Stop()
			equal(t, "inner wait", forever(scoped), context.Canceled)
			equal(t, "expired", timeout.Expired(), false)
			return asyncio.Sleep(ctx, 0)
		})
		_, err := task.Await(ctx)
		equal(t, "error", err, context.Canceled)
	})
}

// An error of the body's own passes, whatever the timeout does.
func TestTimeoutLeavesOtherErrors(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		_, err := asyncio.WaitFor(ctx, 5, func(ctx context.Context) (int, error) {
			if err := forever(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("wait: %v", err)
			}
			return 0, errBoom
		})
		equal(t, "error", err, errBoom)
	})
}

// A body that does not wait is not interrupted, and may be done before its deadline is noticed.
func TestTimeoutOfBodyThatDoesNotWait(t *testing.T) {
	v := newVirtual(t)
	err := v.run(func(ctx context.Context) error {
		_, timeout := asyncio.NewTimeout(ctx, 5)
		v.clock.advance(time.Hour)
		equal(t, "expired", timeout.Expired(), false)
		timeout.Stop()
		yield(t, ctx)
		equal(t, "expired", timeout.Expired(), false)

		scoped, timeout := asyncio.NewTimeout(ctx, 5)
		v.clock.advance(time.Hour)
		yield(t, ctx) // the loop notices, behind our own step
		yield(t, ctx) // the body swallows it
		equal(t, "expired", timeout.Expired(), true)
		equal(t, "context", scoped.Err(), context.DeadlineExceeded)
		timeout.Stop()
		equal(t, "own context", ctx.Err(), nil)
		return nil
	})
	equal(t, "error", err, nil)
}

func TestTimeoutNeedsALoop(t *testing.T) {
	base := context.Background()
	for op, call := range map[string]func(){
		"WithTimeout":  func() { asyncio.WithTimeout(base, 1) },
		"WithDeadline": func() { asyncio.WithDeadline(base, time.Now()) },
		"NewTimeout":   func() { asyncio.NewTimeout(base, 1) },
		"WaitFor": func() {
			_, _ = asyncio.WaitFor(base, 1, func(context.Context) (int, error) { return 0, nil })
		},
	} {
		err := panicOf(call)
		if !errors.Is(err, asyncio.ErrNoTask) || !strings.Contains(err.Error(), op+":") {
			t.Errorf("%s panics with: %v", op, err)
		}
	}
	v := newVirtual(t)
	_, timeout := asyncio.NewTimeout(v.loop.Context(), 1) // before the loop runs: fine
	v.close(t)
	timeout.Stop()
	if err := panicOf(func() { timeout.Reschedule(1) }); !errors.Is(err, asyncio.ErrLoopClosed) {
		t.Errorf("Reschedule on a closed loop: %v", err)
	}
}
