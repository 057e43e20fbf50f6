// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/gocurtain/asyncio"
)

func TestToThread(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		ctx = context.WithValue(ctx, key{}, "value")
		got, err := asyncio.ToThread(ctx, func(ctx context.Context) (any, error) { return ctx.Value(key{}), nil })
		if got != "value" || err != nil {
			t.Errorf("got %v, %v; the function's context is the caller's", got, err)
		}
		wanted := errors.New("no such host")
		if _, err = asyncio.ToThread(ctx, func(context.Context) (int, error) { return 0, wanted }); err != wanted {
			t.Errorf("got %v, want the function's error", err)
		}
	})
}

func TestToThreadDoesNotBlockTheLoop(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		release := make(chan string)
		job := asyncio.CreateTask(ctx, func(ctx context.Context) (string, error) {
			return asyncio.ToThread(ctx, func(context.Context) (string, error) { return <-release, nil })
		})
		for range 10 { // the loop goes on
			if err := asyncio.Sleep(ctx, 0); err != nil {
				t.Error(err)
			}
		}
		release <- "released"
		if got, err := job.Await(ctx); got != "released" || err != nil {
			t.Errorf("got %q, %v", got, err)
		}
	})
}

// A started function that is cancelled gets its context cancelled, and its result is dropped.
func TestToThreadCancelled(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		heeded := make(chan error, 1)
		started := asyncio.NewConcurrentFuture[int]()
		job := asyncio.CreateTask(ctx, func(ctx context.Context) (int, error) {
			return asyncio.ToThread(ctx, func(ctx context.Context) (int, error) {
				_ = started.SetResult(1)
				<-ctx.Done()
				heeded <- context.Cause(ctx)
				return 7, nil
			})
		})
		if _, err := started.Await(ctx); err != nil {
			t.Error(err)
		}
		reason := errors.New("enough")
		job.Cancel(reason)
		if got, err := job.Await(ctx); got != 0 || !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, %v", got, err)
		}
		if cause := <-heeded; !errors.Is(cause, reason) {
			t.Errorf("the function's context was cancelled by %v, want %v", cause, reason)
		}
	})
}

func TestToThreadUnderCancelledContext(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		under, cancel := asyncio.WithTimeout(ctx, 0)
		defer cancel()
		_ = asyncio.Sleep(ctx, 1)
		_, err := asyncio.ToThread(under, func(context.Context) (int, error) {
			t.Error("it ran")
			return 0, nil
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

func TestToThreadMisuse(t *testing.T) {
	nothing := func(context.Context) (int, error) { return 0, nil }
	if _, err := asyncio.ToThread(context.Background(), nothing); !errors.Is(err, asyncio.ErrNoTask) {
		t.Errorf("outside of a task: %v", err)
	}
	inVirtual(t, func(ctx context.Context) {
		_, err := asyncio.ToThread(ctx, func(ctx context.Context) (int, error) {
			return asyncio.ToThread(ctx, nothing)
		})
		if !errors.Is(err, asyncio.ErrWrongGoroutine) {
			t.Errorf("in a blocking function: %v", err)
		}
	})
}

func TestToThreadPanics(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		defer func() {
			p, ok := recover().(*asyncio.PanicError)
			if !ok || p.Value != "broken" || p.Task != "Task-"+fmt.Sprint(asyncio.CurrentTask(ctx).ID()) {
				t.Errorf("recovered %v", p)
			} else if !strings.Contains(string(p.Stack), "TestToThreadPanics") {
				t.Errorf("the stack is not that of the panic:\n%s", p.Stack)
			}
		}()
		_, _ = asyncio.ToThread(ctx, func(context.Context) (int, error) { panic("broken") })
		t.Error("it returned")
	})
}

func TestToThreadGoexit(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		e := asyncio.NewExecutor(asyncio.ExecutorConfig{Workers: 1})
		group := func(ctx context.Context, g *asyncio.TaskGroup) error {
			g.Go(func(ctx context.Context) error {
				_, err := asyncio.RunInExecutor(ctx, e, func(context.Context) (int, error) {
					runtime.Goexit()
					return 0, nil
				})
				if err != asyncio.ErrGoexit {
					t.Errorf("got %v", err)
				}
				return nil
			})
			g.Go(func(ctx context.Context) error { // waits for the one worker, and gets the next
				_, err := asyncio.RunInExecutor(ctx, e, func(context.Context) (int, error) { return 0, nil })
				return err
			})
			return nil
		}
		if err := asyncio.WithTaskGroup(ctx, group); err != nil {
			t.Error(err)
		}
		if s := e.Stats(); s.Running != 0 || s.Done != 2 {
			t.Errorf("afterwards: %+v", s)
		}
	})
}

// The panic of a function whose task has gone is reported.
func TestPanicOfAbandonedJob(t *testing.T) {
	v := newVirtual(t)
	err := v.run(func(ctx context.Context) error {
		started := asyncio.NewConcurrentFuture[int]()
		job := spawn(ctx, func(ctx context.Context) error {
			_, err := asyncio.ToThread(ctx, func(ctx context.Context) (int, error) {
				_ = started.SetResult(1)
				<-ctx.Done()
				panic("broken")
			})
			return err
		})
		if _, err := started.Await(ctx); err != nil {
			return err
		}
		job.Cancel(nil)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	v.close(t) // waits for the function
	want := []string{"panic in a blocking function whose task was cancelled: broken"}
	if got := v.messages(); !slices.Equal(got, want) {
		t.Errorf("reported %q, want %q", got, want)
	}
}

// Jobs run in order of arrival, no more at once than there are workers; queued ones can
// be cancelled and then never run.
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

// Loops that share a default executor end one by one: each waits for its own jobs, and
// leaves it open for the others.
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
					late = second(asyncio.RunCoroutineThreadsafe(context.Background(), v.loop, another).Await(context.Background()))
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

func BenchmarkToThread(b *testing.B) {
	b.ReportAllocs()
	err := asyncio.Run(func(ctx context.Context) error {
		for b.Loop() {
			if _, err := asyncio.ToThread(ctx, func(context.Context) (int, error) { return 0, nil }); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
