// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"runtime"
	"testing"

	"github.com/gocurtain/asyncio"
)

func TestDefaultExecutor(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		l := asyncio.RunningLoop(ctx)
		e := asyncio.NewExecutor(asyncio.ExecutorConfig{Name: "mine"})
		l.SetDefaultExecutor(e)
		nothing := func(context.Context) (int, error) { return 0, nil }
		if _, err := asyncio.ToThread(ctx, nothing); err != nil || e.Stats().Done != 1 {
			t.Errorf("%v, %+v", err, e.Stats())
		}
		if err := l.ShutdownDefaultExecutor(ctx); err != nil {
			t.Error(err)
		}
		if _, err := asyncio.ToThread(ctx, nothing); !errors.Is(err, asyncio.ErrExecutorShutDown) {
			t.Errorf("after its shutdown: %v", err)
		}
		l.SetDefaultExecutor(nil)
		if _, err := asyncio.ToThread(ctx, nothing); err != nil {
			t.Errorf("with a new one: %v", err)
		}
	})
}

// A function that does not heed its context holds the end of the run up, but not for ever.
func TestRunnerWaitsForJobs(t *testing.T) {
	v := newVirtual(t)
	release, returned := make(chan int), false
	err := v.run(func(ctx context.Context) error {
		spawn(ctx, func(ctx context.Context) error {
			_, err := asyncio.ToThread(ctx, func(ctx context.Context) (int, error) {
				<-ctx.Done()
				<-release
				returned = true
				return 0, nil
			})
			return err
		})
		return asyncio.Sleep(ctx, 0)
	})
	if err != nil {
		t.Fatal(err)
	}
	go close(release)
	v.close(t)
	if !returned {
		t.Error("the loop was closed before the function had returned")
	}
}

// Loops that share a default executor end one by one: each waits for its own jobs, and leaves it
// open for the others.
func TestSharedDefaultExecutor(t *testing.T) {
	var e asyncio.Executor // as good as one from NewExecutor
	hold, held := make(chan int), make(chan error)
	share := func(ctx context.Context) { asyncio.RunningLoop(ctx).SetDefaultExecutor(&e) }
	go func() {
		held <- asyncio.Run(func(ctx context.Context) error {
			share(ctx)
			return second(asyncio.ToThread(ctx, func(context.Context) (int, error) { return <-hold, nil }))
		})
	}()
	for e.Stats().Running == 0 {
		runtime.Gosched()
	}
	for _, leave := range []string{"nothing", "a job in it", "a job in it, by name"} {
		returned := false
		v := newVirtual(t)
		err := v.run(func(ctx context.Context) error {
			share(ctx)
			share(ctx)
			named := &e
			switch leave {
			case "nothing":
				return second(asyncio.ToThread(ctx, func(context.Context) (int, error) { returned = true; return 1, nil }))
			case "a job in it":
				named = nil
			}
			spawn(ctx, func(ctx context.Context) error {
				return second(asyncio.RunInExecutor(ctx, named, func(ctx context.Context) (int, error) {
					<-ctx.Done()
					returned = true
					return 0, ctx.Err()
				}))
			})
			share(ctx)
			return asyncio.Sleep(ctx, 0)
		})
		equal(t, leave+": error", err, nil)
		v.close(t) // does not wait for the first loop's
		equal(t, leave+": its job has ended", returned, true)
		equal(t, leave+": jobs that run", e.Stats().Running, 1)
	}
	close(hold)
	equal(t, "the first loop", <-held, nil)
	equal(t, "Shutdown", e.Shutdown(context.Background()), nil)
}

// While the loop ends it sends its executor no more jobs.
func TestNoJobsAtTheEnd(t *testing.T) {
	v := newVirtual(t)
	var late error
	err := v.run(func(ctx context.Context) error {
		nothing := func(context.Context) (int, error) { return 0, nil }
		another := func(ctx context.Context) (int, error) { return asyncio.ToThread(ctx, nothing) }
		spawn(ctx, func(ctx context.Context) error {
			return second(asyncio.ToThread(ctx, func(ctx context.Context) (int, error) {
				<-ctx.Done()
				for late == nil || errors.Is(late, context.Canceled) { // as long as tasks are
					late = second(asyncio.CreateTaskThreadsafe(context.Background(), v.loop, another).Await(context.Background()))
				}
				return 0, ctx.Err()
			}))
		})
		return asyncio.Sleep(ctx, 0)
	})
	equal(t, "error", err, nil)
	v.close(t)
	if !errors.Is(late, asyncio.ErrExecutorShutDown) {
		t.Errorf("a job at the end: %v", late)
	}
}
