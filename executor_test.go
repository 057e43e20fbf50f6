// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gocurtain/asyncio"
)

// Jobs run in order of arrival, no more at once than there are workers; queued ones can be
// cancelled and then never run.
func TestExecutorIsBounded(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		e := asyncio.NewExecutor(asyncio.ExecutorConfig{Name: "database", Workers: 2})
		var atOnce, most atomic.Int64
		release := make(chan int)
		var ran []int // guarded by release: the jobs are let go one by one
		job := func(n int) func(ctx context.Context) error {
			return func(ctx context.Context) error {
				_, err := asyncio.RunInExecutor(ctx, e, func(context.Context) (int, error) {
					if now := atOnce.Add(1); now > most.Load() {
						most.Store(now)
					}
					<-release
					atOnce.Add(-1)
					return n, nil
				})
				if err == nil {
					ran = append(ran, n)
				}
				return err
			}
		}
		tasks := make([]*asyncio.Task[struct{}], 6)
		for i := range tasks {
			tasks[i] = spawn(ctx, job(i))
		}
		_ = asyncio.Sleep(ctx, 0)
		if s := e.Stats(); s.Running != 2 || s.Queued != 4 || s.Workers != 2 {
			t.Errorf("at first: %+v", s)
		}
		if got := e.String(); got != "Executor(database, 2 of 2 running, 4 queued)" {
			t.Error(got)
		}
		tasks[3].Cancel(nil)
		if _, err := tasks[3].Await(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("the cancelled one: %v", err)
		}
		for range 5 {
			release <- 1
		}
		for i, task := range tasks {
			if _, err := task.Await(ctx); i != 3 && err != nil {
				t.Errorf("job %d: %v", i, err)
			}
		}
		slices.Sort(ran)
		if want := []int{0, 1, 2, 4, 5}; !slices.Equal(ran, want) || most.Load() > 2 {
			t.Errorf("ran %v, up to %d at once", ran, most.Load())
		}
		if s := e.Stats(); s.Running != 0 || s.Queued != 0 || s.Done != 5 {
			t.Errorf("at last: %+v", s)
		}
	})
}

func TestExecutorRunsInOrder(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		e := asyncio.NewExecutor(asyncio.ExecutorConfig{Workers: 1})
		var ran []int // of the one worker
		err := asyncio.WithTaskGroup(ctx, func(_ context.Context, g *asyncio.TaskGroup) error {
			for i := range 100 {
				g.Go(func(ctx context.Context) error {
					_, err := asyncio.RunInExecutor(ctx, e, func(context.Context) (int, error) {
						ran = append(ran, i)
						return 0, nil
					})
					return err
				})
			}
			return nil
		})
		if err != nil || len(ran) != 100 || !slices.IsSorted(ran) {
			t.Errorf("ran %v, %v", ran, err)
		}
	})
}

// A million jobs that are queued and cancelled leave nothing behind.
func TestManyCancelledJobs(t *testing.T) {
	n := 20_000
	if testing.Short() {
		n = 5_000
	}
	inVirtual(t, func(ctx context.Context) {
		e := asyncio.NewExecutor(asyncio.ExecutorConfig{Workers: 1})
		release := make(chan int)
		first := spawn(ctx, func(ctx context.Context) error {
			_, err := asyncio.RunInExecutor(ctx, e, func(context.Context) (int, error) { return <-release, nil })
			return err
		})
		_ = asyncio.Sleep(ctx, 0)
		err := asyncio.WithTaskGroup(ctx, func(ctx context.Context, g *asyncio.TaskGroup) error {
			for range n {
				g.Go(func(ctx context.Context) error {
					_, err := asyncio.RunInExecutor(ctx, e, func(context.Context) (int, error) { return 0, nil })
					return err
				})
			}
			_ = asyncio.Sleep(ctx, 0)
			if s := e.Stats(); s.Queued != n {
				t.Errorf("%d queued, want %d", s.Queued, n)
			}
			g.Cancel()
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		if s := e.Stats(); s.Queued != 0 {
			t.Errorf("%d are still queued", s.Queued)
		}
		if jobs := asyncio.RunningLoop(ctx).Stats().Jobs; jobs != 1 {
			t.Errorf("the loop counts %d jobs, want 1", jobs)
		}
		close(release)
		if _, err := first.Await(ctx); err != nil {
			t.Error(err)
		}
	})
}

func TestExecutorShutdown(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		e := asyncio.NewExecutor(asyncio.ExecutorConfig{Workers: 1})
		release := make(chan int)
		jobs := make([]*asyncio.Task[int], 2)
		for i := range jobs {
			jobs[i] = asyncio.CreateTask(ctx, func(ctx context.Context) (int, error) {
				return asyncio.RunInExecutor(ctx, e, func(context.Context) (int, error) { return <-release, nil })
			})
		}
		_ = asyncio.Sleep(ctx, 0)
		impatient, cancel := asyncio.WithTimeout(ctx, 0)
		if err := e.Shutdown(impatient); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("an impatient shutdown: %v", err)
		}
		cancel()
		_, err := asyncio.RunInExecutor(ctx, e, func(context.Context) (int, error) { return 0, nil })
		if !errors.Is(err, asyncio.ErrExecutorShutDown) {
			t.Errorf("a job after the shutdown: %v", err)
		}
		down := spawn(ctx, e.Shutdown)
		_ = asyncio.Sleep(ctx, 0)
		if down.Done() {
			t.Error("Shutdown did not wait")
		}
		close(release)
		if _, err := down.Await(ctx); err != nil {
			t.Error(err)
		}
		for _, job := range jobs {
			if _, err := job.Await(ctx); err != nil {
				t.Errorf("a job that was queued before the shutdown: %v", err)
			}
		}
		if err := e.Shutdown(ctx); err != nil {
			t.Errorf("the second time: %v", err)
		}
	})
}

func TestExecutorConfig(t *testing.T) {
	defer func() {
		err, _ := recover().(error)
		if err == nil || !strings.Contains(err.Error(), "-1 workers") {
			t.Errorf("recovered %v", err)
		}
	}()
	if s := asyncio.NewExecutor(asyncio.ExecutorConfig{}).Stats(); s.Workers < 5 || s.Workers > 32 {
		t.Errorf("%d workers", s.Workers)
	}
	asyncio.NewExecutor(asyncio.ExecutorConfig{Workers: -1})
}
