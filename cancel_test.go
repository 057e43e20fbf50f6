// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
)

// suspensions are all the ways to wait. Each waits until ctx is cancelled and returns the error;
// helper futures are cancelled or abandoned with it.
var suspensions = []struct {
	name string
	wait func(ctx context.Context) error
}{
	{"Sleep", func(ctx context.Context) error { return asyncio.Sleep(ctx, time.Hour) }},
	{"Future.Await", forever},
	{"Task.Await", func(ctx context.Context) error {
		_, err := spawn(ctx, forever).Await(ctx)
		return err
	}},
	{"Task.Await, started", func(ctx context.Context) error {
		task := spawn(ctx, forever)
		if err := asyncio.Sleep(ctx, 0); err != nil {
			return err
		}
		_, err := task.Await(ctx)
		return err
	}},
	{"Gather", func(ctx context.Context) error {
		_, err := asyncio.Gather(ctx, spawn(ctx, forever), spawn(ctx, forever))
		return err
	}},
	{"GatherResults", func(ctx context.Context) error {
		_, err := asyncio.GatherResults(ctx, spawn(ctx, forever), spawn(ctx, forever))
		return err
	}},
	{"Wait", func(ctx context.Context) error {
		_, _, err := asyncio.Wait(ctx, asyncio.FirstCompleted, spawn(ctx, forever))
		return err
	}},
	{"AsCompleted", func(ctx context.Context) error {
		for _, err := range asyncio.AsCompleted(ctx, spawn(ctx, forever)) {
			return err
		}
		return nil
	}},
	{"Shield", func(ctx context.Context) error {
		_, err := asyncio.Shield(ctx, func(ctx context.Context) (int, error) { return 0, asyncio.Sleep(ctx, time.Second) })
		return err
	}},
	{"WithTaskGroup, body", func(ctx context.Context) error {
		return asyncio.WithTaskGroup(ctx, func(ctx context.Context, g *asyncio.TaskGroup) error {
			g.Go(forever)
			return forever(ctx)
		})
	}},
	{"WithTaskGroup, end", func(ctx context.Context) error {
		return asyncio.WithTaskGroup(ctx, func(_ context.Context, g *asyncio.TaskGroup) error {
			g.Go(forever)
			return nil
		})
	}},
	{"WaitFor", func(ctx context.Context) error {
		_, err := asyncio.WaitFor(ctx, time.Hour, func(ctx context.Context) (int, error) { return 0, forever(ctx) })
		return err
	}},
	{"Sleep under a timeout", func(ctx context.Context) error {
		ctx, cancel := asyncio.WithTimeout(ctx, time.Hour)
		defer cancel()
		return asyncio.Sleep(ctx, 2*time.Hour)
	}},
	{"Await under a std context", func(ctx context.Context) error {
		ctx, cancel := context.WithCancel(context.WithValue(ctx, key{}, 1))
		defer cancel()
		return forever(ctx)
	}},
	{"Await under WithValue", func(ctx context.Context) error { return forever(context.WithValue(ctx, key{}, 1)) }},
}

func TestCancelReachesEveryWait(t *testing.T) {
	for _, s := range suspensions {
		t.Run(s.name, func(t *testing.T) {
			inVirtual(t, func(ctx context.Context) {
				var got, again error
				task := spawn(ctx, func(ctx context.Context) error {
					got = s.wait(ctx)
					again = s.wait(ctx)
					return got
				})
				for range 3 {
					yield(t, ctx)
				}
				equal(t, "Cancel", task.Cancel(errBoom), true)
				_, err := task.Await(ctx)
				equal(t, "the wait's error", got, context.Canceled)
				equal(t, "the next wait's error", again, context.Canceled)
				equal(t, "the task's error", err, context.Canceled)
				if cause := context.Cause(task.Context()); !errors.Is(cause, errBoom) {
					t.Errorf("cause: %v", cause)
				}
			})
		})
	}
}

// A wait under a context that is cancelled already does not suspend.
func TestWaitUnderCancelledContextFailsAtOnce(t *testing.T) {
	for _, s := range suspensions {
		if strings.HasPrefix(s.name, "WithTaskGroup") || strings.HasPrefix(s.name, "Gather") {
			continue // these wait for the tasks that they own
		}
		t.Run(s.name, func(t *testing.T) {
			inVirtual(t, func(ctx context.Context) {
				task := spawn(ctx, func(ctx context.Context) error {
					asyncio.CurrentTask(ctx).Cancel(nil)
					turn := false
					asyncio.RunningLoop(ctx).CallSoon(func() { turn = true })
					equal(t, "error", s.wait(ctx), context.Canceled)
					equal(t, "suspended", turn, false)
					return nil
				})
				_, err := task.Await(ctx)
				equal(t, "a task that goes on has its own result", err, nil)
				equal(t, "cancelled", task.Cancelled(), false)
			})
		})
	}
}

func TestCleanUpUnderWithoutCancel(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var cleaned time.Duration
		task := spawn(ctx, func(ctx context.Context) error {
			err := asyncio.Sleep(ctx, time.Hour)
			clean := context.WithoutCancel(ctx)
			equal(t, "clean-up", asyncio.Sleep(clean, time.Second), nil)
			sub, err2 := spawn(clean, func(ctx context.Context) error { return asyncio.Sleep(ctx, time.Second) }).Await(clean)
			equal(t, "sub", sub, struct{}{})
			equal(t, "task of the clean-up", err2, nil)
			cleaned = now(ctx)
			equal(t, "afterwards", asyncio.Sleep(ctx, 0), context.Canceled)
			return err
		})
		yield(t, ctx)
		task.Cancel(nil)
		task.Cancel(errBoom) // too late to count, and does not disturb the clean-up
		_, err := task.Await(ctx)
		equal(t, "error", err, context.Canceled)
		equal(t, "cleaned at", cleaned, 2*time.Second)
		equal(t, "second cause counts", errors.Is(context.Cause(task.Context()), errBoom), false)
	})
}

func TestCancelBeforeFirstStep(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		ran := false
		task := spawn(ctx, func(context.Context) error { ran = true; return nil })
		equal(t, "Cancel", task.Cancel(nil), true)
		equal(t, "done at once", task.Done(), false)
		_, err := task.Await(ctx)
		equal(t, "error", err, context.Canceled)
		equal(t, "cancelled", task.Cancelled(), true)
		equal(t, "ran", ran, false)
		equal(t, "Cancel of a task that has ended", task.Cancel(nil), false)
		equal(t, "tasks", asyncio.RunningLoop(ctx).Stats().Tasks, 1)
	})
}

// A task that was cancelled and does not wait again has the result it returns.
func TestCancelThenReturnWithoutWait(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		task := asyncio.CreateTask(ctx, func(ctx context.Context) (int, error) {
			asyncio.CurrentTask(ctx).Cancel(nil)
			return 8, nil
		})
		value, err := task.Await(ctx)
		equal(t, "value", value, 8)
		equal(t, "error", err, nil)
		equal(t, "cancelled", task.Cancelled(), false)
		equal(t, "its context", task.Context().Err(), context.Canceled)
	})
}

// A wait that has been satisfied keeps its result, though the task has not run yet.
func TestCancelBetweenWakeAndStep(t *testing.T) {
	for _, cancelFirst := range []bool{false, true} {
		t.Run(fmt.Sprint(cancelFirst), func(t *testing.T) {
			inVirtual(t, func(ctx context.Context) {
				f := asyncio.NewFuture[int](asyncio.RunningLoop(ctx))
				steps := 0
				task := asyncio.CreateTask(ctx, func(ctx context.Context) (int, error) {
					value, err := f.Await(ctx)
					steps++
					equal(t, "next wait", asyncio.Sleep(ctx, 0), context.Canceled)
					return value, err
				})
				yield(t, ctx)
				if cancelFirst {
					task.Cancel(nil)
				}
				_ = f.SetResult(6)
				task.Cancel(nil)
				value, err := task.Await(ctx)
				if cancelFirst {
					equal(t, "error", err, context.Canceled)
				} else {
					equal(t, "value", value, 6)
					equal(t, "error", err, nil)
				}
				equal(t, "woken", steps, 1)
			})
		})
	}
}

// A timer that is due and a cancellation in the same turn: the first one counts.
func TestCancelAgainstTimer(t *testing.T) {
	for _, c := range []struct {
		at   time.Duration
		want error
	}{{999, context.Canceled}, {1000, nil}} {
		inVirtual(t, func(ctx context.Context) {
			task := spawn(ctx, func(ctx context.Context) error { return asyncio.Sleep(ctx, 1000) })
			yield(t, ctx)
			asyncio.RunningLoop(ctx).CallAt(c.at, func() { task.Cancel(nil) })
			_, err := task.Await(ctx)
			equal(t, fmt.Sprint("cancelled at ", c.at), err, c.want)
		})
	}
}

// The awaited task cancels its awaiter, without coming from its context: begun on the awaiter's
// stack or not, and whether it ends then or waits.
func TestAwaitedTaskCancelsAwaiter(t *testing.T) {
	for _, started := range []bool{false, true} {
		for _, waits := range []bool{false, true} {
			t.Run(fmt.Sprintf("started=%v waits=%v", started, waits), func(t *testing.T) {
				inVirtual(t, func(ctx context.Context) {
					stop := asyncio.NewFuture[int](asyncio.RunningLoop(ctx))
					outer := spawn(ctx, func(ctx context.Context) error {
						self := asyncio.CurrentTask(ctx)
						inner := spawn(context.WithoutCancel(ctx), func(ctx context.Context) error {
							if started {
								yield(t, ctx)
							}
							self.Cancel(errBoom)
							if waits {
								_, err := stop.Await(ctx)
								return err
							}
							return nil
						})
						if started {
							yield(t, ctx)
						}
						_, err := inner.Await(ctx)
						return err
					})
					_, err := outer.Await(ctx)
					equal(t, "error", err, context.Canceled)
					_ = stop.SetResult(1)
				})
			})
		}
	}
}

// nextLine is the place one line below.
func nextLine(site string) string {
	file, line, _ := strings.Cut(site, ":")
	var n int
	_, _ = fmt.Sscan(line, &n)
	return fmt.Sprintf("%s:%d", file, n+1)
}

func TestCancelCause(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var child *asyncio.Task[struct{}]
		parent := spawn(ctx, func(ctx context.Context) error {
			child = spawn(ctx, forever)
			return forever(ctx)
		})
		yield(t, ctx)
		yield(t, ctx)
		asyncio.CurrentTask(ctx).SetName("boss")
		site := here()
		parent.Cancel(errBoom) // the line after site
		_, _ = asyncio.GatherResults(ctx, parent, child)
		for what, cause := range map[string]error{
			"parent":                 context.Cause(parent.Context()),
			"child":                  context.Cause(child.Context()),
			"of a std child":         context.Cause(context.WithValue(child.Context(), key{}, 1)),
			"of a std cancelled one": causeUnderStd(child.Context()),
		} {
			var ce *asyncio.CancelError
			if !errors.As(cause, &ce) {
				t.Fatalf("%s: cause %v", what, cause)
			}
			equal(t, what+": By", ce.By, "boss")
			equal(t, what+": is the user's", errors.Is(cause, errBoom), true)
			equal(t, what+": Site", filepath.Base(ce.Site()), nextLine(site))
			equal(t, what+": text", ce.Error(), fmt.Sprintf("cancelled by boss at %s: boom", ce.Site()))
		}
	})
}

func causeUnderStd(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	return context.Cause(ctx)
}

func TestCancelFromCallbackNamesNobody(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		task := spawn(ctx, forever)
		asyncio.RunningLoop(ctx).CallSoon(func() { task.Cancel(nil) })
		_, err := task.Await(ctx)
		equal(t, "error", err, context.Canceled)
		var ce *asyncio.CancelError
		if !errors.As(context.Cause(task.Context()), &ce) || ce.By != "" || ce.Cause != nil {
			t.Errorf("cause: %+v", ce)
		}
		equal(t, "unwrapped", errors.Unwrap(ce), nil)
	})
}

func TestCancelCascades(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var leaves []*asyncio.Task[struct{}]
		var tree func(ctx context.Context, depth int) error
		tree = func(ctx context.Context, depth int) error {
			if depth == 0 {
				return forever(ctx)
			}
			for range 3 {
				leaves = append(leaves, spawn(ctx, func(ctx context.Context) error { return tree(ctx, depth-1) }))
			}
			return nil // the parent ends; its children still belong to its context
		}
		root := spawn(ctx, func(ctx context.Context) error { return tree(ctx, 4) })
		detached := asyncio.NewFuture[*asyncio.Task[struct{}]](asyncio.RunningLoop(ctx))
		spawn(root.Context(), func(ctx context.Context) error {
			return detached.SetResult(spawn(context.WithoutCancel(ctx), forever))
		})
		for range 6 {
			yield(t, ctx)
		}
		equal(t, "tasks", len(leaves), 3+9+27+81)
		equal(t, "root ended", root.Done(), true)
		equal(t, "cancelling it is too late", root.Cancel(nil), false)
		equal(t, "and reaches nobody", leaves[len(leaves)-1].Done(), false)
		asyncio.CurrentTask(ctx).Cancel(errBoom)
		clean := context.WithoutCancel(ctx)
		yield(t, clean)
		for i, leaf := range leaves {
			if !leaf.Done() || leaf.Cancelled() != (i >= 3+9+27) {
				t.Fatalf("task %d: %v", i, leaf)
			}
		}
		d, _ := detached.Result()
		if d.Done() {
			t.Error("the detached task was cancelled")
		}
		d.Cancel(nil)
	})
}

// Children begin and end in any order, and a cancellation reaches those that are left.
func TestCancelReachesTheChildrenThatAreLeft(t *testing.T) {
	for first := range 4 {
		for second := range 4 {
			inVirtual(t, func(ctx context.Context) {
				scoped, timeout := asyncio.NewTimeout(ctx, -1)
				defer timeout.Stop()
				var children []*asyncio.Task[struct{}]
				for range 4 {
					children = append(children, spawn(scoped, forever))
				}
				yield(t, ctx)
				for _, i := range []int{first, second} {
					children[i].Cancel(nil)
					_, _ = children[i].Await(ctx)
					children = append(children, spawn(scoped, forever))
				}
				yield(t, ctx)
				timeout.Stop()
				yield(t, ctx)
				for i, child := range children {
					if !child.Cancelled() {
						t.Errorf("%d, %d: child %d goes on", first, second, i)
						child.Cancel(nil)
					}
				}
			})
		}
	}
}

// A child that is created with the context of a task that has ended, cancelled or not.
func TestCreateTaskUnderEndedTask(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		parent := spawn(ctx, func(context.Context) error { return nil })
		cancelled := spawn(ctx, forever)
		cancelled.Cancel(errBoom)
		_, _ = asyncio.GatherResults(ctx, parent, cancelled)
		alive, dead := spawn(parent.Context(), forever), spawn(cancelled.Context(), forever)
		_, err := dead.Await(ctx)
		equal(t, "under the cancelled one", err, context.Canceled)
		equal(t, "its cause", errors.Is(context.Cause(dead.Context()), errBoom), true)
		yield(t, ctx)
		equal(t, "under the other one", alive.Done(), false)
		asyncio.CurrentTask(ctx).Cancel(nil)
		_, err = alive.Await(context.WithoutCancel(ctx))
		equal(t, "after the cancellation from above", err, context.Canceled)
	})
}

// Many tasks wait under one context, as closures do that use the wrong ctx.
func TestManyTasksUnderOneContext(t *testing.T) {
	inVirtual(t, func(outer context.Context) {
		scoped, cancel := asyncio.WithTimeout(outer, time.Minute)
		defer cancel()
		var tasks []*asyncio.Task[time.Duration]
		for i := range 50 {
			tasks = append(tasks, asyncio.CreateTask(outer, func(context.Context) (time.Duration, error) {
				err := asyncio.Sleep(scoped, time.Duration(i*2)*time.Second)
				return now(outer), err
			}))
		}
		results, err := asyncio.GatherResults(outer, tasks...)
		equal(t, "error", err, nil)
		for i, r := range results {
			at, want := time.Duration(i*2)*time.Second, error(nil)
			if at > time.Minute { // at the same time, the sleep is satisfied
				at, want = time.Minute, context.DeadlineExceeded
			}
			if r.Value != at || r.Err != want {
				t.Errorf("task %d: %v, %v", i, r.Value, r.Err)
			}
		}
	})
}

func TestCancelOfAwaiterLeavesAwaitedTask(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		inner := asyncio.CreateTask(ctx, func(ctx context.Context) (int, error) {
			return 4, asyncio.Sleep(ctx, time.Second)
		})
		outer := asyncio.CreateTask(ctx, inner.Await)
		yield(t, ctx)
		outer.Cancel(nil)
		_, err := outer.Await(ctx)
		equal(t, "outer", err, context.Canceled)
		equal(t, "inner done", inner.Done(), false)
		value, err := inner.Await(ctx)
		equal(t, "inner", value, 4)
		equal(t, "error", err, nil)
	})
}
