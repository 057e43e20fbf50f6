// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
)

// A task whose next step may be made on the stack of another one is told in what order
// things happen, with hooks, which turn that off, and without. Both must be the same.
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

func TestAwaitDeliversResults(t *testing.T) {
	for _, c := range []struct {
		name  string
		delay time.Duration // 0: ended before the await; -1: it is the next to run; else it waits
	}{{"done", 0}, {"next", -1}, {"later", time.Second}} {
		t.Run(c.name, func(t *testing.T) {
			inVirtual(t, func(ctx context.Context) {
				make := func(value int, err error) *asyncio.Task[int] {
					return asyncio.CreateTask(ctx, func(ctx context.Context) (int, error) {
						if c.delay > 0 {
							_ = asyncio.Sleep(ctx, c.delay)
						}
						return value, err
					})
				}
				task := make(42, nil)
				if c.delay == 0 {
					yield(t, ctx)
				}
				value, err := task.Await(ctx)
				equal(t, "value", value, 42)
				equal(t, "error", err, nil)
				task = make(1, errBoom)
				if c.delay == 0 {
					yield(t, ctx)
				}
				value, err = task.Await(ctx)
				equal(t, "value beside an error", value, 1)
				equal(t, "error", err, errBoom)
				equal(t, "done", task.Done(), true)
				equal(t, "cancelled", task.Cancelled(), false)
				_, err = task.Result()
				equal(t, "result", err, errBoom)
				equal(t, "time", now(ctx), 2*max(c.delay, 0))
			})
		})
	}
}

func TestAwaitSelf(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var task *asyncio.Task[struct{}]
		task = spawn(ctx, func(ctx context.Context) error {
			_, err := task.Await(ctx)
			if _, gathered := asyncio.Gather(ctx, task); !errors.Is(gathered, asyncio.ErrSelfAwait) {
				t.Errorf("Gather: %v", gathered)
			}
			return err
		})
		if _, err := task.Await(ctx); !errors.Is(err, asyncio.ErrSelfAwait) {
			t.Errorf("Await: %v", err)
		}
	})
}

// Each task creates the next one and awaits it: begun on each other's stacks, and
// then suspended and woken from the innermost outwards.
func TestDeepChainOfAwaits(t *testing.T) {
	const depth = 2000
	for _, d := range []time.Duration{0, time.Second} {
		inVirtual(t, func(ctx context.Context) {
			var dive func(ctx context.Context, left int) (int, error)
			dive = func(ctx context.Context, left int) (int, error) {
				if left == 0 {
					return 1, asyncio.Sleep(ctx, d)
				}
				n, err := asyncio.CreateTask(ctx, func(ctx context.Context) (int, error) {
					return dive(ctx, left-1)
				}).Await(ctx)
				return n + 1, err
			}
			n, err := dive(ctx, depth)
			equal(t, "error", err, nil)
			equal(t, "depth", n, depth+1)
		})
	}
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

func TestSleepLastsExactly(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		for _, d := range []time.Duration{1, time.Millisecond, time.Second, 100 * 365 * 24 * time.Hour} {
			before := now(ctx)
			if err := asyncio.Sleep(ctx, d); err != nil {
				t.Error(err)
			}
			equal(t, "slept", now(ctx)-before, d)
		}
	})
}

func TestSleepOfZeroIsOneTurn(t *testing.T) {
	for _, d := range []time.Duration{0, -1, -time.Hour} {
		inVirtual(t, func(ctx context.Context) {
			l := asyncio.RunningLoop(ctx)
			var got []string
			l.CallSoon(func() {
				got = append(got, "ready")
				l.CallSoon(func() { got = append(got, "next turn") })
			})
			if err := asyncio.Sleep(ctx, d); err != nil {
				t.Error(err)
			}
			equalAll(t, "ran meanwhile", got, []string{"ready"})
			equal(t, "time", now(ctx), 0)
		})
	}
}

// A step that has taken long does not eat the sleep that follows (S4 is otherwise).
func TestSleepCountsFromTheCall(t *testing.T) {
	v := newVirtual(t)
	err := v.run(func(ctx context.Context) error {
		_ = now(ctx)
		v.clock.advance(time.Hour)
		return asyncio.Sleep(ctx, time.Second)
	})
	equal(t, "error", err, nil)
	equal(t, "time", v.clock.Now(), time.Hour+time.Second)
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

func TestCancelledSleepLeavesNoTimer(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		l := asyncio.RunningLoop(ctx)
		task := spawn(ctx, func(ctx context.Context) error { return asyncio.Sleep(ctx, time.Hour) })
		yield(t, ctx)
		equal(t, "timers", l.Stats().Timers, 1)
		task.Cancel(nil)
		_, err := task.Await(ctx)
		equal(t, "error", err, context.Canceled)
		equal(t, "timers", l.Stats().Timers, 0)
		equal(t, "time", now(ctx), 0)
	})
}
