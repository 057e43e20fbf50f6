// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
)

// elsewhere runs a loop on a goroutine of its own until stop is called, or the test is over.
func elsewhere(t *testing.T) (l *asyncio.Loop, stop func()) {
	t.Helper()
	r, err := asyncio.NewRunner(asyncio.RunnerConfig{IgnoreSignals: true})
	if err != nil {
		t.Fatal(err)
	}
	done, over := asyncio.NewConcurrentFuture[int](), make(chan error)
	go func() {
		err := r.Run(func(ctx context.Context) error {
			_, err := done.Await(ctx)
			return err
		})
		over <- errors.Join(err, r.Close())
	}()
	stop = sync.OnceFunc(func() {
		_ = done.SetResult(1)
		if err := <-over; err != nil {
			t.Errorf("the other loop: %v", err)
		}
	})
	t.Cleanup(stop)
	return r.Loop(), stop
}

func TestConcurrentFuture(t *testing.T) {
	f := asyncio.NewConcurrentFuture[string]()
	if _, err := f.Result(); !errors.Is(err, asyncio.ErrInvalidState) || f.String() != "ConcurrentFuture(pending)" {
		t.Errorf("before: %v, %v", err, f)
	}
	var told []string
	f.AddDoneCallback(func() { told = append(told, "first") })
	remove := f.AddDoneCallback(func() { told = append(told, "removed") })
	f.AddDoneCallback(func() { told = append(told, "third") })
	if !remove() || remove() {
		t.Error("a callback is removed once")
	}
	if err := f.SetResult("done"); err != nil {
		t.Error(err)
	}
	late := f.AddDoneCallback(func() { told = append(told, "late") })
	if late() {
		t.Error("a callback that has run was removed")
	}
	if want := []string{"first", "third", "late"}; !slices.Equal(told, want) {
		t.Errorf("called %q, want %q", told, want)
	}
	for range 2 {
		if got, err := f.Await(context.Background()); got != "done" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	}
	select {
	case <-f.Done():
	default:
		t.Error("Done is open")
	}
	if err := f.SetResult("again"); !errors.Is(err, asyncio.ErrInvalidState) {
		t.Errorf("a second result: %v", err)
	}
	if f.Cancel(nil) || f.String() != "ConcurrentFuture(finished)" {
		t.Errorf("cancelled when it was done: %v", f)
	}
}

func TestConcurrentFutureEnds(t *testing.T) {
	broken := errors.New("broken")
	f := asyncio.NewConcurrentFuture[int]()
	if err := f.SetError(nil); err == nil {
		t.Error("no error is no error")
	}
	_ = f.SetError(broken)
	if _, err := f.Result(); err != broken || f.String() != "ConcurrentFuture(error: broken)" {
		t.Errorf("got %v, %v", err, f)
	}
	f = asyncio.NewConcurrentFuture[int]()
	if !f.Cancel(nil) || f.Cancel(nil) {
		t.Error("it is cancelled once")
	}
	if _, err := f.Await(context.Background()); err != context.Canceled {
		t.Errorf("cancelled: %v", err)
	}
	if err := f.SetResult(1); !errors.Is(err, asyncio.ErrInvalidState) {
		t.Errorf("a result after the cancellation: %v", err)
	}
}

func TestConcurrentFutureAwaitedByGoroutine(t *testing.T) {
	f := asyncio.NewConcurrentFuture[int]()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := f.Await(ctx); err != context.Canceled {
		t.Errorf("under a cancelled context: %v", err)
	}
	ctx, cancel = context.WithCancel(context.Background())
	got := make(chan error)
	go func() {
		_, err := f.Await(ctx)
		got <- err
	}()
	cancel()
	if err := <-got; err != context.Canceled {
		t.Errorf("cancelled meanwhile: %v", err)
	}
	go func() {
		_, err := f.Await(context.Background())
		got <- err
	}()
	_ = f.SetResult(1)
	if err := <-got; err != nil {
		t.Error(err)
	}
}

func TestConcurrentFutureAwaitedByTask(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		f := asyncio.NewConcurrentFuture[int]()
		under, cancel := asyncio.WithTimeout(ctx, time.Second)
		if _, err := f.Await(under); err != context.DeadlineExceeded {
			t.Errorf("after a second: %v", err)
		}
		cancel()
		go func() { _ = f.SetResult(5) }()
		if got, err := f.Await(ctx); got != 5 || err != nil {
			t.Errorf("got %v, %v", got, err)
		}
		// A callback of the loop cannot wait; nor may a task that does not say who it is.
		if got, err := asyncio.NewConcurrentFuture[int]().Await(context.Background()); !errors.Is(err, asyncio.ErrNoTask) {
			t.Errorf("without a task's context: %v, %v", got, err)
		}
	})
}

// The ctx of a task on a goroutine that is not its loop's: the goroutine is blocked.
func TestConcurrentFutureAwaitedInThread(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		f := asyncio.NewConcurrentFuture[int]()
		job := asyncio.CreateTask(ctx, func(ctx context.Context) (int, error) {
			return asyncio.ToThread(ctx, f.Await)
		})
		_ = asyncio.Sleep(ctx, 0)
		_ = f.SetResult(3)
		if got, err := job.Await(ctx); got != 3 || err != nil {
			t.Errorf("got %v, %v", got, err)
		}
	})
}

// Two loops, each on a goroutine of its own, await each other's tasks.
func TestFuturesCrossLoops(t *testing.T) {
	other, _ := elsewhere(t)
	inVirtual(t, func(ctx context.Context) {
		home := asyncio.RunningLoop(ctx)
		f := asyncio.CreateTaskThreadsafe(ctx, other, func(ctx context.Context) (string, error) {
			back := asyncio.CreateTaskThreadsafe(ctx, home, func(context.Context) (string, error) { return "there", nil })
			got, err := back.Await(ctx)
			return got + " and back", err
		})
		if got, err := f.Await(ctx); got != "there and back" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	})
}

func TestManyLoops(t *testing.T) {
	var all sync.WaitGroup
	sums := make([]int, 8)
	for i := range sums {
		all.Go(func() {
			err := asyncio.Run(func(ctx context.Context) error {
				return asyncio.WithTaskGroup(ctx, func(_ context.Context, g *asyncio.TaskGroup) error {
					for n := range 100 {
						g.Go(func(ctx context.Context) error {
							if err := asyncio.Sleep(ctx, time.Duration(n)*time.Microsecond); err != nil {
								return err
							}
							sums[i] += n // of this loop alone: no lock
							return nil
						})
					}
					return nil
				})
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for i, sum := range sums {
		if sum != 4950 {
			t.Errorf("loop %d: %d", i, sum)
		}
	}
}

func TestWrapFuture(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		l := asyncio.RunningLoop(ctx)
		good, bad := asyncio.NewConcurrentFuture[int](), asyncio.NewConcurrentFuture[int]()
		here, there := asyncio.WrapFuture(l, good), asyncio.WrapFuture(l, bad)
		go func() {
			_ = good.SetResult(1)
			_ = bad.SetError(errors.New("broken"))
		}()
		if got, err := here.Await(ctx); got != 1 || err != nil {
			t.Errorf("got %v, %v", got, err)
		}
		if _, err := there.Await(ctx); err == nil || err.Error() != "broken" {
			t.Errorf("got %v", err)
		}
		if got, err := asyncio.WrapFuture(l, good).Await(ctx); got != 1 || err != nil {
			t.Errorf("of a finished one: %v, %v", got, err)
		}
	})
}

func TestWrapFutureCancelled(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		l := asyncio.RunningLoop(ctx)
		f := asyncio.NewConcurrentFuture[int]()
		asyncio.WrapFuture(l, f).Cancel()
		if _, err := f.Result(); err != context.Canceled {
			t.Errorf("the concurrent one: %v", err)
		}
		f = asyncio.NewConcurrentFuture[int]()
		here := asyncio.WrapFuture(l, f)
		f.Cancel(nil)
		if _, err := here.Await(ctx); err != context.Canceled || !here.Cancelled() {
			t.Errorf("the loop's: %v", err)
		}
	})
}
