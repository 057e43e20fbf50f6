// SPDX-License-Identifier: Apache-2.0

package parity

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/gocurtain/asyncio"
)

func saying(say sayer, args ...any) func() { return func() { say(args...) } }

// ownLoop makes a loop of the scenario's own, on a goroutine of its own: one loop cannot run within
// another.
func ownLoop(run func(l *asyncio.Loop) error) error {
	l, err := asyncio.NewLoop(asyncio.LoopConfig{})
	if err != nil {
		return err
	}
	result := make(chan error)
	go func() { result <- errors.Join(run(l), l.Close()) }()
	return <-result
}

var callbackScenarios = map[string]scenario{
	"callbacks_in_order": {run: func(ctx context.Context, say sayer) error {
		for _, name := range []string{"a", "b", "c"} {
			asyncio.RunningLoop(ctx).CallSoon(saying(say, name))
		}
		say("scheduled")
		err := yield(ctx)
		say("main")
		return err
	}},
	"callback_schedules_callback": {run: func(ctx context.Context, say sayer) error {
		l := asyncio.RunningLoop(ctx)
		l.CallSoon(func() {
			say("first")
			l.CallSoon(saying(say, "third"))
		})
		l.CallSoon(saying(say, "second"))
		err := yield(ctx)
		say("main")
		return errors.Join(err, yield(ctx))
	}},
	"callbacks_and_tasks_share_a_queue": {run: func(ctx context.Context, say sayer) error {
		l := asyncio.RunningLoop(ctx)
		l.CallSoon(saying(say, "before"))
		task := start(ctx, func(context.Context) error { say("task"); return nil })
		l.CallSoon(saying(say, "after"))
		return awaitAll(ctx, task)
	}},
	"cancelled_callback": {run: func(ctx context.Context, say sayer) error {
		l := asyncio.RunningLoop(ctx)
		l.CallSoon(saying(say, "never")).Cancel()
		l.CallSoon(saying(say, "kept"))
		return yield(ctx)
	}},
	"callback_cancels_callback": {run: func(ctx context.Context, say sayer) error {
		l := asyncio.RunningLoop(ctx)
		var h asyncio.Handle
		l.CallSoon(func() { h.Cancel() })
		h = l.CallSoon(saying(say, "never"))
		l.CallSoon(saying(say, "kept"))
		return yield(ctx)
	}},
	"timers_by_time": {run: func(ctx context.Context, say sayer) error {
		for _, n := range []int{3, 1, 2} {
			asyncio.RunningLoop(ctx).CallLater(time.Duration(n)*time.Second, saying(say, n))
		}
		return asyncio.Sleep(ctx, 4*time.Second)
	}},
	"equal_timers_in_order": {run: func(ctx context.Context, say sayer) error {
		l := asyncio.RunningLoop(ctx)
		when := l.Time() + time.Second
		for _, name := range []string{"a", "b", "c"} {
			l.CallAt(when, saying(say, name))
		}
		return asyncio.Sleep(ctx, 2*time.Second)
	}, differs: map[int]difference{
		2: {"b", "Python's heap does not keep the order of equal times"},
		3: {"c", "the same"},
	}},
	"cancelled_timer": {run: func(ctx context.Context, say sayer) error {
		l := asyncio.RunningLoop(ctx)
		l.CallLater(time.Second, saying(say, "never")).Cancel()
		l.CallLater(time.Second, saying(say, "kept"))
		return asyncio.Sleep(ctx, 2*time.Second)
	}},
	"timer_cancels_timer_of_the_same_turn": {run: func(ctx context.Context, say sayer) error {
		l := asyncio.RunningLoop(ctx)
		when := l.Time() + time.Second
		var h asyncio.TimerHandle
		l.CallAt(when, func() { h.Cancel() })
		h = l.CallAt(when, saying(say, "never"))
		l.CallAt(when, saying(say, "kept"))
		return asyncio.Sleep(ctx, 2*time.Second)
	}},
	"timer_that_is_due_comes_after_what_is_ready": {run: func(ctx context.Context, say sayer) error {
		l := asyncio.RunningLoop(ctx)
		l.CallLater(0, saying(say, "timer"))
		l.CallSoon(saying(say, "soon"))
		err := yield(ctx)
		say("main")
		return errors.Join(err, yield(ctx))
	}},
	"time_stands_still_in_a_turn": {run: func(ctx context.Context, say sayer) error {
		l := asyncio.RunningLoop(ctx)
		begin := l.Time()
		slept := func() { say("slept", math.Round((l.Time() - begin).Seconds())) }
		if err := asyncio.Sleep(ctx, 2*time.Second); err != nil {
			return err
		}
		slept()
		err := yield(ctx)
		slept()
		return err
	}},
	"panic_in_a_callback": {run: func(ctx context.Context, say sayer) error {
		l := asyncio.RunningLoop(ctx)
		l.SetExceptionHandler(func(_ *asyncio.Loop, ec asyncio.ExceptionContext) { say("handler:", ec.Err) })
		l.CallSoon(func() { panic(errBroken) })
		l.CallSoon(saying(say, "next"))
		err := yield(ctx)
		say("main")
		return err
	}},
	"thread_safe_call_from_the_loop_itself": {run: func(ctx context.Context, say sayer) error {
		err := asyncio.RunningLoop(ctx).CallSoonThreadsafe(saying(say, "thread-safe"))
		say("main")
		return errors.Join(err, asyncio.Sleep(ctx, time.Millisecond))
	}},
	"future_result": {run: func(ctx context.Context, say sayer) error {
		l := asyncio.RunningLoop(ctx)
		f := asyncio.NewFuture[int](l)
		l.CallSoon(func() { _ = f.SetResult(42) })
		n, err := f.Await(ctx)
		say("result", n)
		again, err2 := f.Await(ctx)
		say("again", again)
		return errors.Join(err, err2)
	}},
	"future_error": {run: func(ctx context.Context, say sayer) error {
		l := asyncio.RunningLoop(ctx)
		f := asyncio.NewFuture[int](l)
		l.CallSoon(func() { _ = f.SetError(errBroken) })
		_, err := f.Await(ctx)
		return wanted(err, errBroken, say, "error:", err)
	}},
	"future_set_twice": {run: func(ctx context.Context, say sayer) error {
		f := asyncio.NewFuture[int](asyncio.RunningLoop(ctx))
		first := f.SetResult(1)
		err := wanted(f.SetResult(2), asyncio.ErrInvalidState, say, "invalid state")
		n, resultErr := f.Result()
		say("result", n)
		return errors.Join(first, err, resultErr)
	}},
	"future_not_ready": {run: func(ctx context.Context, say sayer) error {
		f := asyncio.NewFuture[int](asyncio.RunningLoop(ctx))
		_, err := f.Result()
		return wanted(err, asyncio.ErrInvalidState, say, "invalid state")
	}},
	"future_cancelled": {run: func(ctx context.Context, say sayer) error {
		l := asyncio.RunningLoop(ctx)
		f := asyncio.NewFuture[int](l)
		l.CallSoon(func() { f.Cancel() })
		_, err := f.Await(ctx)
		err = wanted(err, context.Canceled, say, "cancelled")
		say("set again", yesNo(f.Cancel()))
		return err
	}},
	"future_wakes_in_order": {run: func(ctx context.Context, say sayer) error {
		f := asyncio.NewFuture[int](asyncio.RunningLoop(ctx))
		var tasks []*asyncio.Task[struct{}]
		for _, name := range []string{"a", "b"} {
			tasks = append(tasks, start(ctx, func(ctx context.Context) error {
				_, err := f.Await(ctx)
				say(name)
				return err
			}))
		}
		if err := yield(ctx); err != nil {
			return err
		}
		f.AddDoneCallback(saying(say, "callback"))
		err := f.SetResult(0)
		say("set")
		return errors.Join(err, awaitAll(ctx, tasks...))
	}},
	"stop_lets_the_turn_end": {run: func(_ context.Context, say sayer) error {
		return ownLoop(func(l *asyncio.Loop) error {
			l.CallSoon(l.Stop)
			l.CallSoon(saying(say, "same turn"))
			l.CallSoon(func() { l.CallSoon(saying(say, "next run")) })
			err := l.RunForever()
			say("stopped")
			l.CallSoon(l.Stop)
			return errors.Join(err, l.RunForever())
		})
	}},
	"stop_before_run": {run: func(_ context.Context, say sayer) error {
		return ownLoop(func(l *asyncio.Loop) error {
			l.CallSoon(saying(say, "one turn"))
			l.Stop()
			err := l.RunForever()
			say("stopped")
			return err
		})
	}},
	"call_on_a_closed_loop": {run: func(_ context.Context, say sayer) error {
		return ownLoop(func(l *asyncio.Loop) (err error) {
			err = errors.Join(l.Close(), l.Close())
			defer func() {
				v, _ := recover().(error)
				err = errors.Join(err, wanted(v, asyncio.ErrLoopClosed, say, "refused"))
			}()
			l.CallSoon(saying(say, "never"))
			return fmt.Errorf("it was not refused")
		})
	}},
	"run_until_complete_is_stopped": {run: func(_ context.Context, say sayer) error {
		return ownLoop(func(l *asyncio.Loop) error {
			f := asyncio.NewFuture[int](l)
			l.CallSoon(l.Stop)
			_, err := asyncio.RunUntilComplete(l, f)
			return wanted(err, asyncio.ErrLoopStopped, say, "stopped before the end")
		})
	}},
}

func yesNo(yes bool) string {
	if yes {
		return "yes"
	}
	return "no"
}
