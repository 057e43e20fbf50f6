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
	"testing/synctest"
	"time"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/selector"
	"github.com/gocurtain/asyncio/selector/selectortest"
)

// A burst of calls wakes a sleeping loop once, and one that is awake not at all.
func TestOutsideCallsAreCoalesced(t *testing.T) {
	v := newVirtual(t)
	l := v.loop
	const burst = 100
	calls, bursts := 0, 0
	send := func() {
		onGoroutine(func() {
			for range burst {
				if err := l.CallSoonThreadsafe(func() { calls++ }); err != nil {
					t.Error(err)
				}
			}
		})
	}
	v.onForever(func() { // the loop is asleep
		equal(t, "calls before the burst", calls, bursts*burst)
		equal(t, "wakes before the burst", v.fake.Waker().Wakes(), bursts)
		if bursts++; bursts > 3 {
			_ = l.CallSoonThreadsafe(l.Stop)
			return
		}
		send()
	})
	equal(t, "run", l.RunForever(), nil)
	equal(t, "calls", calls, 3*burst)
	equal(t, "wakes", v.fake.Waker().Wakes(), 4)
	equal(t, "drains", v.fake.Waker().Drains(), 4)

	before := v.fake.Waker().Wakes()
	send() // it does not run
	l.CallSoon(send)
	turn(t, l)
	turn(t, l)
	equal(t, "calls", calls, 5*burst)
	equal(t, "wakes of a loop that is awake", v.fake.Waker().Wakes()-before, 0)
}

// A call that comes while the loop decides to sleep is not missed.
func TestOutsideCallBeforeSleeping(t *testing.T) {
	v := newVirtual(t)
	l := v.loop
	l.CallSoon(func() {
		onGoroutine(func() { _ = l.CallSoonThreadsafe(l.Stop) })
	})
	equal(t, "run", l.RunForever(), nil)
	equal(t, "wakes", v.fake.Waker().Wakes(), 0)
}

// From the loop itself it is CallSoon, and no wake-up is needed.
func TestOutsideCallFromTheLoop(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		l := asyncio.RunningLoop(ctx)
		var log logger
		_ = l.CallSoonThreadsafe(func() {
			log.note("call")
			_ = l.CallSoonThreadsafe(log.noting("nested"))
		})
		log.note("task")
		yield(t, ctx)
		log.note("|")
		yield(t, ctx)
		yield(t, ctx)
		log.want(t, "task | call nested")
	})
}

func TestOutsideCallWhileNotRunning(t *testing.T) {
	v := newVirtual(t)
	var log logger
	onGoroutine(func() { _ = v.loop.CallSoonThreadsafe(log.noting("early")) })
	v.loop.CallSoon(log.noting("soon"))
	turn(t, v.loop)
	log.want(t, "soon early")
	onGoroutine(func() { _ = v.loop.CallSoonThreadsafe(log.noting("between")) })
	turn(t, v.loop)
	log.want(t, "soon early between")
	onGoroutine(func() { _ = v.loop.CallSoonThreadsafe(log.noting("never")) })
	v.close(t)
	onGoroutine(func() {
		if err := v.loop.CallSoonThreadsafe(log.noting("never")); !errors.Is(err, asyncio.ErrLoopClosed) {
			t.Errorf("after Close: %v", err)
		}
	})
	log.want(t, "soon early between")
}

// Many goroutines at once: each call runs once, those of one goroutine in order.
func TestOutsideCallsFromManyGoroutines(t *testing.T) {
	for _, name := range selector.Names() {
		t.Run(name, func(t *testing.T) {
			eachWaker(t, name, func(r *asyncio.Runner) {
				const goroutines, calls = 8, 500
				var wg sync.WaitGroup
				var next [goroutines]int
				left := goroutines * calls
				err := r.Run(func(ctx context.Context) error {
					l := asyncio.RunningLoop(ctx)
					f := asyncio.NewFuture[int](l)
					for g := range goroutines {
						wg.Go(func() {
							for i := range calls {
								err := l.CallSoonThreadsafe(func() {
									equal(t, "order", next[g], i)
									next[g]++
									if left--; left == 0 {
										_ = f.SetResult(1)
									}
								})
								if err != nil {
									t.Error(err)
								}
							}
						})
					}
					_, err := f.Await(ctx)
					return err
				})
				equal(t, "error", err, nil)
				wg.Wait()
			})
		})
	}
}

// eachWaker runs test with a selector and each kind of waker.
func eachWaker(t *testing.T, name string, test func(r *asyncio.Runner)) {
	for _, wakerName := range selector.WakerNames() {
		s, err := selector.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		w, err := selector.OpenWaker(wakerName)
		if err != nil {
			t.Fatal(err)
		}
		r, err := asyncio.NewRunner(asyncio.RunnerConfig{
			IgnoreSignals: true,
			Loop:          asyncio.LoopConfig{Name: wakerName, Selector: s, Waker: w},
		})
		if err != nil {
			t.Fatal(err)
		}
		test(r)
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

// Ping-pong between a goroutine and a loop that sleeps after each call: a wake-up that is lost
// hangs the test.
func TestNoWakeUpIsLost(t *testing.T) {
	for _, name := range selector.Names() {
		t.Run(name, func(t *testing.T) {
			eachWaker(t, name, func(r *asyncio.Runner) {
				l := r.Loop()
				pong := make(chan int)
				go func() {
					defer func() { _ = l.CallSoonThreadsafe(l.Stop) }()
					for i := range 2000 {
						_ = l.CallSoonThreadsafe(func() { go func() { pong <- i }() })
						if got := <-pong; got != i {
							t.Errorf("got %d, want %d", got, i)
						}
					}
				}()
				equal(t, "run", l.RunForever(), nil)
			})
		})
	}
}

// Futures resolved by other goroutines, a task for each.
func TestResolvedFromOutside(t *testing.T) {
	err := asyncio.Run(func(ctx context.Context) error {
		l := asyncio.RunningLoop(ctx)
		var tasks []*asyncio.Task[int]
		for i := range 200 {
			tasks = append(tasks, asyncio.CreateTask(ctx, func(ctx context.Context) (int, error) {
				f := asyncio.NewFuture[int](l)
				go func() { _ = l.CallSoonThreadsafe(func() { _ = f.SetResult(i) }) }()
				return f.Await(ctx)
			}))
		}
		values, err := asyncio.Gather(ctx, tasks...)
		for i, v := range values {
			equal(t, "value", v, i)
		}
		return err
	})
	equal(t, "error", err, nil)
}

// Closing a loop while others call it: each call is accepted or refused, none races.
func TestOutsideCallsDuringClose(t *testing.T) {
	for range 20 {
		l, err := asyncio.NewLoop(asyncio.LoopConfig{})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		var refused atomic.Int64
		for range 4 {
			wg.Go(func() {
				for {
					if err := l.CallSoonThreadsafe(func() {}); err != nil {
						if !errors.Is(err, asyncio.ErrLoopClosed) {
							t.Error(err)
						}
						refused.Add(1)
						return
					}
				}
			})
		}
		turn(t, l)
		equal(t, "Close", l.Close(), nil)
		wg.Wait()
		equal(t, "refused", refused.Load(), 4)
	}
}

// A loop with the ordinary clock lives in a bubble of testing/synctest, where the fake selector
// waits on the bubble's time.
func TestLoopInBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fake := selectortest.NewFake()
		r, err := asyncio.NewRunner(asyncio.RunnerConfig{
			IgnoreSignals: true,
			Loop:          asyncio.LoopConfig{Selector: fake, Waker: fake.Waker()},
		})
		if err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		err = r.Run(func(ctx context.Context) error {
			l := asyncio.RunningLoop(ctx)
			f := asyncio.NewFuture[string](l)
			go func() { // time.Sleep and asyncio.Sleep have the same clock
				time.Sleep(time.Hour)
				_ = l.CallSoonThreadsafe(func() { _ = f.SetResult("an hour") })
			}()
			task := spawn(ctx, func(ctx context.Context) error {
				ctx, cancel := asyncio.WithTimeout(ctx, 30*time.Minute)
				defer cancel()
				return forever(ctx)
			})
			_, err := task.Await(ctx)
			equal(t, "timeout", err, context.DeadlineExceeded)
			equal(t, "after", time.Since(begun), 30*time.Minute)
			text, err := f.Await(ctx)
			equal(t, "future", text, "an hour")
			return fmt.Errorf("over after %v: %w", time.Since(begun), err)
		})
		equal(t, "error", fmt.Sprint(err), "over after 1h0m0s: %!w(<nil>)")
		equal(t, "Close", r.Close(), nil)
	})
}

// A goroutine that is told of a cancellation finds its error and cause.
func TestCancellationSeenFromOutside(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		for range 200 {
			inner, cancel := asyncio.WithTimeout(ctx, time.Hour)
			begun, over := make(chan struct{}), make(chan error)
			go func() {
				done := inner.Done()
				close(begun)
				for { // the eager way to wait
					select {
					case <-done:
						over <- errors.Join(inner.Err(), context.Cause(inner))
						return
					default:
						runtime.Gosched()
					}
				}
			}()
			<-begun
			cancel()
			if err := <-over; !errors.Is(err, context.Canceled) {
				t.Fatalf("the error is %v", err)
			}
		}
	})
}
