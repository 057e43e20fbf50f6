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

func TestRunJumpsThroughTime(t *testing.T) {
	asynciotest.Run(t, func(ctx context.Context, t *asynciotest.T) {
		sleep := func(ctx context.Context) error { return asyncio.Sleep(ctx, 24*time.Hour) }
		together(ctx, t, sleep, sleep, sleep)
		if t.Elapsed() != 24*time.Hour {
			t.Errorf("it took %v", t.Elapsed())
		}
	})
}

// TestRunWaitsForBlockingFunctions: a job in an executor takes no virtual time, and the clock does
// not run ahead of it.
func TestRunWaitsForBlockingFunctions(t *testing.T) {
	asynciotest.Run(t, func(ctx context.Context, t *asynciotest.T) {
		gate := make(chan struct{})
		together(ctx, t, func(ctx context.Context) error {
			_, err := asyncio.ToThread(ctx, func(context.Context) (struct{}, error) {
				<-gate
				return struct{}{}, nil
			})
			if t.Elapsed() != 0 {
				t.Errorf("the job took %v", t.Elapsed())
			}
			return err
		}, func(ctx context.Context) error {
			defer close(gate)
			return yield(ctx)
		}, func(ctx context.Context) error {
			return asyncio.Sleep(ctx, time.Hour)
		})
	})
}

// TestRunFails has the ways in which a run fails, and what is said then.
func TestRunFails(t *testing.T) {
	spawn := func(ctx context.Context, fn step) *asyncio.Task[struct{}] {
		task, _ := cancellable(ctx, fn)
		return task
	}
	for name, c := range map[string]struct {
		body asynciotest.Body
		says string
	}{
		"Error": {
			func(_ context.Context, t *asynciotest.T) { t.Error("wrong", 1) },
			"run_test.go:59: wrong 1",
		},
		"Errorf": {
			func(_ context.Context, t *asynciotest.T) { t.Errorf("wrong %d", 1) },
			": wrong 1",
		},
		"Fatal": {
			func(_ context.Context, t *asynciotest.T) {
				t.Fatal("over")
				panic("it goes on")
			}, ": over",
		},
		"Fatal in another task": {
			func(ctx context.Context, t *asynciotest.T) {
				spawn(ctx, func(context.Context) error {
					t.Fatalf("over %s", "there")
					return nil
				})
				if err := asyncio.Sleep(ctx, time.Hour); err == nil {
					t.Error("the main task was not cancelled")
				}
			}, ": over there",
		},
		"a panic": {
			func(context.Context, *asynciotest.T) { panic("oh") },
			"panic: ",
		},
		"a task left behind": {
			func(ctx context.Context, _ *asynciotest.T) { spawn(ctx, yield) },
			"left behind: Task(victim",
		},
		"a timer left behind": {
			func(_ context.Context, t *asynciotest.T) { t.Loop().CallLater(time.Hour, func() {}) },
			"left behind: 1 timers",
		},
		"an error left behind": {
			func(ctx context.Context, t *asynciotest.T) {
				spawn(ctx, func(context.Context) error { return errors.New("unheard") })
				if err := asyncio.Sleep(ctx, 1); err != nil {
					t.Error(err)
				}
			}, "unheard",
		},
		"a descriptor left behind": {
			func(_ context.Context, t *asynciotest.T) {
				if err := t.Loop().AddReader(42, func() {}); err != nil {
					t.Error(err)
				}
			}, "left behind: 1 watched descriptors",
		},
		"a deadlock": {
			func(ctx context.Context, t *asynciotest.T) {
				var m asyncio.Lock
				_ = m.Acquire(ctx)
				_ = m.Acquire(ctx)
			}, "deadlock: every task waits, and there is no timer",
		},
	} {
		t.Run(name, func(t *testing.T) {
			// Not by Run, which would wait for other goroutines before it calls it a deadlock.
			record(t, func(tb testing.TB) {
				asynciotest.Explore(tb, asynciotest.ExploreConfig{}, c.body)
			}).wants(t, c.says)
		})
	}
}

func TestRunReports(t *testing.T) {
	r := record(t, func(tb testing.TB) {
		asynciotest.Run(tb, func(_ context.Context, t *asynciotest.T) {
			t.Log("one")
			t.Fail()
		})
	})
	r.wants(t, "one")
}

func TestRunSkips(t *testing.T) {
	var cleaned []int
	r := record(t, func(tb testing.TB) {
		asynciotest.Run(tb, func(_ context.Context, t *asynciotest.T) {
			t.Cleanup(func() { cleaned = append(cleaned, 1) })
			t.Cleanup(func() {
				if !t.Loop().IsClosed() {
					t.Error("cleaning up before the loop is closed")
				}
				cleaned = append(cleaned, 2)
			})
			t.Skipf("not %s", "here")
		})
	})
	if r.failed || !r.skipped || len(cleaned) != 2 || cleaned[0] != 2 {
		t.Errorf("failed %v, skipped %v, cleaned %v: %s", r.failed, r.skipped, cleaned, r.text())
	}
}

// TestSynctest: goroutines, timers of package time and the loop share one clock.
func TestSynctest(t *testing.T) {
	asynciotest.Synctest(t, func(ctx context.Context, t *asynciotest.T) {
		answers := make(chan time.Time, 1)
		begin := time.Now()
		f := asyncio.NewFuture[time.Duration](t.Loop())
		go func() {
			time.Sleep(time.Hour)
			answers <- time.Now()
			_ = t.Loop().CallSoonThreadsafe(func() { _ = f.SetResult(time.Since(begin)) })
		}()
		if took, err := f.Await(ctx); took != time.Hour || err != nil {
			t.Errorf("the answer came after %v (%v)", took, err)
		}
		if err := asyncio.Sleep(ctx, time.Hour); err != nil {
			t.Error(err)
		}
		if took := time.Since(begin); took != 2*time.Hour || t.Elapsed() != took {
			t.Errorf("%v on the clock of package time, %v on the loop's", took, t.Elapsed())
		}
		if at := <-answers; !at.Equal(begin.Add(time.Hour)) {
			t.Errorf("answered at %v", at)
		}
	})
}

// BenchmarkThousandSleepers is a test of a thousand tasks that each sleep an hour.
func BenchmarkThousandSleepers(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		asynciotest.Run(b, func(ctx context.Context, t *asynciotest.T) {
			err := asyncio.WithTaskGroup(ctx, func(_ context.Context, g *asyncio.TaskGroup) error {
				for range 1000 {
					g.Go(func(ctx context.Context) error { return asyncio.Sleep(ctx, time.Hour) })
				}
				return nil
			})
			if err != nil || t.Elapsed() != time.Hour {
				t.Errorf("%v after %v", err, t.Elapsed())
			}
		})
	}
}
