// SPDX-License-Identifier: Apache-2.0

package parity

import (
	"context"
	"time"

	"github.com/gocurtain/asyncio"
)

// steps is a task of n steps.
func steps(say sayer, name string, n int) step {
	return func(ctx context.Context) error {
		for i := range n {
			say(name, i)
			if err := yield(ctx); err != nil {
				return err
			}
		}
		return nil
	}
}

// sleeper sleeps for so many seconds, and says it.
func sleeper(say sayer, seconds int, args ...any) step {
	return func(ctx context.Context) error {
		err := asyncio.Sleep(ctx, time.Duration(seconds)*time.Second)
		if err == nil {
			say(args...)
		}
		return err
	}
}

type key struct{}

var taskScenarios = map[string]scenario{
	"first_steps_in_order_of_creation": {run: func(ctx context.Context, say sayer) error {
		var tasks []*asyncio.Task[struct{}]
		for _, name := range []string{"a", "b", "c"} {
			tasks = append(tasks, start(ctx, steps(say, name, 1)))
		}
		say("created")
		if err := yield(ctx); err != nil {
			return err
		}
		say("main again")
		return awaitAll(ctx, tasks...)
	}},
	"steps_interleave": {run: func(ctx context.Context, say sayer) error {
		err := all(ctx, steps(say, "a", 3), steps(say, "b", 3))
		say("end")
		return err
	}},
	"sleeps_end_by_time": {run: func(ctx context.Context, say sayer) error {
		var tasks []*asyncio.Task[struct{}]
		for _, n := range []int{3, 1, 2} {
			tasks = append(tasks, start(ctx, sleeper(say, n, "slept", n)))
		}
		for _, task := range tasks {
			if _, err := task.Await(ctx); err != nil {
				return err
			}
			say("awaited")
		}
		return nil
	}},
	"equal_sleeps_end_in_order": {run: func(ctx context.Context, say sayer) error {
		return all(ctx, sleeper(say, 1, "a"), sleeper(say, 1, "b"), sleeper(say, 1, "c"))
	}},
	"negative_sleep_yields_once": {run: func(ctx context.Context, say sayer) error {
		task := start(ctx, steps(say, "a", 2))
		if err := asyncio.Sleep(ctx, -1); err != nil {
			return err
		}
		say("main")
		return awaitAll(ctx, task)
	}},
	"a_call_does_not_yield": {run: func(ctx context.Context, say sayer) error {
		inner := func(context.Context) { say("inner") }
		task := start(ctx, steps(say, "a", 1))
		inner(ctx)
		say("main")
		return awaitAll(ctx, task)
	}},
	"awaiting_what_is_done_does_not_yield": {run: func(ctx context.Context, say sayer) error {
		done := asyncio.CreateTask(ctx, func(context.Context) (int, error) { return 1, nil })
		if err := yield(ctx); err != nil {
			return err
		}
		other := start(ctx, steps(say, "other", 1))
		n, err := done.Await(ctx)
		say("result", n)
		say("main first")
		if err != nil {
			return err
		}
		return awaitAll(ctx, other)
	}},
	"nested_tasks": {run: func(ctx context.Context, say sayer) error {
		err := all(ctx, func(ctx context.Context) error {
			say("outer begins")
			err := all(ctx, steps(say, "inner", 2))
			say("outer ends")
			return err
		})
		say("main ends")
		return err
	}},
	"awaiters_wake_in_order": {run: func(ctx context.Context, say sayer) error {
		task := asyncio.CreateTask(ctx, func(ctx context.Context) (int, error) {
			err := asyncio.Sleep(ctx, time.Second)
			say("slow ends")
			return 7, err
		})
		var awaiters []step
		for _, name := range []string{"a", "b", "c"} {
			awaiters = append(awaiters, func(ctx context.Context) error {
				n, err := task.Await(ctx)
				say(name, "gets", n)
				return err
			})
		}
		return all(ctx, awaiters...)
	}},
	"error_reaches_the_awaiter": {run: func(ctx context.Context, say sayer) error {
		_, err := start(ctx, func(ctx context.Context) error {
			if err := yield(ctx); err != nil {
				return err
			}
			return errBroken
		}).Await(ctx)
		if err := wanted(err, errBroken, say, "error:", err); err != nil {
			return err
		}
		say("done")
		return nil
	}},
	"awaiter_of_error_twice": {run: func(ctx context.Context, say sayer) error {
		task := start(ctx, func(context.Context) error { return errBroken })
		for range 2 {
			_, err := task.Await(ctx)
			if err := wanted(err, errBroken, say, "error:", err); err != nil {
				return err
			}
		}
		return nil
	}},
	"names": {run: func(ctx context.Context, say sayer) error {
		task := start(ctx, func(ctx context.Context) error {
			say("I am", asyncio.CurrentTask(ctx).Name())
			return nil
		})
		task.SetName("worker")
		return awaitAll(ctx, task)
	}},
	"current_task_in_a_callback": {run: func(ctx context.Context, say sayer) error {
		where := func() string {
			if asyncio.CurrentTask(ctx) == nil {
				return "in a callback"
			}
			return "in a task"
		}
		l := asyncio.RunningLoop(ctx)
		done := asyncio.NewFuture[int](l)
		l.CallSoon(func() {
			say(where())
			_ = done.SetResult(0)
		})
		say(where())
		_, err := done.Await(ctx)
		return err
	}},
	"done_callbacks_in_order": {run: func(ctx context.Context, say sayer) error {
		task := start(ctx, func(context.Context) error { say("work"); return nil })
		task.AddDoneCallback(func() { say("first") })
		task.AddDoneCallback(func() { say("second") })
		err := awaitAll(ctx, task)
		say("awaited")
		if err != nil {
			return err
		}
		return yield(ctx)
	}},
	"done_callback_after_the_end": {run: func(ctx context.Context, say sayer) error {
		task := start(ctx, func(context.Context) error { say("work"); return nil })
		if err := awaitAll(ctx, task); err != nil {
			return err
		}
		task.AddDoneCallback(func() { say("callback") })
		say("registered")
		err := yield(ctx)
		say("end")
		return err
	}},
	"removed_done_callback": {run: func(ctx context.Context, say sayer) error {
		task := start(ctx, func(context.Context) error { say("work"); return nil })
		remove := task.AddDoneCallback(func() { say("never") })
		n := 0
		if remove() {
			n++
		}
		say("removed", n)
		if err := awaitAll(ctx, task); err != nil {
			return err
		}
		return yield(ctx)
	}},
	"values_go_down": {
		run: func(ctx context.Context, say sayer) error {
			ctx = context.WithValue(ctx, key{}, "main's")
			err := all(ctx, func(ctx context.Context) error {
				say("child sees", ctx.Value(key{}))
				ctx = context.WithValue(ctx, key{}, "child's")
				say("child has", ctx.Value(key{}))
				return nil
			})
			say("main has", ctx.Value(key{}))
			return err
		},
	},
	"eager_task_that_does_not_wait": {run: func(ctx context.Context, say sayer) error {
		task := asyncio.CreateEagerTask(ctx, func(context.Context) (int, error) { say("work"); return 1, nil })
		say("created", state(task.Done()))
		n, err := task.Await(ctx)
		say("result", n)
		return err
	}},
	"eager_task_that_waits": {run: func(ctx context.Context, say sayer) error {
		task := asyncio.CreateEagerTask(ctx, func(ctx context.Context) (struct{}, error) {
			say("work begins")
			err := yield(ctx)
			say("work ends")
			return struct{}{}, err
		})
		say("created", state(task.Done()))
		err := awaitAll(ctx, task)
		say("end")
		return err
	}},
	"eager_task_within_eager_task": {run: func(ctx context.Context, say sayer) error {
		asyncio.CreateEagerTask(ctx, func(ctx context.Context) (int, error) {
			say("outer begins")
			asyncio.CreateEagerTask(ctx, func(context.Context) (int, error) { say("inner"); return 0, nil })
			say("outer ends")
			return 0, nil
		})
		say("main")
		return nil
	}},
}

func state(done bool) string {
	if done {
		return "done"
	}
	return "pending"
}
