// SPDX-License-Identifier: Apache-2.0

package asynciotest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/asynciotest"
	"github.com/gocurtain/asyncio/trace"
)

// These tests run what tasks coordinate by under every order. Each is told by a bug that
// planted_test.go puts into package asyncio.

// everyOrder explores body, and wants to come to the end.
func everyOrder(t *testing.T, body asynciotest.Body) {
	t.Helper()
	if done := asynciotest.Explore(t, asynciotest.ExploreConfig{}, body); !done.Complete {
		t.Errorf("%d schedules are not all", done.Schedules)
	}
}

type step = func(ctx context.Context) error

// together runs one task for each of the functions, named a, b, c and so on, and fails the test if
// one has an error.
func together(ctx context.Context, t *asynciotest.T, steps ...step) {
	err := asyncio.WithTaskGroup(ctx, func(_ context.Context, g *asyncio.TaskGroup) error {
		for i, fn := range steps {
			g.Go(fn).SetName(string(rune('a' + i)))
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// yield lets others run.
func yield(ctx context.Context) error { return asyncio.Sleep(ctx, 0) }

// cancellable runs fn as a task of its own, and returns it and a step that cancels it.
func cancellable(ctx context.Context, fn step) (*asyncio.Task[struct{}], step) {
	task := asyncio.CreateTask(ctx, func(ctx context.Context) (struct{}, error) { return struct{}{}, fn(ctx) })
	task.SetName("victim")
	return task, func(context.Context) error {
		task.Cancel(nil)
		return nil
	}
}

// ended waits for a task that may have been cancelled, and fails the test for any other error.
func ended(ctx context.Context, t *asynciotest.T, task *asyncio.Task[struct{}]) (cancelled bool) {
	_, err := task.Await(ctx)
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	return err != nil
}

// once fails the test if a section is entered while it is occupied.
type section struct {
	t    *asynciotest.T
	free int
}

func (s *section) enter(ctx context.Context) error {
	s.free--
	if s.free < 0 {
		s.t.Error("too many inside")
	}
	defer func() { s.free++ }()
	return yield(ctx)
}

func TestExploredLock(t *testing.T) {
	everyOrder(t, func(ctx context.Context, t *asynciotest.T) {
		var m asyncio.Lock
		var asked, got []string
		inside := section{t, 1}
		use := func(ctx context.Context) error {
			me := asyncio.CurrentTask(ctx).Name()
			asked = append(asked, me)
			return m.Do(ctx, func(ctx context.Context) error {
				got = append(got, me)
				return inside.enter(ctx)
			})
		}
		together(ctx, t, use, use, use)
		if !slices.Equal(asked, got) {
			t.Errorf("asked in the order %v, got it in the order %v", asked, got)
		}
		if m.Locked() {
			t.Error("still locked")
		}
	})
}

func TestExploredLockCancelled(t *testing.T) {
	everyOrder(t, func(ctx context.Context, t *asynciotest.T) {
		var m asyncio.Lock
		inside := section{t, 1}
		use := func(ctx context.Context) error { return m.Do(ctx, inside.enter) }
		var never asyncio.Event
		victim, cancel := cancellable(ctx, func(ctx context.Context) error {
			if err := use(ctx); err != nil {
				return err
			}
			return never.Wait(ctx)
		})
		together(ctx, t, use, use, cancel)
		if !ended(ctx, t, victim) || m.Locked() {
			t.Errorf("%v, %v", victim, &m)
		}
	})
}

func TestExploredSemaphore(t *testing.T) {
	everyOrder(t, func(ctx context.Context, t *asynciotest.T) {
		s := asyncio.NewBoundedSemaphore(2)
		inside := section{t, 2}
		use := func(ctx context.Context) error { return s.Do(ctx, inside.enter) }
		victim, cancel := cancellable(ctx, use)
		together(ctx, t, use, use, cancel)
		ended(ctx, t, victim)
		if text := s.String(); text != "BoundedSemaphore(2 of 2 free, 0 waiting)" {
			t.Errorf("in the end it is %s", text)
		}
	})
}

// exchange is a way to wait that a program may make of a queue: whoever gives finds one who takes,
// or leaves what it has on the table.
type exchange struct {
	queue asyncio.WaitQueue
	table int
}

func (e *exchange) give(context.Context) error {
	if e.queue.WakeOne() == nil {
		e.table++
	}
	return nil
}

func (e *exchange) take(ctx context.Context) error {
	if err := e.queue.Enter(ctx); err != nil {
		return err
	}
	if e.table > 0 {
		e.table--
		return nil
	}
	return e.queue.Wait(ctx, trace.WaitObject, nil)
}

// What a program makes of a WaitQueue loses nothing either, whoever is cancelled when.
func TestExploredWaitQueue(t *testing.T) {
	everyOrder(t, func(ctx context.Context, t *asynciotest.T) {
		var e exchange
		victim, cancel := cancellable(ctx, e.take)
		together(ctx, t, e.take, e.give, cancel, e.give)
		left := 0
		if ended(ctx, t, victim) {
			left = 1
		}
		if e.table != left {
			t.Errorf("%d are left, want %d", e.table, left)
		}
	})
}

func TestExploredEvent(t *testing.T) {
	everyOrder(t, func(ctx context.Context, t *asynciotest.T) {
		var e asyncio.Event
		set := func(context.Context) error { e.Set(); return nil }
		victim, cancel := cancellable(ctx, e.Wait)
		together(ctx, t, e.Wait, e.Wait, cancel, set)
		ended(ctx, t, victim)
	})
}

func TestExploredCondition(t *testing.T) {
	everyOrder(t, func(ctx context.Context, t *asynciotest.T) {
		var c asyncio.Condition
		items := 0
		take := func(ctx context.Context) error {
			return c.Do(ctx, func(ctx context.Context) error {
				if err := c.WaitFor(ctx, func() bool { return items > 0 }); err != nil {
					if !c.Locked() {
						t.Error("a cancelled Wait does not have the lock")
					}
					return err
				}
				items--
				return nil
			})
		}
		give := func(ctx context.Context) error {
			return c.Do(ctx, func(context.Context) error {
				items++
				c.Notify(1)
				return nil
			})
		}
		victim, cancel := cancellable(ctx, take)
		other, _ := cancellable(ctx, take)
		together(ctx, t, give, cancel)
		if !ended(ctx, t, victim) { // it has the item that there was
			together(ctx, t, give)
		}
		if ended(ctx, t, other); c.Locked() {
			t.Error("still locked")
		}
	})
}

func TestExploredQueue(t *testing.T) {
	everyOrder(t, func(ctx context.Context, t *asynciotest.T) {
		q := asyncio.NewQueue[int](1)
		var got []int
		get := func(ctx context.Context) error {
			item, err := q.Get(ctx)
			if err != nil {
				return err
			}
			q.TaskDone()
			got = append(got, item)
			return nil
		}
		put := func(ctx context.Context) error { return errors.Join(q.Put(ctx, 1), q.Put(ctx, 2)) }
		victim, cancel := cancellable(ctx, get)
		together(ctx, t, put, cancel, get)
		if ended(ctx, t, victim) {
			together(ctx, t, get)
		}
		together(ctx, t, q.Join)
		if len(got) != 2 || got[0]+got[1] != 3 || q.Len() != 0 {
			t.Errorf("got %v, and %v is left", got, q)
		}
	})
}

func TestExploredQueueBarging(t *testing.T) {
	everyOrder(t, func(ctx context.Context, t *asynciotest.T) {
		q := asyncio.NewQueue[int](0)
		var got []int
		get := func(ctx context.Context) error {
			item, err := q.Get(ctx)
			got = append(got, item)
			return err
		}
		put := func(ctx context.Context) error {
			return errors.Join(q.TryPut(1), yield(ctx), q.TryPut(2))
		}
		together(ctx, t, get, put, get)
		if slices.Sort(got); !slices.Equal(got, []int{1, 2}) || q.Len() != 0 {
			t.Errorf("got %v, and %v is left", got, q)
		}
	})
}

func TestExploredShutdown(t *testing.T) {
	everyOrder(t, func(ctx context.Context, t *asynciotest.T) {
		q := asyncio.NewQueue[int](1)
		put, got := 0, 0
		produce := func(ctx context.Context) error {
			for i := range 3 {
				switch err := q.Put(ctx, i); {
				case errors.Is(err, asyncio.ErrQueueShutDown):
					return nil
				case err != nil:
					return err
				}
				put++
			}
			return nil
		}
		consume := func(ctx context.Context) error {
			for _, err := range q.All(ctx) {
				if err != nil {
					return err
				}
				got++
				break
			}
			return nil
		}
		stop := func(ctx context.Context) error {
			err := yield(ctx)
			q.Shutdown(false)
			return err
		}
		together(ctx, t, produce, consume, stop)
		if put != got+q.Len() {
			t.Errorf("%d put, %d got, %v", put, got, q)
		}
	})
}

func TestExploredBarrier(t *testing.T) {
	everyOrder(t, func(ctx context.Context, t *asynciotest.T) {
		b := asyncio.NewBarrier(2)
		var places []int
		pass := func(ctx context.Context) error {
			place, err := b.Wait(ctx)
			switch {
			case err == nil:
				places = append(places, place)
			case errors.Is(err, asyncio.ErrBrokenBarrier):
				return nil
			}
			return err
		}
		victim, cancel := cancellable(ctx, pass)
		together(ctx, t, cancel, pass, func(ctx context.Context) error {
			// One may be missing, if the victim has passed.
			_, err := asyncio.WaitFor(ctx, time.Second, func(ctx context.Context) (struct{}, error) {
				return struct{}{}, pass(ctx)
			})
			if errors.Is(err, context.DeadlineExceeded) {
				b.Abort()
				return nil
			}
			return err
		}, func(ctx context.Context) error {
			err := asyncio.Sleep(ctx, 2*time.Second)
			b.Abort() // whoever is left
			return err
		})
		ended(ctx, t, victim)
		if slices.Sort(places); len(places)%2 != 0 {
			t.Errorf("passed as %v", places)
		}
	})
}

func TestExploredFuture(t *testing.T) {
	everyOrder(t, func(ctx context.Context, t *asynciotest.T) {
		f := asyncio.NewFuture[int](t.Loop())
		won, calls := 0, 0
		f.AddDoneCallback(func() { calls++ })
		set := func(n int) step {
			return func(context.Context) error {
				err := f.SetResult(n)
				if errors.Is(err, asyncio.ErrInvalidState) {
					return nil
				}
				won = n
				return err
			}
		}
		await := func(ctx context.Context) error {
			n, err := f.Await(ctx)
			if err == nil && n != won {
				err = fmt.Errorf("got %d, want %d", n, won)
			}
			return err
		}
		victim, cancel := cancellable(ctx, await)
		together(ctx, t, await, set(1), set(2), cancel)
		ended(ctx, t, victim)
		if err := asyncio.Sleep(ctx, 1); err != nil || calls != 1 {
			t.Errorf("the callback was called %d times (%v)", calls, err)
		}
	})
}

func TestExploredGroup(t *testing.T) {
	errFails := errors.New("fails")
	everyOrder(t, func(ctx context.Context, t *asynciotest.T) {
		clean := 0
		err := asyncio.WithTaskGroup(ctx, func(_ context.Context, g *asyncio.TaskGroup) error {
			sibling := func(ctx context.Context) error {
				defer func() { clean++ }()
				return asyncio.Sleep(ctx, time.Hour)
			}
			g.Go(sibling)
			g.Go(func(ctx context.Context) error { return errors.Join(yield(ctx), errFails) })
			g.Go(func(ctx context.Context) error { return errors.Join(yield(ctx), sibling(ctx)) })
			return nil
		})
		if !errors.Is(err, errFails) {
			t.Errorf("the group ends with %v", err)
		}
		if t.Elapsed() != 0 {
			t.Errorf("it took %v", t.Elapsed())
		}
	})
}

func TestExploredTimeout(t *testing.T) {
	everyOrder(t, func(ctx context.Context, t *asynciotest.T) {
		var m asyncio.Lock
		hold := func(ctx context.Context) error {
			return m.Do(ctx, func(ctx context.Context) error { return asyncio.Sleep(ctx, time.Second) })
		}
		// It times out when the lock becomes free, or a moment earlier or later.
		hurry := func(ctx context.Context) error {
			_, err := asyncio.WaitFor(ctx, time.Second, func(ctx context.Context) (struct{}, error) {
				return struct{}{}, m.Do(ctx, yield)
			})
			if err != nil && !errors.Is(err, context.DeadlineExceeded) {
				return err
			}
			// What has timed out does not disturb what comes later.
			begin := t.Elapsed()
			if err := asyncio.Sleep(ctx, 5*time.Second); err != nil {
				return err
			}
			if slept := t.Elapsed() - begin; slept != 5*time.Second {
				return fmt.Errorf("slept %v", slept)
			}
			_, err = asyncio.WaitFor(ctx, time.Hour, func(ctx context.Context) (struct{}, error) {
				return struct{}{}, yield(ctx)
			})
			return err
		}
		together(ctx, t, hold, hurry, hurry)
		if m.Locked() {
			t.Error("still locked")
		}
	})
}

func TestExploredSleepCancelled(t *testing.T) {
	everyOrder(t, func(ctx context.Context, t *asynciotest.T) {
		victim, cancel := cancellable(ctx, func(ctx context.Context) error {
			if err := asyncio.Sleep(ctx, time.Second); err != nil {
				// The clean-up is not cancelled, and takes as long as it takes.
				begin := t.Elapsed()
				if err := asyncio.Sleep(context.WithoutCancel(ctx), 3*time.Second); err != nil {
					return err
				}
				if took := t.Elapsed() - begin; took != 3*time.Second {
					return fmt.Errorf("the clean-up slept %v", took)
				}
			}
			return ctx.Err()
		})
		together(ctx, t, cancel, yield)
		ended(ctx, t, victim)
	})
}

// TestExploredThreeByFour is the size that exploration is meant for: three tasks of four steps,
// with a lock, a queue and a timeout.
func TestExploredThreeByFour(t *testing.T) {
	everyOrder(t, func(ctx context.Context, t *asynciotest.T) {
		var m asyncio.Lock
		q := asyncio.NewQueue[int](1)
		sum := 0
		add := func(n int) step {
			return func(ctx context.Context) error {
				return m.Do(ctx, func(ctx context.Context) error {
					old := sum
					err := yield(ctx)
					sum = old + n
					return err
				})
			}
		}
		produce := func(ctx context.Context) error {
			return errors.Join(add(1)(ctx), q.Put(ctx, 10), q.Put(ctx, 20))
		}
		consume := func(ctx context.Context) error {
			for range 2 {
				item, err := q.Get(ctx)
				if err != nil {
					return err
				}
				if err := add(item)(ctx); err != nil {
					return err
				}
			}
			return nil
		}
		impatient := func(ctx context.Context) error {
			_, err := asyncio.WaitFor(ctx, time.Millisecond, func(ctx context.Context) (struct{}, error) {
				return struct{}{}, errors.Join(add(100)(ctx), asyncio.Sleep(ctx, time.Hour))
			})
			if !errors.Is(err, context.DeadlineExceeded) {
				return fmt.Errorf("the timeout is %w", err)
			}
			return yield(ctx)
		}
		together(ctx, t, produce, consume, impatient)
		if sum != 131 || m.Locked() || q.Len() != 0 {
			t.Errorf("sum %d, %v, %v", sum, &m, q)
		}
	})
}
