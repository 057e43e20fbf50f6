// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
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
			if !ok || p.Value != "broken" || p.TaskName != "Task-"+fmt.Sprint(asyncio.CurrentTask(ctx).ID()) {
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
