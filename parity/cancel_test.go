// SPDX-License-Identifier: Apache-2.0

package parity

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/gocurtain/asyncio"
)

// dozer sleeps for so many seconds, and says how that ended.
func dozer(say sayer, name string, seconds int) step {
	return func(ctx context.Context) error {
		err := asyncio.Sleep(ctx, time.Duration(seconds)*time.Second)
		if err != nil {
			say(name, "cancelled")
			return err
		}
		say(name, "slept")
		return nil
	}
}

// isCancelled awaits a task that has been cancelled.
func isCancelled(ctx context.Context, task *asyncio.Task[struct{}], say sayer, args ...any) error {
	_, err := task.Await(ctx)
	return wanted(err, context.Canceled, say, args...)
}

// afterward sleeps for a second, cancels a task, and awaits its end.
func afterward(ctx context.Context, task *asyncio.Task[struct{}], say sayer, args ...any) error {
	if err := asyncio.Sleep(ctx, time.Second); err != nil {
		return err
	}
	task.Cancel(nil)
	return isCancelled(ctx, task, say, args...)
}

// timedOut is the end of a wait that takes too long.
func timedOut(err error, say sayer, args ...any) error {
	return wanted(err, context.DeadlineExceeded, say, args...)
}

// within runs fn with a timeout of so many seconds.
func within(ctx context.Context, seconds int, fn step) error {
	_, err := asyncio.WaitFor(ctx, time.Duration(seconds)*time.Second, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, fn(ctx)
	})
	return err
}

const levelTriggered = "a cancelled context stays cancelled, so every wait under it fails"

var cancelScenarios = map[string]scenario{
	"cancelled_while_sleeping": {run: func(ctx context.Context, say sayer) error {
		task := start(ctx, dozer(say, "sleeper", 10))
		if err := asyncio.Sleep(ctx, time.Second); err != nil {
			return err
		}
		task.Cancel(nil)
		say("asked for")
		return isCancelled(ctx, task, say, "it is cancelled")
	}},
	"cancelled_before_the_first_step": {run: func(ctx context.Context, say sayer) error {
		task := start(ctx, dozer(say, "sleeper", 10))
		task.Cancel(nil)
		return isCancelled(ctx, task, say, "it never ran")
	}},
	"cancelled_twice": {run: func(ctx context.Context, say sayer) error {
		task := start(ctx, dozer(say, "sleeper", 10))
		err := yield(ctx)
		task.Cancel(nil)
		task.Cancel(nil)
		err = errors.Join(err, isCancelled(ctx, task, say, "once"))
		say("again", yesNo(task.Cancel(nil)))
		return err
	}},
	"cancelled_when_it_has_been_woken": {run: func(ctx context.Context, say sayer) error {
		f := asyncio.NewFuture[int](asyncio.RunningLoop(ctx))
		task := start(ctx, func(ctx context.Context) error {
			n, err := f.Await(ctx)
			say("got", n)
			return err
		})
		err := errors.Join(yield(ctx), f.SetResult(1), yield(ctx))
		return errors.Join(err, awaitAll(ctx, task))
	}},
	"cleanup_that_waits": {run: func(ctx context.Context, say sayer) error {
		task := start(ctx, func(ctx context.Context) error {
			err := asyncio.Sleep(ctx, 10*time.Second)
			say("cleaning up")
			_ = asyncio.Sleep(context.WithoutCancel(ctx), time.Second)
			say("clean")
			return err
		})
		err := yield(ctx)
		task.Cancel(nil)
		return errors.Join(err, isCancelled(ctx, task, say, "ended"))
	}},
	"cancellation_that_is_swallowed": {
		run: func(ctx context.Context, say sayer) error {
			task := asyncio.CreateTask(ctx, func(ctx context.Context) (int, error) {
				if err := asyncio.Sleep(ctx, 10*time.Second); err != nil {
					say("swallowed")
				}
				if err := asyncio.Sleep(ctx, time.Second); err != nil {
					say("cancelled still")
				} else {
					say("and slept")
				}
				return 1, nil
			})
			err := yield(ctx)
			task.Cancel(nil)
			n, taskErr := task.Await(ctx)
			say("result", n)
			return errors.Join(err, taskErr)
		},
		differs: map[int]difference{2: {"cancelled still", levelTriggered}},
	},
	"error_in_place_of_cancellation": {run: func(ctx context.Context, say sayer) error {
		errNo := errors.New("no")
		task := start(ctx, func(ctx context.Context) error {
			_ = asyncio.Sleep(ctx, 10*time.Second)
			return errNo
		})
		err := yield(ctx)
		task.Cancel(nil)
		_, taskErr := task.Await(ctx)
		return errors.Join(err, wanted(taskErr, errNo, say, "error:", taskErr))
	}},
	"awaiter_and_awaited": {
		run: func(ctx context.Context, say sayer) error {
			task := start(ctx, func(ctx context.Context) error {
				return all(ctx, dozer(say, "inner", 10))
			})
			err := afterward(ctx, task, say, "outer cancelled")
			return errors.Join(err, yield(ctx))
		},
	},
	"self_cancel": {run: func(ctx context.Context, say sayer) error {
		var task *asyncio.Task[struct{}]
		task = start(ctx, func(ctx context.Context) error {
			task.Cancel(nil)
			say("still here")
			if err := yield(ctx); err != nil {
				return err
			}
			say("not here")
			return nil
		})
		return isCancelled(ctx, task, say, "cancelled")
	}},
	"shielded": {run: func(ctx context.Context, say sayer) error {
		inner := asyncio.CreateTask(ctx, func(ctx context.Context) (int, error) {
			err := asyncio.Sleep(ctx, 2*time.Second)
			say("work ends")
			return 1, err
		})
		task := start(ctx, func(ctx context.Context) error {
			_, err := inner.Await(ctx) // a wait for a task that somebody else has created is a shield
			return wanted(err, context.Canceled, say, "outer cancelled")
		})
		if err := asyncio.Sleep(ctx, time.Second); err != nil {
			return err
		}
		task.Cancel(nil)
		err := awaitAll(ctx, task)
		n, innerErr := inner.Await(ctx)
		say("inner", n)
		return errors.Join(err, innerErr)
	}},
	"wait_for_in_time": {run: func(ctx context.Context, say sayer) error {
		n, err := asyncio.WaitFor(ctx, 2*time.Second, func(ctx context.Context) (int, error) {
			return 5, asyncio.Sleep(ctx, time.Second)
		})
		say("result", n)
		return err
	}},
	"wait_for_too_late": {run: func(ctx context.Context, say sayer) error {
		return timedOut(within(ctx, 1, dozer(say, "sleeper", 10)), say, "timeout")
	}},
	"wait_for_no_time": {
		run: func(ctx context.Context, say sayer) error {
			return timedOut(within(ctx, 0, dozer(say, "sleeper", 10)), say, "timeout")
		},
		differs: map[int]difference{
			1: {"sleeper cancelled", "the function is called, and its first wait fails; Python cancels the coroutine before it has begun"},
			2: {"timeout", "the same"},
		},
	},
	"wait_for_error": {run: func(ctx context.Context, say sayer) error {
		err := within(ctx, 1, func(context.Context) error { return errBroken })
		return wanted(err, errBroken, say, "error:", err)
	}},
	"timeout_expires": {run: func(ctx context.Context, say sayer) error {
		err := timedOut(within(ctx, 1, dozer(say, "sleeper", 10)), say, "timeout")
		err = errors.Join(err, asyncio.Sleep(ctx, time.Second))
		say("goes on")
		return err
	}},
	"timeout_is_not_needed": {run: func(ctx context.Context, say sayer) error {
		inner, timeout := asyncio.NewTimeout(ctx, 2*time.Second)
		err := asyncio.Sleep(inner, time.Second)
		timeout.Stop()
		say("expired", yesNo(timeout.Expired()))
		return err
	}},
	"inner_timeout_first": {run: func(ctx context.Context, say sayer) error {
		return within(ctx, 5, func(ctx context.Context) error {
			err := timedOut(within(ctx, 1, dozer(say, "sleeper", 10)), say, "inner")
			err = errors.Join(err, asyncio.Sleep(ctx, time.Second))
			say("within outer")
			return err
		})
	}},
	"outer_timeout_first": {run: func(ctx context.Context, say sayer) error {
		var innerIsUp bool
		err := within(ctx, 1, func(ctx context.Context) error {
			inner, timeout := asyncio.NewTimeout(ctx, 5*time.Second)
			defer timeout.Stop()
			err := dozer(say, "sleeper", 10)(inner)
			innerIsUp = timeout.Expired()
			return err
		})
		if innerIsUp {
			say("inner")
		}
		return timedOut(err, say, "outer")
	}},
	"timeout_rescheduled": {run: func(ctx context.Context, say sayer) error {
		l := asyncio.RunningLoop(ctx)
		begin := l.Time()
		inner, timeout := asyncio.NewTimeout(ctx, time.Second)
		defer timeout.Stop()
		timeout.Reschedule(3 * time.Second)
		err := dozer(say, "sleeper", 10)(inner)
		return timedOut(err, say, "timeout after", math.Round((l.Time() - begin).Seconds()))
	}},
	"timeout_and_cancellation": {run: func(ctx context.Context, say sayer) error {
		task := start(ctx, func(ctx context.Context) error {
			err := within(ctx, 5, dozer(say, "sleeper", 10))
			if errors.Is(err, context.DeadlineExceeded) {
				say("timeout")
			}
			return err
		})
		return afterward(ctx, task, say, "cancelled")
	}},
	"leftovers_are_cancelled": {run: func(_ context.Context, say sayer) error {
		result := make(chan error)
		go func() {
			result <- asyncio.Run(func(ctx context.Context) error {
				start(ctx, dozer(say, "left", 10))
				err := yield(ctx)
				say("main ends")
				return err
			})
		}()
		err := <-result
		say("run ends")
		return err
	}},
}
