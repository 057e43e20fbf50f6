// SPDX-License-Identifier: Apache-2.0

package asynciotest_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/asynciotest"
)

// onThread calls fn on a thread, in a task of its own.
func onThread(ctx context.Context, fn func(ctx context.Context) (int, error)) *asyncio.Task[int] {
	return asyncio.CreateTask(ctx, func(ctx context.Context) (int, error) { return asyncio.ToThread(ctx, fn) })
}

// A blocking function that waits for its own loop does not keep time from going on, and nothing of
// it is lost to the jumps of the clock.
func TestJobWaitsForItsLoop(t *testing.T) {
	const n = 3
	asynciotest.Run(t, func(ctx context.Context, at *asynciotest.T) {
		l := asyncio.RunningLoop(ctx)
		var jobs []*asyncio.Task[int]
		for i := range n {
			jobs = append(jobs, onThread(ctx, func(context.Context) (int, error) {
				sum := 0
				for j := range n { // it waits and runs by turns
					f := asyncio.CreateTaskThreadsafe(context.Background(), l, func(ctx context.Context) (int, error) {
						return j, asyncio.Sleep(ctx, time.Duration(i+1)*time.Hour)
					})
					got, err := f.Await(context.Background())
					if err != nil {
						return 0, err
					}
					sum += got
				}
				return sum, nil
			}))
		}
		for i, job := range jobs {
			if got, err := job.Await(ctx); got != 3 || err != nil {
				at.Errorf("job %d: %d, %v", i, got, err)
			}
			if got, want := at.Elapsed(), time.Duration(n*(i+1))*time.Hour; got != want {
				at.Errorf("job %d ended after %v, want %v", i, got, want)
			}
		}
		if s := l.Stats(); s.Jobs != 0 || s.JobsHeldUp != 0 {
			at.Errorf("left: %d jobs, %d held up", s.Jobs, s.JobsHeldUp)
		}
	})
}

// What such a function waits for may be anybody's, be there already, fail or be given up.
func TestJobWaitsForAnything(t *testing.T) {
	fail := errors.New("failed")
	for name, c := range map[string]struct {
		give func(f *asyncio.ConcurrentFuture[int])
		err  error
		took time.Duration
	}{
		"a result":          {func(f *asyncio.ConcurrentFuture[int]) { _ = f.SetResult(1) }, nil, time.Hour},
		"an error":          {func(f *asyncio.ConcurrentFuture[int]) { _ = f.SetError(fail) }, fail, time.Hour},
		"a cancelled one":   {func(f *asyncio.ConcurrentFuture[int]) { f.Cancel(nil) }, context.Canceled, time.Hour},
		"too long for that": {func(*asyncio.ConcurrentFuture[int]) {}, context.DeadlineExceeded, 2 * time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			for range 20 {
				asynciotest.Run(t, func(ctx context.Context, at *asynciotest.T) {
					var f asyncio.ConcurrentFuture[int]
					limited, cancel := asyncio.WithTimeout(ctx, 2*time.Hour)
					defer cancel()
					std, stop := context.WithCancel(limited)
					defer stop()
					// The task is not cancelled with the job, and sees when it ends.
					job := onThread(ctx, func(context.Context) (int, error) { return f.Await(std) })
					if err := asyncio.Sleep(ctx, time.Hour); err != nil {
						at.Error(err)
					}
					c.give(&f)
					if _, err := job.Await(ctx); !errors.Is(err, c.err) {
						at.Errorf("the job's end: %v, want %v", err, c.err)
					}
					if at.Elapsed() != c.took {
						at.Errorf("it took %v, want %v", at.Elapsed(), c.took)
					}
				})
			}
		})
	}
}

// Functions that wait for nothing any more are like the others: time stands still.
func TestJobsGoOn(t *testing.T) {
	for name, end := range map[string]func(f *asyncio.ConcurrentFuture[int], cancel func()){
		"a result":       func(f *asyncio.ConcurrentFuture[int], _ func()) { _ = f.SetResult(1) },
		"a cancellation": func(_ *asyncio.ConcurrentFuture[int], cancel func()) { cancel() },
	} {
		t.Run(name, func(t *testing.T) {
			asynciotest.Run(t, func(ctx context.Context, at *asynciotest.T) {
				const n = 200 // so many that some have ended while others have not gone on
				var f asyncio.ConcurrentFuture[int]
				std, cancel := context.WithCancel(ctx)
				defer cancel()
				at.Loop().SetDefaultExecutor(asyncio.NewExecutor(asyncio.ExecutorConfig{Workers: n}))
				var jobs []*asyncio.Task[int]
				for range n {
					jobs = append(jobs, onThread(ctx, func(context.Context) (int, error) {
						_, _ = f.Await(std)
						return 1, nil
					}))
				}
				if err := asyncio.Sleep(ctx, time.Hour); err != nil {
					at.Error(err)
				}
				timer := at.Loop().CallLater(time.Nanosecond, func() { at.Error("the clock went on") })
				end(&f, cancel)
				if _, err := asyncio.Gather(ctx, jobs...); err != nil || at.Elapsed() != time.Hour {
					at.Errorf("%v after %v, want nil after an hour", err, at.Elapsed())
				}
				timer.Cancel()
			})
		})
	}
}
