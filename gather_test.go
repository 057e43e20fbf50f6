// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
)

func TestGatherKeepsOrder(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		a := after(ctx, 3, "a", nil)
		values, err := asyncio.Gather(ctx, a, after(ctx, 1, "b", nil), a, after(ctx, 2, "c", nil))
		equal(t, "error", err, nil)
		equal(t, "values", strings.Join(values, ""), "abac")
		equal(t, "time", now(ctx), 3)
		values, err = asyncio.Gather(ctx, a, a) // done: no wait
		equal(t, "error", err, nil)
		equal(t, "values", strings.Join(values, ""), "aa")
	})
}

func TestGatherOfNothing(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		values, err := asyncio.Gather[int, *asyncio.Task[int]](ctx)
		if values == nil || len(values) != 0 || err != nil {
			t.Errorf("Gather: %v, %v", values, err)
		}
		results, err := asyncio.GatherResults[int, *asyncio.Task[int]](ctx)
		if len(results) != 0 || err != nil {
			t.Errorf("GatherResults: %v, %v", results, err)
		}
	})
}

func TestGatherOfMixedAwaitables(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		f := asyncio.NewFuture[int](asyncio.RunningLoop(ctx))
		asyncio.RunningLoop(ctx).CallLater(5, func() { _ = f.SetResult(2) })
		values, err := asyncio.Gather[int, asyncio.Awaitable[int]](ctx, after(ctx, 1, 1, nil), f)
		equal(t, "error", err, nil)
		equalAll(t, "values", values, []int{1, 2})
	})
}

// The first error cancels the others, and Gather returns when they have ended.
func TestGatherFirstErrorCancelsOthers(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		errLater := errors.New("later")
		slow := spawn(ctx, func(ctx context.Context) error {
			err := forever(ctx)
			_ = asyncio.Sleep(context.WithoutCancel(ctx), 10) // clean-up
			return err
		})
		stubborn := spawn(ctx, func(ctx context.Context) error {
			_ = forever(ctx)
			return errLater
		})
		f := asyncio.NewFuture[struct{}](asyncio.RunningLoop(ctx))
		done := after(ctx, 1, struct{}{}, nil)
		values, err := asyncio.Gather[struct{}, asyncio.Awaitable[struct{}]](ctx,
			slow, after(ctx, 2, struct{}{}, errBoom), stubborn, f, done)
		equal(t, "values", values == nil, true)
		equal(t, "error", err.Error(), "boom\nlater")
		equal(t, "is", errors.Is(err, errBoom) && errors.Is(err, errLater), true)
		equal(t, "is not", errors.Is(err, context.Canceled), false)
		equal(t, "time", now(ctx), 12)
		equal(t, "the slow one", slow.Cancelled(), true)
		equal(t, "the future", f.Cancelled(), true)
		var ce *asyncio.CancelError
		if cause := context.Cause(slow.Context()); !errors.As(cause, &ce) || ce.By != asyncio.CurrentTask(ctx).Name() {
			t.Errorf("cause: %v", cause)
		}
	})
}

// A child that somebody else has cancelled is an error like another one.
func TestGatherChildIsCancelled(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		a, b := spawn(ctx, forever), spawn(ctx, forever)
		asyncio.RunningLoop(ctx).CallSoon(func() { a.Cancel(nil) })
		_, err := asyncio.Gather(ctx, a, b)
		equal(t, "is", errors.Is(err, context.Canceled), true)
		equal(t, "our own context", ctx.Err(), nil)
		equal(t, "the other one", b.Cancelled(), true)

		a, c := spawn(ctx, forever), after(ctx, 5, struct{}{}, nil)
		asyncio.RunningLoop(ctx).CallSoon(func() { a.Cancel(nil) })
		results, err := asyncio.GatherResults(ctx, a, c)
		equal(t, "error", err, nil)
		equal(t, "first", results[0].Err, context.Canceled)
		equal(t, "second", results[1].Err, nil)
	})
}

func TestGatherResultsWaitsForAll(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		results, err := asyncio.GatherResults(ctx, after(ctx, 1, 1, errBoom), after(ctx, 2*time.Second, 2, nil), after(ctx, 3*time.Second, 3, errBoom))
		equal(t, "error", err, nil)
		equalAll(t, "results", results, []asyncio.Result[int]{{1, errBoom}, {2, nil}, {3, errBoom}})
		equal(t, "time", now(ctx), 3*time.Second)
	})
}

// A gather that is cancelled, before or while it waits, cancels all, and returns when they have
// ended.
func TestGatherIsCancelled(t *testing.T) {
	for _, before := range []bool{false, true} {
		for _, all := range []bool{false, true} {
			t.Run(fmt.Sprintf("before=%v results=%v", before, all), func(t *testing.T) {
				inVirtual(t, func(ctx context.Context) {
					var children []*asyncio.Task[int]
					for i := range 3 {
						// Not ours by context: it is the gather that has to cancel them.
						children = append(children, asyncio.CreateTask(ctx, func(ctx context.Context) (int, error) {
							err := forever(ctx)
							_ = asyncio.Sleep(context.WithoutCancel(ctx), 10)
							return i, err
						}))
					}
					done := after(ctx, 0, 3, nil)
					yield(t, ctx)
					yield(t, ctx)
					gatherer := spawn(ctx, func(ctx context.Context) (err error) {
						if before {
							asyncio.CurrentTask(ctx).Cancel(errBoom)
						}
						if all {
							_, err = asyncio.GatherResults(ctx, append(children, done)...)
						} else {
							_, err = asyncio.Gather(ctx, append(children, done)...)
						}
						return err
					})
					yield(t, ctx)
					gatherer.Cancel(errBoom)
					_, err := gatherer.Await(ctx)
					equal(t, "error", err, context.Canceled)
					equal(t, "time", now(ctx), 10)
					for i, child := range children {
						if !child.Cancelled() {
							t.Errorf("child %d: %v", i, child)
						}
					}
				})
			})
		}
	}
}

// A panic of one goes on in the caller, when the others have ended.
func TestGatherPanic(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		other := spawn(ctx, forever)
		bad := spawn(ctx, func(ctx context.Context) error {
			yield(t, ctx)
			panic(errBoom)
		})
		err := panicOf(func() { _, _ = asyncio.Gather(ctx, other, bad) })
		var p *asyncio.PanicError
		if !errors.As(err, &p) || p.Value != any(errBoom) || !errors.Is(err, errBoom) {
			t.Errorf("panic: %v", err)
		}
		equal(t, "the other one", other.Cancelled(), true)
	})
}

// Children that have ended before the call: no wait, and an error still counts.
func TestGatherOfEndedTasks(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		good, bad := after(ctx, 0, 1, nil), after(ctx, 0, 2, errBoom)
		yield(t, ctx)
		yield(t, ctx)
		turn := false
		asyncio.RunningLoop(ctx).CallSoon(func() { turn = true })
		values, err := asyncio.Gather(ctx, good, good)
		equal(t, "error", err, nil)
		equalAll(t, "values", values, []int{1, 1})
		_, err = asyncio.Gather(ctx, good, bad)
		equal(t, "error", err.Error(), "boom")
		equal(t, "waited", turn, false)
	})
}

// Two gathers wait for the same task.
func TestGatherShared(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		shared := after(ctx, 5, 1, nil)
		gather := func(ctx context.Context) ([]int, error) { return asyncio.Gather(ctx, shared) }
		a, b := asyncio.CreateTask(ctx, gather), asyncio.CreateTask(ctx, gather)
		yield(t, ctx)
		a.Cancel(nil)
		_, err := b.Await(ctx)
		equal(t, "the other gather", errors.Is(err, context.Canceled), true)
		_, err = a.Await(ctx)
		equal(t, "the cancelled one", err, context.Canceled)
	})
}
