// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
)

// errFlush is what goes wrong in the clean-up of a task that was cancelled.
var errFlush = errors.New("flush failed")

// both is an error of a type that somebody else has written.
type both []error

func (b both) Error() string   { return fmt.Sprint([]error(b)) }
func (b both) Unwrap() []error { return b }

// older is one that was written before Go could join errors.
type older []error

func (o older) Error() string          { return fmt.Sprint([]error(o)) }
func (o older) WrappedErrors() []error { return o }
func (o older) Unwrap() error          { return o[len(o)-1] }

// The ways in which errors meet. The first argument is the cancellation.
var joins = []struct {
	name string
	join func(cut, other error) error
}{
	{"Join", func(cut, other error) error { return errors.Join(cut, other) }},
	{"Join, the other way round", func(cut, other error) error { return errors.Join(other, cut) }},
	{"Errorf", func(cut, other error) error { return fmt.Errorf("%w (and then: %w)", cut, other) }},
	{"a tree", func(cut, other error) error {
		return fmt.Errorf("worker: %w", errors.Join(cut, fmt.Errorf("clean-up: %w", errors.Join(cut, other))))
	}},
	{"a type of its own", func(cut, other error) error { return both{nil, other, cut} }},
	{"a type from before", func(cut, other error) error { return older{other, cut} }},
}

// failsToCleanUp waits until it is cancelled, and has more to say than that.
func failsToCleanUp(join func(cut, other error) error) func(ctx context.Context) error {
	return func(ctx context.Context) error { return join(forever(ctx), errFlush) }
}

// What is joined to a cancellation gets to whoever would hear of an error.
func TestErrorJoinedWithCancellation(t *testing.T) {
	for _, j := range joins {
		worker := failsToCleanUp(j.join)
		for _, c := range []struct {
			name string
			run  func(ctx context.Context) error
		}{
			{"a child of a group that fails", func(ctx context.Context) error {
				return asyncio.WithTaskGroup(ctx, func(_ context.Context, g group) error {
					g.Go(worker)
					g.Go(child(1, errBoom))
					return nil
				})
			}},
			{"a child of a group that is cancelled", func(ctx context.Context) error {
				return asyncio.WithTaskGroup(ctx, func(ctx context.Context, g group) error {
					g.Go(worker)
					yield(t, ctx)
					g.Cancel()
					return nil
				})
			}},
			{"the body of a group", func(ctx context.Context) error {
				return asyncio.WithTaskGroup(ctx, func(ctx context.Context, g group) error {
					g.Go(child(1, errBoom))
					return worker(ctx)
				})
			}},
			{"a group under a timeout", func(ctx context.Context) error {
				ctx, cancel := asyncio.WithTimeout(ctx, 1)
				defer cancel()
				return asyncio.WithTaskGroup(ctx, func(_ context.Context, g group) error {
					g.Go(worker)
					return nil
				})
			}},
			{"Gather", func(ctx context.Context) error {
				return second(asyncio.Gather(ctx, spawn(ctx, worker), spawn(ctx, child(1, errBoom))))
			}},
			{"Gather that is cancelled", func(ctx context.Context) error {
				ctx, cancel := asyncio.WithTimeout(ctx, 1)
				defer cancel()
				return second(asyncio.Gather(ctx, spawn(ctx, worker), spawn(ctx, forever)))
			}},
			{"GatherResults that is cancelled", func(ctx context.Context) error {
				ctx, cancel := asyncio.WithTimeout(ctx, 1)
				defer cancel()
				return second(asyncio.GatherResults(ctx, spawn(ctx, worker), spawn(ctx, forever)))
			}},
			{"Wait for the first error", func(ctx context.Context) error {
				task := spawn(ctx, worker)
				yield(t, ctx)
				task.Cancel(nil)
				done, _, _ := asyncio.Wait(ctx, asyncio.FirstError, task, spawn(ctx, child(time.Hour, nil)))
				equal(t, "done", len(done), 1)
				return second(done[0].Result())
			}},
		} {
			t.Run(j.name+"/"+c.name, func(t *testing.T) {
				inVirtual(t, func(ctx context.Context) {
					if err := c.run(ctx); !errors.Is(err, errFlush) && !slices.Contains(joinedBefore(err), errFlush) {
						t.Errorf("error: %v, without the clean-up's", err)
					}
				})
			})
		}
		t.Run(j.name, func(t *testing.T) { checkReported(t, j.join) })
	}
}

// checkReported looks for the error of tasks that nobody awaits, after a cancellation and at the
// end of the run, in the exception handler; and for that of a blocking function.
func checkReported(t *testing.T, join func(cut, other error) error) {
	v := newVirtual(t)
	err := v.run(func(ctx context.Context) error {
		cut := spawn(ctx, failsToCleanUp(join))
		spawn(ctx, failsToCleanUp(join)) // is left to the end
		inThread := spawn(ctx, func(ctx context.Context) error {
			return second(asyncio.ToThread(ctx, func(ctx context.Context) (int, error) {
				<-ctx.Done()
				return 0, join(ctx.Err(), errFlush)
			}))
		})
		yield(t, ctx)
		cut.Cancel(nil)
		inThread.Cancel(nil)
		yield(t, ctx)
		equal(t, "the task", cut.Cancelled(), false)
		equal(t, "the task in ToThread", inThread.Cancelled(), true)
		return nil
	})
	equal(t, "error", err, nil)
	v.close(t)
	flushes := 0
	for _, r := range v.reports {
		if errors.Is(r.Err, errFlush) || slices.Contains(joinedBefore(r.Err), errFlush) {
			flushes++
		}
	}
	if flushes != 3 || len(v.reports) != 3 {
		t.Errorf("reported to the exception handler: %q", v.messages())
	}
}

// joinedBefore are the errors in one that errors.Is does not look into.
func joinedBefore(err error) []error {
	var o older
	errors.As(err, &o)
	return o
}

// What is not ours: cancelled by nobody who would know.
func foreignCancellation(context.Context) error {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return fmt.Errorf("GET /: %w", ctx.Err())
}

func foreignTimeout(context.Context) error {
	ctx, cancel := context.WithTimeout(context.Background(), 0)
	defer cancel()
	<-ctx.Done()
	return fmt.Errorf("GET /: %w", ctx.Err())
}

// The cancellation of a context that has nothing to do with the task is an error.
func TestForeignCancellationIsAnError(t *testing.T) {
	for name, client := range map[string]func(context.Context) error{
		"cancellation": foreignCancellation, "timeout": foreignTimeout,
		"below the task's context": func(ctx context.Context) error {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			return asyncio.Sleep(ctx, 1)
		},
		"after one of ours that was seen to": func(ctx context.Context) error {
			helper := spawn(ctx, forever)
			helper.Cancel(nil)
			equal(t, "helper", second(helper.Await(ctx)), context.Canceled)
			yield(t, ctx)
			equal(t, "wait", asyncio.Sleep(ctx, 1), nil)
			return foreignCancellation(ctx)
		},
		"after one of ours, and waits that are over at once": func(ctx context.Context) error {
			q, done := asyncio.NewQueue[int](0), asyncio.NewFuture[int](asyncio.RunningLoop(ctx))
			_ = done.SetResult(1)
			helper := spawn(ctx, forever)
			helper.Cancel(nil)
			for name, wait := range map[string]func() error{
				"Sleep": func() error { return asyncio.Sleep(ctx, 0) },
				"Await": func() error { return second(done.Await(ctx)) },
				"Put":   func() error { return q.Put(ctx, 1) },
			} {
				equal(t, "helper", second(helper.Await(ctx)), context.Canceled)
				equal(t, name, wait(), nil)
				err := asyncio.WithTaskGroup(ctx, func(ctx context.Context, g group) error {
					g.Go(func(ctx context.Context) error {
						equal(t, "helper", second(helper.Await(ctx)), context.Canceled)
						equal(t, name, wait(), nil)
						return foreignCancellation(ctx)
					})
					return nil
				})
				wantError(t, "after "+name, err)
			}
			return foreignCancellation(ctx)
		},
		"in a thread": func(ctx context.Context) error {
			return second(asyncio.ToThread(ctx, func(ctx context.Context) (int, error) { return 0, foreignCancellation(ctx) }))
		},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVirtual(t)
			err := v.run(func(ctx context.Context) error {
				err := asyncio.WithTaskGroup(ctx, func(_ context.Context, g group) error {
					g.Go(client)
					g.Go(forever)
					return nil
				})
				wantError(t, "a group", err)
				_, err = asyncio.Gather(ctx, spawn(ctx, client), spawn(ctx, forever))
				wantError(t, "Gather", err)
				task := spawn(ctx, client)
				_, err = task.Await(ctx)
				wantError(t, "Await", err)
				equal(t, "Cancelled", task.Cancelled(), false)
				spawn(ctx, client) // nobody awaits it
				equal(t, "wait", asyncio.Sleep(ctx, time.Hour), nil)
				return client(ctx)
			})
			wantError(t, "Run", err)
			equal(t, "reports", len(v.messages()), 1)
		})
	}
}

func wantError(t *testing.T, what string, err error) {
	t.Helper()
	if !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%s: %v, want the client's error", what, err)
	}
}

// What says only that the task was cancelled is no error, in whatever words.
func TestWordsForCancellation(t *testing.T) {
	for name, words := range map[string]func(ctx context.Context) error{
		"wrapped":      func(ctx context.Context) error { return fmt.Errorf("worker: %w", ctx.Err()) },
		"joined twice": func(ctx context.Context) error { return errors.Join(ctx.Err(), fmt.Errorf("%w", ctx.Err())) },
		"the cause":    context.Cause,
		"of a dialler": func(ctx context.Context) error {
			return second(new(net.Dialer).DialContext(ctx, "tcp", "127.0.0.1:1"))
		},
	} {
		t.Run(name, func(t *testing.T) {
			inVirtual(t, func(ctx context.Context) {
				worker := func(ctx context.Context) error { _ = forever(ctx); return words(ctx) }
				err := asyncio.WithTaskGroup(ctx, func(_ context.Context, g group) error {
					g.Go(worker)
					g.Go(child(1, errBoom))
					return nil
				})
				equal(t, "group", fmt.Sprint(err), errBoom.Error())
				_, err = asyncio.Gather(ctx, spawn(ctx, worker), spawn(ctx, child(1, errBoom)))
				equal(t, "Gather", fmt.Sprint(err), errBoom.Error())
				spawn(ctx, worker) // cancelled at the end of the run
				yield(t, ctx)
			})
		})
	}
}

// A task that was cancelled and goes on under an outer context ends with that one's error.
func TestCancelledByTwo(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		outer, cancel := asyncio.WithTimeout(ctx, 2)
		defer cancel()
		err := asyncio.WithTaskGroup(outer, func(_ context.Context, g group) error {
			g.Go(func(ctx context.Context) error { _ = forever(ctx); return forever(outer) })
			g.Go(child(1, errBoom))
			return nil
		})
		equal(t, "error", fmt.Sprint(err), errBoom.Error())
		equal(t, "time", now(ctx), 2)
	})
}

// A context of the standard library above the task is one of the task's: its end is a cancellation.
func TestCancelledFromAbove(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		std, cancel := context.WithCancel(ctx)
		asyncio.RunningLoop(ctx).CallSoon(cancel)
		err := asyncio.WithTaskGroup(std, func(_ context.Context, g group) error {
			g.Go(forever)
			g.Go(func(ctx context.Context) error { return fmt.Errorf("worker: %w", forever(ctx)) })
			return nil
		})
		equal(t, "group", err, context.Canceled)

		std, cancel = context.WithCancel(ctx)
		task := spawn(std, forever) // nobody awaits it
		yield(t, ctx)
		cancel()
		equal(t, "Wait", third(asyncio.Wait(ctx, asyncio.AllCompleted, task)), nil)
		equal(t, "Cancelled", task.Cancelled(), true)
		equal(t, "wait", asyncio.Sleep(ctx, time.Hour), nil)
	})
}

// What a cancelled future or task gives to its awaiter is a cancellation of ours (F8).
func TestCancellationOfAwaited(t *testing.T) {
	threads := asyncio.NewConcurrentFuture[int]()
	threads.Cancel(nil)
	for name, await := range map[string]func(ctx context.Context) error{
		"future": func(ctx context.Context) error {
			f := asyncio.NewFuture[int](asyncio.RunningLoop(ctx))
			f.Cancel()
			return second(f.Await(ctx))
		},
		"task": func(ctx context.Context) error {
			task := spawn(ctx, forever)
			asyncio.RunningLoop(ctx).CallSoon(func() { task.Cancel(nil) })
			return second(task.Await(ctx))
		},
		"concurrent future": func(ctx context.Context) error { return second(threads.Await(ctx)) },
		"wrapped": func(ctx context.Context) error {
			return second(asyncio.WrapFuture(asyncio.RunningLoop(ctx), threads).Await(ctx))
		},
	} {
		t.Run(name, func(t *testing.T) {
			inVirtual(t, func(ctx context.Context) {
				err := asyncio.WithTaskGroup(ctx, func(_ context.Context, g group) error {
					g.Go(await)
					g.Go(child(1, nil))
					return nil
				})
				equal(t, "group", err, nil)
				spawn(ctx, await)
				equal(t, "wait", asyncio.Sleep(ctx, time.Hour), nil)
			})
		})
	}
}

// The panic of a cancelled task is reported, also if it panics with the cancellation.
func TestPanicWithCancellation(t *testing.T) {
	v := newVirtual(t)
	err := v.run(func(ctx context.Context) error {
		task := spawn(ctx, func(ctx context.Context) error { panic(forever(ctx)) })
		yield(t, ctx)
		task.Cancel(nil)
		return asyncio.Sleep(ctx, time.Hour)
	})
	equal(t, "error", err, nil)
	equalAll(t, "reports", v.messages(), []string{"nobody has awaited a task that failed: panic: context canceled"})
}

// In debug mode a cancelled future is not one whose error got lost.
func TestCancelledFutureIsNotReported(t *testing.T) {
	v := newVirtual(t, func(cfg *asyncio.RunnerConfig) { cfg.Loop.Debug = true })
	asyncio.NewFuture[int](v.loop).Cancel()
	_ = asyncio.NewFuture[int](v.loop).SetError(context.Canceled)
	v.close(t)
	equalAll(t, "reports", v.messages(), []string{"nobody has asked for the error of a future: context canceled"})
}
