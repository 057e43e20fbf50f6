// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
)

// A task whose next step may be made on the stack of another one is told in what order things
// happen, with hooks, which turn that off, and without. Both must be the same.
func inBothWays(t *testing.T, want []string, main func(ctx context.Context, say func(string)) error) {
	t.Helper()
	for name, hooks := range map[string]asyncio.Hooks{"handed over": nil, "by the loop": asyncio.NopHooks{}} {
		t.Run(name, func(t *testing.T) {
			var said []string
			v := newVirtual(t, func(cfg *asyncio.RunnerConfig) { cfg.Loop.Hooks = hooks })
			err := v.run(func(ctx context.Context) error {
				return main(ctx, func(what string) { said = append(said, what) })
			})
			equal(t, "error", err, nil)
			equalAll(t, "order", said, want)
		})
	}
}

// The awaiter is cancelled by the task it has lent its stack to, which then awaits it.
func TestHandOffToTaskThatLendsItsStack(t *testing.T) {
	want := []string{"child begins", "main: context canceled", "child got main's result"}
	inBothWays(t, want, func(ctx context.Context, say func(string)) error {
		main := spawn(ctx, func(ctx context.Context) error {
			self := asyncio.CurrentTask(ctx).(*asyncio.Task[struct{}])
			child := spawn(context.WithoutCancel(ctx), func(ctx context.Context) error {
				say("child begins")
				self.Cancel(nil)
				_, err := self.Await(ctx)
				say("child got main's result")
				return err
			})
			_, err := child.Await(ctx)
			say("main: " + err.Error())
			return nil
		})
		_, err := main.Await(ctx)
		yield(t, ctx)
		yield(t, ctx)
		return err
	})
}

// A timer that a step arms, and that is due at once, comes before what the next step schedules.
func TestHandOffLeavesTimersTheirPlace(t *testing.T) {
	inBothWays(t, []string{"armed", "main goes on"}, func(ctx context.Context, say func(string)) error {
		var scoped context.Context
		var cancel context.CancelFunc
		armed := spawn(ctx, func(context.Context) error {
			say("armed")
			scoped, cancel = asyncio.WithTimeout(ctx, 0)
			return nil
		})
		if _, err := armed.Await(ctx); err != nil {
			return err
		}
		defer cancel()
		say("main goes on")
		spawn(scoped, func(context.Context) error {
			say("begun after the timeout")
			return nil
		})
		return asyncio.Sleep(ctx, time.Second)
	})
}

// What is ready comes after the step in which an eager task was created.
func TestEagerTaskHandsNothingOver(t *testing.T) {
	inBothWays(t, []string{"eager", "creator", "child"}, func(ctx context.Context, say func(string)) error {
		child := spawn(ctx, func(context.Context) error {
			say("child")
			return nil
		})
		eager := asyncio.CreateEagerTask(ctx, func(ctx context.Context) (struct{}, error) {
			say("eager")
			return child.Await(ctx)
		})
		say("creator")
		_, err := eager.Await(ctx)
		return err
	})
}

// A chain of tasks, each of which gives the next one what it waits for, unwinds.
func TestHandOffChain(t *testing.T) {
	const tasks, rounds = 100, 20
	inVirtual(t, func(ctx context.Context) {
		events := make([]asyncio.Event, tasks)
		steps := 0
		for i := range events {
			spawn(ctx, func(ctx context.Context) error {
				for range rounds {
					if err := events[i].Wait(ctx); err != nil {
						return err
					}
					events[i].Clear()
					steps++
					events[(i+1)%tasks].Set()
				}
				return nil
			})
		}
		events[0].Set()
		equal(t, "error", asyncio.Sleep(ctx, 1), nil)
		equal(t, "steps", steps, tasks*rounds)
	})
}

func TestWaitOutsideOfTask(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		l := asyncio.RunningLoop(ctx)
		f, over := asyncio.NewFuture[int](l), asyncio.NewFuture[int](l)
		waits := map[string]func(ctx context.Context) error{
			"Sleep":         func(ctx context.Context) error { return asyncio.Sleep(ctx, 1) },
			"Sleep(0)":      func(ctx context.Context) error { return asyncio.Sleep(ctx, 0) },
			"Await":         func(ctx context.Context) error { _, err := f.Await(ctx); return err },
			"Gather":        func(ctx context.Context) error { _, err := asyncio.Gather(ctx, f); return err },
			"GatherResults": func(ctx context.Context) error { _, err := asyncio.GatherResults(ctx, f); return err },
			"Wait": func(ctx context.Context) error {
				_, _, err := asyncio.Wait(ctx, asyncio.AllCompleted, f)
				return err
			},
			"Shield":        func(ctx context.Context) error { _, err := asyncio.Shield(ctx, f.Await); return err },
			"WithTaskGroup": func(ctx context.Context) error { return asyncio.WithTaskGroup(ctx, nil) },
			"AsCompleted": func(ctx context.Context) error {
				for _, err := range asyncio.AsCompleted(ctx, f) {
					return err
				}
				return nil
			},
		}
		check := func(where string, ctx context.Context) {
			for name, wait := range waits {
				if err := wait(ctx); !errors.Is(err, asyncio.ErrNoTask) {
					t.Errorf("%s %s: %v", name, where, err)
				}
			}
		}
		l.CallSoon(func() {
			check("in a callback", ctx)
			check("in a callback with the loop's context", l.Context())
			_ = over.SetResult(1)
		})
		_, err := over.Await(ctx)
		equal(t, "error", err, nil)
		check("with context.Background()", context.Background())
		check("with the loop's context", l.Context())
		check("with one of the loop's context", context.WithValue(l.Context(), key{}, 1))
	})
}

// A task begun on its awaiter's stack is a step of its own: it reads the clock anew.
func TestTimerOfAwaitedTaskCountsFromItsStep(t *testing.T) {
	v := newVirtual(t)
	err := v.run(func(ctx context.Context) error {
		l := asyncio.RunningLoop(ctx)
		l.CallLater(0, func() {}).Cancel() // reads the clock for this step
		v.clock.advance(time.Hour)
		_, err := spawn(ctx, func(context.Context) error {
			equal(t, "when", l.CallLater(time.Second, func() {}).When(), time.Hour+time.Second)
			return nil
		}).Await(ctx)
		return err
	})
	equal(t, "error", err, nil)
}
