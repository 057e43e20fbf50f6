// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
)

// betweens are contexts that are not ours, made of one that is, and how to cancel them. cause is
// what context.Cause says then.
var betweens = []struct {
	name   string
	derive func(ctx context.Context) (derived context.Context, cancel, undo func())
	cause  error
}{
	{"WithCancel", func(ctx context.Context) (context.Context, func(), func()) {
		ctx, cancel := context.WithCancel(ctx)
		return ctx, cancel, cancel
	}, context.Canceled},
	{"WithCancelCause", func(ctx context.Context) (context.Context, func(), func()) {
		ctx, cancel := context.WithCancelCause(ctx)
		return ctx, func() { cancel(errBoom) }, func() { cancel(nil) }
	}, errBoom},
	{"WithTimeout", func(ctx context.Context) (context.Context, func(), func()) {
		ctx, cancel := context.WithTimeout(ctx, time.Hour)
		return ctx, cancel, cancel
	}, context.Canceled},
	{"WithValue of WithCancel", func(ctx context.Context) (context.Context, func(), func()) {
		ctx, cancel := context.WithCancel(context.WithValue(ctx, key{}, 1))
		return context.WithValue(ctx, key{}, 2), cancel, cancel
	}, context.Canceled},
	{"WithCancel of WithoutCancel", func(ctx context.Context) (context.Context, func(), func()) {
		ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		return ctx, cancel, cancel
	}, context.Canceled},
	{"one that embeds WithCancel", func(ctx context.Context) (context.Context, func(), func()) {
		ctx, cancel := context.WithCancel(ctx)
		return foreign{ctx}, cancel, cancel
	}, context.Canceled},
	{"one with a Done of its own", func(ctx context.Context) (context.Context, func(), func()) {
		own := &ownDone{Context: ctx, done: make(chan struct{})}
		return own, func() { own.cancel(errBoom) }, func() {}
	}, errBoom},
	{"std, ours, std", func(ctx context.Context) (context.Context, func(), func()) {
		ctx, cancel := context.WithCancelCause(ctx)
		ctx, stop := asyncio.WithTimeout(ctx, time.Hour)
		ctx, end := context.WithCancel(context.WithValue(ctx, key{}, 1))
		return ctx, func() { cancel(errBoom) }, func() { cancel(nil); end(); stop() }
	}, errBoom},
}

// ownDone is a context with a cancellation of its own, that package context knows nothing of.
type ownDone struct {
	context.Context
	done chan struct{}
	mu   sync.Mutex
	err  error
}

func (c *ownDone) Done() <-chan struct{} { return c.done }

func (c *ownDone) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

func (c *ownDone) cancel(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
		close(c.done)
	}
}

// errFor is the error of a context whose cause is want.
func errFor(cause error, ctx context.Context) error {
	if _, ok := ctx.(*ownDone); ok {
		return cause
	}
	return context.Canceled
}

// Everything below a context that was cancelled is cancelled when the cancellation returns.
func TestCancelBetweenIsAtOnce(t *testing.T) {
	for _, b := range betweens {
		t.Run(b.name, func(t *testing.T) {
			inVirtual(t, func(ctx context.Context) {
				std, cancel, undo := b.derive(ctx)
				defer undo()
				want := errFor(b.cause, std)
				timeout, stop := asyncio.WithTimeout(std, time.Hour)
				defer stop()
				inner, stop := asyncio.WithTimeout(context.WithValue(timeout, key{}, 3), time.Hour)
				defer stop()
				below, stop2 := context.WithCancel(inner)
				defer stop2()
				began := false
				begin := func(context.Context) error { began = true; return nil }
				tasks := []*asyncio.Task[struct{}]{spawn(std, begin), spawn(inner, begin), spawn(below, begin)}
				cancel()
				for i, c := range []context.Context{std, timeout, inner, below} {
					equal(t, fmt.Sprint("wait ", i), asyncio.Sleep(c, 0), want)
					equal(t, fmt.Sprint("error ", i), c.Err(), want)
					equal(t, fmt.Sprint("cause ", i), context.Cause(c), b.cause)
					select {
					case <-c.Done():
					default:
						t.Errorf("Done of %d is open", i)
					}
				}
				equal(t, "value", inner.Value(key{}), any(3))
				late := spawn(inner, begin)
				eager := asyncio.CreateEagerTask(std, func(context.Context) (int, error) { began = true; return 0, nil })
				_, err := eager.Await(ctx)
				equal(t, "eager task", err, want)
				for i, task := range append(tasks, late) {
					_, err := task.Await(ctx)
					equal(t, fmt.Sprint("task ", i), err, want)
					equal(t, fmt.Sprint("cause of task ", i), context.Cause(task.Context()), b.cause)
				}
				equal(t, "a task began", began, false)
				equal(t, "outside", ctx.Err(), nil)
				equal(t, "time", now(ctx), 0)
			})
		})
	}
}

// Err alone is the truth, too, with nothing before it that asks.
func TestErrBelowAskedFirst(t *testing.T) {
	for _, b := range betweens {
		for what, ask := range map[string]func(c context.Context) any{
			"Err":   func(c context.Context) any { return c.Err() != nil },
			"Cause": func(c context.Context) any { return context.Cause(c) != nil },
			"Done":  func(c context.Context) any { <-c.Done(); return true },
			"child": func(c context.Context) any {
				c, cancel := context.WithCancel(context.WithValue(c, key{}, 1))
				defer cancel()
				return c.Err() != nil
			},
		} {
			inVirtual(t, func(ctx context.Context) {
				std, cancel, undo := b.derive(ctx)
				defer undo()
				inner, stop := asyncio.WithTimeout(std, time.Hour)
				defer stop()
				equal(t, "before", inner.Err(), nil)
				cancel()
				equal(t, b.name+": "+what, ask(inner), any(true))
			})
		}
	}
}

// A task that waits below such a context is woken before the clock moves, whatever it waits for.
func TestCancelBetweenReachesEveryWait(t *testing.T) {
	for _, b := range betweens {
		for _, s := range suspensions {
			t.Run(b.name+"/"+s.name, func(t *testing.T) {
				inVirtual(t, func(ctx context.Context) {
					std, cancel, undo := b.derive(ctx)
					defer undo()
					want := errFor(b.cause, std)
					outside := spawn(ctx, func(context.Context) error { return nil })
					_, _ = outside.Await(ctx)
					var errs [4]error
					below := spawn(std, func(ctx context.Context) error {
						errs[0] = s.wait(ctx)
						errs[1] = s.wait(ctx)
						return errs[0]
					})
					directly := spawn(context.WithoutCancel(ctx), func(context.Context) error {
						errs[2] = s.wait(std)
						errs[3] = s.wait(std)
						return nil
					})
					equal(t, "sleep", asyncio.Sleep(ctx, time.Second/2), nil)
					cancel()
					_, _ = below.Await(ctx)
					_, _ = directly.Await(ctx)
					for i, err := range errs {
						if !errors.Is(err, want) {
							t.Errorf("wait %d: %v, want %v", i, err, want)
						}
					}
					equal(t, "cause", context.Cause(below.Context()), b.cause)
					if at := now(ctx); at > 3*time.Second {
						t.Errorf("it took until %v", at)
					}
				})
			})
		}
	}
}

// The cancellation of a scope goes through contexts that are not ours to what is below.
func TestCancelThroughContextsBetween(t *testing.T) {
	for _, b := range betweens[:4] {
		t.Run(b.name, func(t *testing.T) {
			inVirtual(t, func(ctx context.Context) {
				var below *asyncio.Task[struct{}]
				task := spawn(ctx, func(ctx context.Context) error {
					std, _, undo := b.derive(ctx)
					defer undo()
					below = spawn(std, forever)
					return asyncio.Sleep(std, time.Hour)
				})
				_ = asyncio.Sleep(ctx, time.Second)
				task.Cancel(errBoom)
				equal(t, "below", below.Context().Err(), context.Canceled)
				for _, each := range []*asyncio.Task[struct{}]{task, below} {
					_, err := each.Await(ctx)
					equal(t, "error", err, context.Canceled)
					equal(t, "cause", errors.Is(context.Cause(each.Context()), errBoom), true)
				}
				equal(t, "time", now(ctx), time.Second)
			})
		})
	}
}

// It does so when the task that made the context between has ended.
func TestCancelThroughEndedTask(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		outer, stop := asyncio.WithTimeout(ctx, time.Minute)
		defer stop()
		var below *asyncio.Task[struct{}]
		var cancel context.CancelFunc
		_, _ = spawn(outer, func(ctx context.Context) error {
			ctx, cancel = context.WithCancel(ctx)
			below = spawn(ctx, forever)
			return nil
		}).Await(ctx)
		defer cancel()
		_, err := below.Await(ctx)
		equal(t, "error", err, context.DeadlineExceeded)
		equal(t, "time", now(ctx), time.Minute)
	})
}

// What comes after the cancellation satisfies no wait that was to fail.
func TestCancelBetweenComesFirst(t *testing.T) {
	for _, direct := range []bool{false, true} {
		inVirtual(t, func(ctx context.Context) {
			std, cancel := context.WithCancel(ctx)
			scope := std
			if !direct {
				var stop func()
				scope, stop = asyncio.WithTimeout(std, time.Hour)
				defer stop()
			}
			var lock asyncio.Lock
			var event asyncio.Event
			equal(t, "Acquire", lock.Acquire(ctx), nil)
			f := asyncio.NewFuture[int](asyncio.RunningLoop(ctx))
			var errs [4]error
			for i, wait := range []func() error{
				func() error { return lock.Acquire(scope) },
				func() error { return event.Wait(scope) },
				func() error { _, err := f.Await(scope); return err },
				func() error { return asyncio.Sleep(scope, time.Second) },
			} {
				spawn(ctx, func(context.Context) error { errs[i] = wait(); return nil })
			}
			other := spawn(ctx, func(ctx context.Context) error { return lock.Acquire(ctx) })
			asyncio.RunningLoop(ctx).CallLater(time.Second, func() { // in the turn of the sleep's end
				cancel()
				lock.Release()
				event.Set()
				_ = f.SetResult(1)
			})
			_, err := other.Await(ctx)
			equal(t, "who waits outside", err, nil)
			for i, err := range errs {
				if i < 3 {
					equal(t, fmt.Sprint("wait ", i), err, context.Canceled)
				}
			}
			yield(t, ctx)
		})
	}
}

// counted is a context that counts its watches.
func counted(ctx context.Context) *countsWatches {
	return &countsWatches{ownDone: &ownDone{Context: ctx, done: make(chan struct{})}}
}

type countsWatches struct {
	*ownDone
	all, open atomic.Int32
}

func (c *countsWatches) AfterFunc(func()) (stop func() bool) {
	c.all.Add(1)
	c.open.Add(1)
	return func() bool { c.open.Add(-1); return true }
}

func TestOneWatchForEachContext(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		long, other := counted(ctx), counted(ctx)
		for i := range 100 {
			_ = asyncio.Sleep(long, 1)
			_ = asyncio.Sleep(other, 1)
			scope, stop := asyncio.WithTimeout(long, time.Hour)
			_, _ = spawn(scope, func(ctx context.Context) error { return asyncio.Sleep(ctx, 1) }).Await(long)
			both := spawn(long, func(context.Context) error { return asyncio.Sleep(long, 2) })
			_ = asyncio.Sleep(long, 1)
			_, _ = both.Await(ctx)
			stop()
			_, _ = asyncio.CreateTaskThreadsafe(long, asyncio.RunningLoop(ctx), func(ctx context.Context) (int, error) {
				return i, asyncio.Sleep(ctx, 1)
			}).Await(ctx)
		}
		equal(t, "watches", long.all.Load(), 1)
		equal(t, "watches of the other", other.all.Load(), 1)
	})
}

// Contexts that nobody waits under any more are let go, though they are never cancelled.
func TestWatchesEnd(t *testing.T) {
	v := newVirtual(t)
	var contexts []*countsWatches
	err := v.run(func(ctx context.Context) error {
		var ended []*asyncio.Task[struct{}]
		for range 200 {
			c := counted(ctx)
			contexts = append(contexts, c)
			_ = asyncio.Sleep(c, 1)
			task := spawn(ctx, func(ctx context.Context) error {
				c := counted(ctx)
				contexts = append(contexts, c)
				_, err := spawn(c, func(ctx context.Context) error { return asyncio.Sleep(ctx, 1) }).Await(c)
				return err
			})
			_, _ = task.Await(ctx)
			ended = append(ended, task)
			if n := asyncio.Watched(v.loop); n > 20 {
				t.Fatalf("%d contexts are watched", n)
			}
		}
		inUse := 0
		for _, task := range ended {
			if asyncio.ScopeInUse(task.Context()) {
				inUse++
			}
		}
		if inUse > 20 {
			t.Errorf("%d tasks that have ended are still in use", inUse)
		}
		return nil
	})
	equal(t, "run", err, nil)
	v.close(t)
	for i, c := range contexts {
		if n := c.open.Load(); n != 0 {
			t.Fatalf("%d watches of context %d are left", n, i)
		}
	}
}

// A context that comes back into use while it is being cancelled.
func TestIdleWatchIsCancelled(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		for i := range 300 {
			std, cancel := context.WithCancel(ctx)
			equal(t, "first wait", asyncio.Sleep(std, 1), nil)
			go cancel()
			if i%2 == 0 {
				runtime.Gosched()
			}
			if i%3 == 0 {
				inner, timeout := asyncio.NewTimeout(std, -1)
				defer timeout.Stop()
				std = inner
			}
			equal(t, "second wait", forever(std), context.Canceled)
		}
	})
}

// The same on a loop that sleeps: the watch wakes it.
func TestCancelBetweenWakesTheLoop(t *testing.T) {
	err := asyncio.Run(func(ctx context.Context) error {
		for _, b := range betweens {
			std, cancel, undo := b.derive(ctx)
			defer undo()
			below := spawn(std, forever)
			waits := make(chan struct{})
			go func() { <-waits; cancel() }()
			yield(t, ctx)
			close(waits)
			if err := forever(std); !errors.Is(err, errFor(b.cause, std)) {
				t.Errorf("%s: %v", b.name, err)
			}
			_, err := below.Await(ctx)
			equal(t, b.name, err, errFor(b.cause, std))
			equal(t, "cause", context.Cause(below.Context()), b.cause)
		}
		return nil
	})
	equal(t, "run", err, nil)
}

// A context of another loop's task, and one between: CreateTaskThreadsafe hands both on.
func TestContextOfAnotherLoop(t *testing.T) {
	for _, between := range []bool{false, true} {
		v := newVirtual(t)
		inVirtual(t, func(ctx context.Context) {
			task := spawn(ctx, forever)
			above, cancel := task.Context(), func() { task.Cancel(errBoom) }
			if between {
				above, cancel = context.WithCancel(above)
			}
			f := asyncio.CreateTaskThreadsafe(above, v.loop, func(ctx context.Context) (int, error) {
				return 1, forever(ctx)
			})
			yield(t, ctx)
			done := make(chan error)
			go func() { done <- v.run(func(ctx context.Context) error { _, err := f.Await(ctx); return err }) }()
			cancel()
			equal(t, "error", <-done, context.Canceled)
			task.Cancel(nil)
		})
	}
}

// Many tasks below one context: each leaves in its own time, and all are woken in order.
func TestManyWaitUnderOneContext(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		std, cancel := context.WithCancel(ctx)
		var woken []int
		for i := range 1000 {
			d := time.Hour
			if i%2 == 1 {
				d = time.Duration(1000 - i)
			}
			spawn(ctx, func(context.Context) error {
				if asyncio.Sleep(std, d) != nil {
					woken = append(woken, i)
				}
				return nil
			})
		}
		_ = asyncio.Sleep(ctx, time.Second)
		cancel()
		yield(t, ctx)
		yield(t, ctx)
		equal(t, "woken", len(woken), 500)
		for i, n := range woken {
			if n != 2*i {
				t.Fatalf("as number %d task %d was woken", i, n)
			}
		}
	})
}

// Tasks that take turns on each other's stacks are no reason to tell the others later.
func TestCancelBetweenWhileTasksTakeTurns(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		std, cancel := context.WithCancel(ctx)
		defer cancel()
		ping, pong := asyncio.NewQueue[int](1), asyncio.NewQueue[int](1)
		round, toldIn := 0, 0
		spawn(std, func(ctx context.Context) error {
			err := forever(ctx)
			toldIn = round
			return err
		})
		spawn(ctx, func(ctx context.Context) error {
			for n, err := range ping.All(ctx) {
				if err != nil {
					return err
				}
				_ = pong.Put(ctx, n)
			}
			return nil
		})
		yield(t, ctx)
		for round = range 1000 {
			if round == 100 {
				cancel()
			}
			_ = ping.Put(ctx, round)
			_, _ = pong.Get(ctx)
		}
		ping.Shutdown(false)
		yield(t, ctx)
		if toldIn < 100 || toldIn > 102 {
			t.Errorf("cancelled in round 100, told in round %d", toldIn)
		}
	})
}

// cancelledLater is cancelled within a call of its methods: the one that left says, and after the
// method knows its answer.
type cancelledLater struct {
	*ownDone
	left atomic.Int32
}

func (c *cancelledLater) Done() <-chan struct{} {
	defer c.count()
	return c.done
}

func (c *cancelledLater) Err() error {
	defer c.count()
	return c.ownDone.Err()
}

func (c *cancelledLater) count() {
	if c.left.Add(-1) == 0 {
		c.cancel(errBoom)
		for range 1000 { // let the watch, of which nobody seems to be in need, hear of it
			runtime.Gosched()
		}
	}
}

// Whenever the cancellation comes while a wait begins, it ends the wait, and the first step of a
// task.
func TestCancelBetweenAsTheWaitBegins(t *testing.T) {
	err := asyncio.Run(func(ctx context.Context) error {
		for range 10 {
			for call := range int32(5) {
				c := &cancelledLater{ownDone: &ownDone{Context: ctx, done: make(chan struct{})}}
				equal(t, "first wait", asyncio.Sleep(c, 1), nil)
				c.left.Store(call + 1)
				equal(t, "second wait", forever(c), errBoom)
				c = &cancelledLater{ownDone: &ownDone{Context: ctx, done: make(chan struct{})}}
				equal(t, "first wait", asyncio.Sleep(c, 1), nil)
				c.left.Store(call + 1)
				_, err := spawn(c, forever).Await(ctx)
				equal(t, "task", err, errBoom)
			}
		}
		return nil
	})
	equal(t, "run", err, nil)
}
