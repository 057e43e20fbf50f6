// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
)

func TestWaitModes(t *testing.T) {
	type child struct {
		at  time.Duration
		err error
	}
	errCancelled := errors.New("stands for a cancellation")
	for _, c := range []struct {
		name     string
		mode     asyncio.WaitMode
		children []child
		at       time.Duration
		done     []int
	}{
		{"all", asyncio.AllCompleted, []child{{3, nil}, {1, errBoom}, {2, errCancelled}}, 3, []int{0, 1, 2}},
		{"first", asyncio.FirstCompleted, []child{{3, nil}, {1, nil}, {2, nil}}, 1, []int{1}},
		{"first, an error", asyncio.FirstCompleted, []child{{3, nil}, {1, errBoom}}, 1, []int{1}},
		{"first, a cancellation", asyncio.FirstCompleted, []child{{3, nil}, {1, errCancelled}}, 1, []int{1}},
		{"first, two at once", asyncio.FirstCompleted, []child{{2, nil}, {2, nil}, {3, nil}}, 2, []int{0, 1}},
		{"error", asyncio.FirstError, []child{{1, nil}, {2, errBoom}, {3, nil}}, 2, []int{0, 1}},
		{"error, a cancellation is none", asyncio.FirstError, []child{{1, errCancelled}, {2, errBoom}, {3, nil}}, 2, []int{0, 1}},
		{"error, there is none", asyncio.FirstError, []child{{1, errCancelled}, {2, nil}}, 2, []int{0, 1}},
		{"nothing", asyncio.FirstCompleted, nil, 0, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			inVirtual(t, func(ctx context.Context) {
				var tasks []*asyncio.Task[int]
				for i, child := range c.children {
					var task *asyncio.Task[int]
					if child.err == errCancelled {
						task = after(ctx, time.Hour, i, nil)
						asyncio.RunningLoop(ctx).CallLater(child.at, func() { task.Cancel(nil) })
					} else {
						task = after(ctx, child.at, i, child.err)
					}
					tasks = append(tasks, task)
				}
				done, pending, err := asyncio.Wait(ctx, c.mode, tasks...)
				equal(t, "error", err, nil)
				equal(t, "time", now(ctx), c.at)
				var indices []int
				for _, task := range done {
					indices = append(indices, slices.Index(tasks, task))
					_, _ = task.Result() // or it would be reported
				}
				equalAll(t, "done", indices, c.done)
				equal(t, "pending", len(pending), len(tasks)-len(done))
				for _, task := range pending {
					equal(t, "cancelled", task.Context().Err(), nil)
					task.Cancel(nil)
				}
			})
		})
	}
}

func TestWaitWithTimeoutReturnsWhatIsDone(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		a, b := after(ctx, 1*time.Second, 1, nil), after(ctx, 3*time.Second, 2, nil)
		scoped, cancel := asyncio.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		for range 2 { // the second one finds the context cancelled
			done, pending, err := asyncio.Wait(scoped, asyncio.AllCompleted, b, a)
			equal(t, "error", err, context.DeadlineExceeded)
			equalAll(t, "done", done, []*asyncio.Task[int]{a})
			equalAll(t, "pending", pending, []*asyncio.Task[int]{b})
		}
		value, err := b.Await(ctx)
		equal(t, "value", value, 2)
		equal(t, "error", err, nil)
	})
}

func TestWaitDoesNotCancel(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		f := asyncio.NewFuture[int](asyncio.RunningLoop(ctx))
		waiter := spawn(ctx, func(ctx context.Context) error {
			_, _, err := asyncio.Wait(ctx, asyncio.AllCompleted, f, f)
			return err
		})
		yield(t, ctx)
		waiter.Cancel(nil)
		_, err := waiter.Await(ctx)
		equal(t, "error", err, context.Canceled)
		equal(t, "the future", f.Done(), false)
		done, _, err := asyncio.Wait(ctx, asyncio.AllCompleted, resolved(ctx, 1), resolved(ctx, 2))
		equal(t, "done", len(done), 2)
		equal(t, "error", err, nil)
	})
}

func TestAsCompletedOrder(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		x := after(ctx, 3, 3, nil)
		var got []int
		for task, err := range asyncio.AsCompleted(ctx, x, after(ctx, 1, 1, nil), after(ctx, 2, 2, errBoom), x, after(ctx, 0, 0, nil)) {
			equal(t, "error", err, nil)
			value, err := task.Result()
			equal(t, "its error", err != nil, value == 2)
			got = append(got, value)
			yield(t, ctx) // the body may wait itself
		}
		equalAll(t, "order", got, []int{0, 1, 2, 3})
		for range asyncio.AsCompleted[*asyncio.Task[int]](ctx) {
			t.Error("yielded something of nothing")
		}
	})
}

// What completes while the body waits for something else does not end that wait.
func TestAsCompletedBodyWaits(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		n := 0
		for _, err := range asyncio.AsCompleted(ctx, after(ctx, 1, 1, nil), after(ctx, 5, 2, nil), after(ctx, 30, 3, nil)) {
			equal(t, "error", err, nil)
			n++
			before := now(ctx)
			equal(t, "sleep", asyncio.Sleep(ctx, 10), nil)
			equal(t, "slept", now(ctx)-before, 10)
		}
		equal(t, "yielded", n, 3)
		equal(t, "time", now(ctx), 40)
	})
}

func TestAsCompletedEarlyBreak(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		a, b := after(ctx, 1, 1, nil), after(ctx, 2, 2, nil)
		n := 0
		for task := range asyncio.AsCompleted(ctx, b, a) {
			n++
			equal(t, "first", task, a)
			break
		}
		equal(t, "yielded", n, 1)
		value, err := b.Await(ctx)
		equal(t, "the other one goes on", value, 2)
		equal(t, "error", err, nil)
		panicked := panicOf(func() {
			for range asyncio.AsCompleted(ctx, a) {
				panic(errBoom)
			}
		})
		equal(t, "panic of the body", panicked, errBoom)
	})
}

func TestAsCompletedIsCancelled(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		scoped, cancel := asyncio.WithTimeout(ctx, 2*time.Second)
		defer cancel()
		slow := after(ctx, 3*time.Second, 2, nil)
		var got []error
		for task, err := range asyncio.AsCompleted(scoped, slow, after(ctx, time.Second, 1, nil)) {
			got = append(got, err)
			equal(t, "a future comes with no error", task == nil, err != nil)
		}
		equalAll(t, "errors", got, []error{nil, context.DeadlineExceeded})
		got = nil
		for _, err := range asyncio.AsCompleted(scoped, slow) {
			got = append(got, err)
		}
		equalAll(t, "errors under a cancelled context", got, []error{context.DeadlineExceeded})
		equal(t, "the slow one", slow.Done(), false)
		_, _ = slow.Await(ctx)
	})
}

func TestWaitFor(t *testing.T) {
	for _, c := range []struct {
		name  string
		d     time.Duration
		fn    func(ctx context.Context) (int, error)
		value int
		err   error
		at    time.Duration
	}{
		{"in time", 5, func(ctx context.Context) (int, error) { return 1, asyncio.Sleep(ctx, 3) }, 1, nil, 3},
		{"too late", 5, func(ctx context.Context) (int, error) { return 1, asyncio.Sleep(ctx, 9) }, 1, context.DeadlineExceeded, 5},
		{"error", 5, func(ctx context.Context) (int, error) { return 1, errBoom }, 1, errBoom, 0},
		{"ignores the timeout", 5, func(ctx context.Context) (int, error) { _ = forever(ctx); return 7, nil }, 7, nil, 5},
		{"cleans up", 5, func(ctx context.Context) (int, error) {
			err := forever(ctx)
			_ = asyncio.Sleep(context.WithoutCancel(ctx), 4)
			return 0, err
		}, 0, context.DeadlineExceeded, 9},
		{"zero", 0, func(ctx context.Context) (int, error) { return 0, forever(ctx) }, 0, context.DeadlineExceeded, 0},
		{"negative", -5, func(ctx context.Context) (int, error) { return 0, forever(ctx) }, 0, context.DeadlineExceeded, 0},
		{"zero, done", 0, func(ctx context.Context) (int, error) { return resolved(ctx, 3).Await(ctx) }, 3, nil, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			inVirtual(t, func(ctx context.Context) {
				self := asyncio.CurrentTask(ctx)
				value, err := asyncio.WaitFor(ctx, c.d, func(ctx context.Context) (int, error) {
					equal(t, "task", asyncio.CurrentTask(ctx), self)
					return c.fn(ctx)
				})
				equal(t, "value", value, c.value)
				equal(t, "error", err, c.err)
				equal(t, "time", now(ctx), c.at)
				equal(t, "timers", asyncio.RunningLoop(ctx).Stats().Timers, 0)
				equal(t, "our own context", ctx.Err(), nil)
			})
		})
	}
}

// A wait that has ended, whatever the reason, has left the queues of what it waited for.
func TestWaitsLeaveTheQueues(t *testing.T) {
	for name, wait := range map[string]func(ctx context.Context, f, g *asyncio.Future[int]) error{
		"Await": func(ctx context.Context, f, _ *asyncio.Future[int]) error { return second(f.Await(ctx)) },
		"Wait": func(ctx context.Context, f, g *asyncio.Future[int]) error {
			_, _, err := asyncio.Wait(ctx, asyncio.FirstCompleted, f, g)
			return err
		},
		"AsCompleted": func(ctx context.Context, f, g *asyncio.Future[int]) error {
			for _, err := range asyncio.AsCompleted(ctx, f, g) {
				return err
			}
			return nil
		},
		"AddDoneCallback": func(_ context.Context, f, _ *asyncio.Future[int]) error {
			f.AddDoneCallback(func() { t.Error("called") })()
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			inVirtual(t, func(ctx context.Context) {
				l := asyncio.RunningLoop(ctx)
				f, g := asyncio.NewFuture[int](l), asyncio.NewFuture[int](l)
				task := spawn(ctx, func(ctx context.Context) error { return wait(ctx, f, g) })
				yield(t, ctx)
				task.Cancel(nil)
				_, _ = task.Await(ctx)
				equal(t, "waiters after a cancellation", asyncio.Waiters(f)+asyncio.Waiters(g), 0)
				task = spawn(ctx, func(ctx context.Context) error { return wait(ctx, g, f) })
				yield(t, ctx)
				_ = g.SetResult(1)
				_, err := task.Await(ctx)
				equal(t, "error", err, nil)
				equal(t, "waiters after a result", asyncio.Waiters(f)+asyncio.Waiters(g), 0)
			})
		})
	}
}

// The error of a task that was only waited for, and not asked, is not lost.
func TestWaitHidesNoErrors(t *testing.T) {
	for _, c := range []struct {
		name string
		wait func(ctx context.Context, task, slow *asyncio.Task[int])
	}{
		{"Wait", func(ctx context.Context, task, slow *asyncio.Task[int]) {
			_, _, _ = asyncio.Wait(ctx, asyncio.AllCompleted, task, slow)
			_, _, _ = asyncio.Wait(ctx, asyncio.AllCompleted, task) // is no second report
		}},
		{"AsCompleted", func(ctx context.Context, task, slow *asyncio.Task[int]) {
			for range asyncio.AsCompleted(ctx, task, slow) {
				continue
			}
		}},
		{"AsCompleted, left early", func(ctx context.Context, task, slow *asyncio.Task[int]) {
			for range asyncio.AsCompleted(ctx, task, resolvedTask(ctx)) {
				break
			}
		}},
		{"Await, cancelled", func(ctx context.Context, task, slow *asyncio.Task[int]) {
			ctx, cancel := asyncio.WithTimeout(ctx, 0)
			defer cancel()
			_, _ = task.Await(ctx)
		}},
		{"Wait, cancelled", func(ctx context.Context, task, slow *asyncio.Task[int]) {
			ctx, cancel := asyncio.WithTimeout(ctx, 0)
			defer cancel()
			_, _, _ = asyncio.Wait(ctx, asyncio.AllCompleted, task, slow)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := newVirtual(t)
			err := v.run(func(ctx context.Context) error {
				task, slow := after(ctx, 1, 0, errBoom), after(ctx, time.Minute, 0, nil)
				c.wait(ctx, task, slow)
				return asyncio.Sleep(ctx, time.Hour)
			})
			equal(t, "error", err, nil)
			equalAll(t, "reports", v.messages(), []string{"nobody has awaited a task that failed: boom"})
		})
	}
}

func resolvedTask(ctx context.Context) *asyncio.Task[int] {
	task := after(ctx, 0, 0, nil)
	_, _ = task.Await(ctx)
	return task
}

// A long wait for others does not count as nobody asking.
func TestLongWaitForOthersIsNoNeglect(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		bad, slow := after(ctx, 1, 0, errBoom), after(ctx, time.Hour, 0, nil)
		_, _, err := asyncio.Wait(ctx, asyncio.AllCompleted, bad, slow)
		equal(t, "error", err, nil)
		_, err = bad.Result()
		equal(t, "result", err, errBoom)
		_ = asyncio.Sleep(ctx, time.Hour)
	})
}
