// SPDX-License-Identifier: Apache-2.0

package parity

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gocurtain/asyncio"
)

// locked says a name under a lock.
func locked(m *asyncio.Lock, say sayer, args ...any) step {
	return func(ctx context.Context) error {
		return m.Do(ctx, func(context.Context) error {
			say(args...)
			return nil
		})
	}
}

// refused wants fn to panic with an error.
func refused(fn func(), target error, say sayer) (err error) {
	defer func() {
		v, _ := recover().(error)
		err = wanted(v, target, say, "refused")
	}()
	fn()
	return nil
}

// emptied says the items of a queue as they come out.
func emptied(ctx context.Context, say sayer, n int, get func(ctx context.Context) (int, error)) error {
	for range n {
		item, err := get(ctx)
		if err != nil {
			return err
		}
		say(item)
	}
	return nil
}

var coordinationScenarios = map[string]scenario{
	"lock_is_fair": {run: func(ctx context.Context, say sayer) error {
		var m asyncio.Lock
		use := func(name string) step {
			return func(ctx context.Context) error {
				return m.Do(ctx, func(ctx context.Context) error {
					say(name, "has it")
					err := yield(ctx)
					say(name, "gives it back")
					return err
				})
			}
		}
		return all(ctx, use("a"), use("b"), use("c"))
	}},
	"lock_is_not_barged": {run: func(ctx context.Context, say sayer) error {
		var m asyncio.Lock
		return all(ctx, func(ctx context.Context) error {
			for i := range 2 {
				err := m.Do(ctx, func(ctx context.Context) error {
					say("greedy", i)
					return yield(ctx)
				})
				if err != nil {
					return err
				}
			}
			return nil
		}, locked(&m, say, "modest"))
	}},
	"free_lock_does_not_yield": {run: func(ctx context.Context, say sayer) error {
		var m asyncio.Lock
		task := start(ctx, func(context.Context) error { say("other"); return nil })
		for range 3 {
			if err := locked(&m, say, "locked")(ctx); err != nil {
				return err
			}
		}
		return awaitAll(ctx, task)
	}},
	"lock_with_a_cancelled_waiter": {run: func(ctx context.Context, say sayer) error {
		var m asyncio.Lock
		err := m.Acquire(ctx)
		a, b := start(ctx, locked(&m, say, "a")), start(ctx, locked(&m, say, "b"))
		err = errors.Join(err, yield(ctx))
		a.Cancel(nil)
		m.Release()
		err = errors.Join(err, awaitAll(ctx, b))
		say("locked", yesNo(m.Locked()))
		return err
	}},
	"lock_released_too_often": {run: func(_ context.Context, say sayer) error {
		var m asyncio.Lock
		return refused(m.Release, asyncio.ErrNotAcquired, say)
	}},
	"event_wakes_all": {run: func(ctx context.Context, say sayer) error {
		var e asyncio.Event
		wait := func(name string) step {
			return func(ctx context.Context) error {
				err := e.Wait(ctx)
				say(name)
				return err
			}
		}
		return all(ctx, wait("a"), wait("b"), func(context.Context) error {
			say("set")
			e.Set()
			say("has been set")
			return nil
		})
	}},
	"event_that_is_set_does_not_yield": {run: func(ctx context.Context, say sayer) error {
		var e asyncio.Event
		task := start(ctx, func(context.Context) error { say("other"); return nil })
		e.Set()
		err := e.Wait(ctx)
		say("main first")
		return errors.Join(err, awaitAll(ctx, task))
	}},
	"event_set_and_cleared_at_once": {run: func(ctx context.Context, say sayer) error {
		var e asyncio.Event
		var tasks []*asyncio.Task[struct{}]
		for _, name := range []string{"a", "b"} {
			tasks = append(tasks, start(ctx, func(ctx context.Context) error {
				err := e.Wait(ctx)
				say(name)
				return err
			}))
		}
		err := yield(ctx)
		e.Set()
		e.Clear()
		return errors.Join(err, awaitAll(ctx, tasks...))
	}},
	"condition_notifies_in_order": {run: func(ctx context.Context, say sayer) error {
		var c asyncio.Condition
		wait := func(name string) step {
			return func(ctx context.Context) error {
				return c.Do(ctx, func(ctx context.Context) error {
					err := c.Wait(ctx)
					say(name)
					return err
				})
			}
		}
		return all(ctx, wait("a"), wait("b"), wait("c"), func(ctx context.Context) error {
			for _, n := range []int{1, 2} {
				err := c.Do(ctx, func(context.Context) error {
					c.Notify(n)
					say("notified", n)
					return nil
				})
				if err := errors.Join(err, asyncio.Sleep(ctx, time.Second)); err != nil {
					return err
				}
			}
			return nil
		})
	}},
	"condition_with_a_predicate": {run: func(ctx context.Context, say sayer) error {
		var c asyncio.Condition
		var stock []any
		return all(ctx, func(ctx context.Context) error {
			return c.Do(ctx, func(ctx context.Context) error {
				err := c.WaitFor(ctx, func() bool { return len(stock) >= 2 })
				say(append([]any{"got"}, stock...)...)
				return err
			})
		}, func(ctx context.Context) error {
			for _, item := range []int{1, 2} {
				err := c.Do(ctx, func(context.Context) error {
					stock = append(stock, item)
					say("put", item)
					c.NotifyAll()
					return nil
				})
				if err := errors.Join(err, yield(ctx)); err != nil {
					return err
				}
			}
			return nil
		})
	}},
	"condition_without_its_lock": {run: func(_ context.Context, say sayer) error {
		var c asyncio.Condition
		return refused(func() { c.Notify(1) }, asyncio.ErrNotAcquired, say)
	}},
	"semaphore_lets_two_in": {run: func(ctx context.Context, say sayer) error {
		s := asyncio.NewSemaphore(2)
		var uses []step
		for _, name := range []string{"a", "b", "c", "d"} {
			uses = append(uses, func(ctx context.Context) error {
				return s.Do(ctx, func(ctx context.Context) error {
					say(name, "in")
					err := asyncio.Sleep(ctx, time.Second)
					say(name, "out")
					return err
				})
			})
		}
		return all(ctx, uses...)
	}},
	"bounded_semaphore_released_too_often": {run: func(ctx context.Context, say sayer) error {
		s := asyncio.NewBoundedSemaphore(1)
		err := s.Acquire(ctx)
		s.Release()
		return errors.Join(err, refused(s.Release, asyncio.ErrNotAcquired, say))
	}},
	"barrier_of_two": {run: func(ctx context.Context, say sayer) error {
		b := asyncio.NewBarrier(2)
		var parties []step
		for i, name := range []string{"a", "b", "c", "d"} {
			parties = append(parties, func(ctx context.Context) error {
				if err := asyncio.Sleep(ctx, time.Duration(i+1)*time.Second); err != nil {
					return err
				}
				say(name, "comes")
				_, err := b.Wait(ctx)
				say(name, "goes on")
				return err
			})
		}
		return all(ctx, parties...)
	}},
	"barrier_aborted": {run: func(ctx context.Context, say sayer) error {
		b := asyncio.NewBarrier(2)
		party := func(ctx context.Context) error {
			_, err := b.Wait(ctx)
			return wanted(err, asyncio.ErrBrokenBarrier, say, "broken")
		}
		task := start(ctx, party)
		err := yield(ctx)
		b.Abort()
		return errors.Join(err, awaitAll(ctx, task), party(ctx))
	}},
	"queue_in_order": {run: func(ctx context.Context, say sayer) error {
		q := asyncio.NewQueue[string](0)
		for _, item := range []string{"a", "b", "c"} {
			if err := q.TryPut(item); err != nil {
				return err
			}
		}
		for q.Len() > 0 {
			item, err := q.Get(ctx)
			if err != nil {
				return err
			}
			say(item)
		}
		return nil
	}},
	"queue_of_one": {run: func(ctx context.Context, say sayer) error {
		q := asyncio.NewQueue[int](1)
		return all(ctx, func(ctx context.Context) error {
			for i := range 3 {
				if err := q.Put(ctx, i); err != nil {
					return err
				}
				say("put", i)
			}
			return nil
		}, func(ctx context.Context) error {
			for range 3 {
				item, err := q.Get(ctx)
				if err != nil {
					return err
				}
				say("got", item)
			}
			return nil
		})
	}},
	"queue_without_waiting": {run: func(_ context.Context, say sayer) error {
		q := asyncio.NewQueue[int](1)
		_, err := q.TryGet()
		return errors.Join(wanted(err, asyncio.ErrQueueEmpty, say, "empty"),
			q.TryPut(1), wanted(q.TryPut(2), asyncio.ErrQueueFull, say, "full"))
	}},
	"queue_join": {run: func(ctx context.Context, say sayer) error {
		q := asyncio.NewQueue[int](0)
		err := errors.Join(q.TryPut(1), q.TryPut(2))
		task := start(ctx, func(ctx context.Context) error {
			for range 2 {
				item, err := q.Get(ctx)
				if err := errors.Join(err, asyncio.Sleep(ctx, time.Second)); err != nil {
					return err
				}
				say("did", item)
				q.TaskDone()
			}
			return nil
		})
		err = errors.Join(err, q.Join(ctx))
		say("all done")
		return errors.Join(err, awaitAll(ctx, task))
	}},
	"queue_task_done_too_often": {run: func(_ context.Context, say sayer) error {
		q := asyncio.NewQueue[int](0)
		return refused(q.TaskDone, asyncio.ErrInvalidState, say)
	}},
	"queue_with_a_cancelled_getter": {run: func(ctx context.Context, say sayer) error {
		q := asyncio.NewQueue[int](0)
		get := func(name string) step {
			return func(ctx context.Context) error {
				item, err := q.Get(ctx)
				if err == nil {
					say(name, "gets", item)
				}
				return err
			}
		}
		a, b := start(ctx, get("a")), start(ctx, get("b"))
		err := yield(ctx)
		a.Cancel(nil)
		return errors.Join(err, q.TryPut(1), awaitAll(ctx, b))
	}},
	"priority_queue": {run: func(ctx context.Context, say sayer) error {
		q := asyncio.NewPriorityQueue[int](0)
		err := errors.Join(q.TryPut(3), q.TryPut(1), q.TryPut(2))
		return errors.Join(err, emptied(ctx, say, 3, q.Get))
	}},
	"lifo_queue": {run: func(ctx context.Context, say sayer) error {
		q := asyncio.NewLIFOQueue[int](0)
		err := errors.Join(q.TryPut(1), q.TryPut(2), q.TryPut(3))
		return errors.Join(err, emptied(ctx, say, 3, q.Get))
	}},
	"queue_shut_down": {run: func(ctx context.Context, say sayer) error {
		q := asyncio.NewQueue[int](0)
		err := errors.Join(q.TryPut(1), q.TryPut(2))
		q.Shutdown(false)
		err = errors.Join(err, wanted(q.TryPut(3), asyncio.ErrQueueShutDown, say, "refused"))
		for item, getErr := range q.All(ctx) {
			err = errors.Join(err, getErr)
			say("got", item)
		}
		say("shut down")
		return err
	}},
	"queue_shut_down_at_once": {run: func(ctx context.Context, say sayer) error {
		q := asyncio.NewQueue[int](0)
		if err := q.TryPut(1); err != nil {
			return err
		}
		q.Shutdown(true)
		_, err := q.Get(ctx)
		if !errors.Is(err, asyncio.ErrQueueShutDown) {
			return fmt.Errorf("the error is %w", err)
		}
		say("shut down, left", q.Len())
		err = q.Join(ctx)
		say("joined")
		return err
	}},
}
