// SPDX-License-Identifier: Apache-2.0

package parity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gocurtain/asyncio"
)

// work sleeps for so many seconds, and returns its name, or an error if that is not "".
func work(say sayer, name string, seconds int, failure string) func(ctx context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		if err := asyncio.Sleep(ctx, time.Duration(seconds)*time.Second); err != nil {
			say(name, "cancelled")
			return "", err
		}
		say(name, "ends")
		if failure != "" {
			return "", errors.New(failure)
		}
		return name, nil
	}
}

// begin makes a task of work.
func begin(ctx context.Context, say sayer, name string, seconds int, failure string) *asyncio.Task[string] {
	return asyncio.CreateTask(ctx, work(say, name, seconds, failure))
}

// sayAll says strings on one line.
func sayAll(say sayer, first string, all []string) {
	var args []any
	if first != "" {
		args = append(args, first)
	}
	for _, s := range all {
		args = append(args, s)
	}
	say(args...)
}

// group runs body in a group, and says its errors.
func group(ctx context.Context, say sayer, body func(ctx context.Context, g *asyncio.TaskGroup) error) error {
	err := asyncio.WithTaskGroup(ctx, body)
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	args := []any{"errors:"}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			args = append(args, e)
		}
	} else {
		args = append(args, err)
	}
	say(args...)
	return nil
}

// in makes a task of work in a group.
func in(g *asyncio.TaskGroup, say sayer, name string, seconds int, failure string) {
	asyncio.CreateTaskIn(g, work(say, name, seconds, failure))
}

func waitAll(ctx context.Context, tasks ...*asyncio.Task[string]) error {
	_, _, err := asyncio.Wait(ctx, asyncio.AllCompleted, tasks...)
	return err
}

var waitScenarios = map[string]scenario{
	"gather_in_order_of_arguments": {run: func(ctx context.Context, say sayer) error {
		names, err := asyncio.Gather(ctx, begin(ctx, say, "a", 3, ""), begin(ctx, say, "b", 1, ""), begin(ctx, say, "c", 2, ""))
		sayAll(say, "", names)
		return err
	}},
	"gather_nothing": {run: func(ctx context.Context, say sayer) error {
		names, err := asyncio.Gather[string, *asyncio.Task[string]](ctx)
		say("got", len(names))
		return err
	}},
	"gather_same_twice": {run: func(ctx context.Context, say sayer) error {
		task := begin(ctx, say, "a", 1, "")
		names, err := asyncio.Gather(ctx, task, task)
		sayAll(say, "", names)
		return err
	}},
	"gather_first_error": {
		run: func(ctx context.Context, say sayer) error {
			a, b := begin(ctx, say, "a", 1, "broken"), begin(ctx, say, "b", 2, "")
			_, err := asyncio.Gather(ctx, a, b)
			say("error:", err)
			err = waitAll(ctx, a, b)
			say("end")
			return err
		},
		differs: map[int]difference{
			2: {"b cancelled", "Gather has the semantics of a group: the first error cancels the others"},
			3: {"error: broken", "and it waits for them"},
		},
	},
	"gather_all_results": {run: func(ctx context.Context, say sayer) error {
		results, err := asyncio.GatherResults(ctx, begin(ctx, say, "a", 2, ""), begin(ctx, say, "b", 1, "broken"))
		if err != nil {
			return err
		}
		say(results[0].Value, "and", results[1].Err)
		return nil
	}},
	"gather_cancelled": {run: func(ctx context.Context, say sayer) error {
		task := start(ctx, func(ctx context.Context) error {
			_, err := asyncio.Gather(ctx, begin(ctx, say, "a", 5, ""), begin(ctx, say, "b", 6, ""))
			return err
		})
		return afterward(ctx, task, say, "gather cancelled")
	}},
	"wait_for_the_first": {run: func(ctx context.Context, say sayer) error {
		a, b := begin(ctx, say, "a", 2, ""), begin(ctx, say, "b", 1, "")
		done, pending, err := asyncio.Wait(ctx, asyncio.FirstCompleted, a, b)
		if err != nil {
			return err
		}
		name, err := done[0].Result()
		say("done", name, "pending", len(pending))
		return errors.Join(err, awaitAll(ctx, a))
	}},
	"wait_for_the_first_error": {run: func(ctx context.Context, say sayer) error {
		a, b, c := begin(ctx, say, "a", 1, ""), begin(ctx, say, "b", 2, "broken"), begin(ctx, say, "c", 3, "")
		done, pending, err := asyncio.Wait(ctx, asyncio.FirstError, a, b, c)
		say("done", len(done), "pending", len(pending))
		_, failure := b.Result()
		say("error:", failure)
		return errors.Join(err, waitAll(ctx, pending...))
	}},
	"wait_for_all": {run: func(ctx context.Context, say sayer) error {
		done, pending, err := asyncio.Wait(ctx, asyncio.AllCompleted, begin(ctx, say, "a", 2, ""), begin(ctx, say, "b", 1, ""))
		say("done", len(done), "pending", len(pending))
		return err
	}},
	"wait_with_timeout": {run: func(ctx context.Context, say sayer) error {
		a, b := begin(ctx, say, "a", 1, ""), begin(ctx, say, "b", 5, "")
		inner, cancel := asyncio.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		done, pending, err := asyncio.Wait(inner, asyncio.AllCompleted, a, b)
		if !errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("the error is %w", err)
		}
		say("done", len(done), "pending", len(pending))
		return awaitAll(ctx, b)
	}},
	"as_they_complete": {run: func(ctx context.Context, say sayer) error {
		for task, err := range asyncio.AsCompleted(ctx, begin(ctx, say, "a", 3, ""), begin(ctx, say, "b", 1, ""), begin(ctx, say, "c", 2, "")) {
			if err != nil {
				return err
			}
			name, err := task.Result()
			say("got", name)
			if err != nil {
				return err
			}
		}
		return nil
	}},
	"group_waits": {run: func(ctx context.Context, say sayer) error {
		err := group(ctx, say, func(_ context.Context, g *asyncio.TaskGroup) error {
			in(g, say, "a", 2, "")
			in(g, say, "b", 1, "")
			say("body ends")
			return nil
		})
		say("group ends")
		return err
	}},
	"group_cancels_the_others": {run: func(ctx context.Context, say sayer) error {
		return group(ctx, say, func(_ context.Context, g *asyncio.TaskGroup) error {
			in(g, say, "a", 5, "")
			in(g, say, "b", 1, "broken")
			in(g, say, "c", 5, "")
			return nil
		})
	}},
	"group_cancels_its_body": {run: func(ctx context.Context, say sayer) error {
		return group(ctx, say, func(ctx context.Context, g *asyncio.TaskGroup) error {
			in(g, say, "a", 1, "broken")
			_, err := work(say, "body", 5, "")(ctx)
			return err
		})
	}},
	"group_body_fails": {run: func(ctx context.Context, say sayer) error {
		return group(ctx, say, func(ctx context.Context, g *asyncio.TaskGroup) error {
			in(g, say, "a", 5, "")
			if err := asyncio.Sleep(ctx, time.Second); err != nil {
				return err
			}
			return errors.New("body")
		})
	}},
	"group_with_two_errors": {run: func(ctx context.Context, say sayer) error {
		return group(ctx, say, func(_ context.Context, g *asyncio.TaskGroup) error {
			in(g, say, "a", 1, "first")
			in(g, say, "b", 1, "second")
			return nil
		})
	}},
	"group_takes_tasks_while_it_waits": {run: func(ctx context.Context, say sayer) error {
		err := group(ctx, say, func(_ context.Context, g *asyncio.TaskGroup) error {
			g.Go(func(ctx context.Context) error {
				err := asyncio.Sleep(ctx, time.Second)
				in(g, say, "child", 1, "")
				say("parent ends")
				return err
			})
			say("body ends")
			return nil
		})
		say("group ends")
		return err
	}},
	"group_cancelled_from_outside": {run: func(ctx context.Context, say sayer) error {
		task := start(ctx, func(ctx context.Context) error {
			return group(ctx, say, func(_ context.Context, g *asyncio.TaskGroup) error {
				in(g, say, "a", 5, "")
				return nil
			})
		})
		return afterward(ctx, task, say, "group cancelled")
	}},
	"nested_groups": {run: func(ctx context.Context, say sayer) error {
		err := asyncio.WithTaskGroup(ctx, func(ctx context.Context, outer *asyncio.TaskGroup) error {
			in(outer, say, "outside", 5, "")
			return asyncio.WithTaskGroup(ctx, func(_ context.Context, inner *asyncio.TaskGroup) error {
				in(inner, say, "inside", 1, "broken")
				return nil
			})
		})
		if err != nil {
			say("failed")
		}
		return nil
	}},
	"to_thread_and_back": {run: func(ctx context.Context, say sayer) error {
		n, err := asyncio.ToThread(ctx, func(context.Context) (int, error) { return 6 * 7, nil })
		say("result", n)
		return err
	}},
	"to_thread_error": {run: func(ctx context.Context, say sayer) error {
		_, err := asyncio.ToThread(ctx, func(context.Context) (int, error) { return 0, errBroken })
		return wanted(err, errBroken, say, "error:", err)
	}},
}
