// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/asynciotest"
)

// guest has a method that tasks are made of.
type guest struct{ stay time.Duration }

func (g *guest) sleep(ctx context.Context) error { return asyncio.Sleep(ctx, g.stay) }

func (g *guest) stays(ctx context.Context) (int, error) { return 1, g.sleep(ctx) }

// TestSiteOfTasks: whatever makes a task of the program's function, its place is the function's,
// and never one of ours.
func TestSiteOfTasks(t *testing.T) {
	sleeper := func(ctx context.Context) (int, error) { return 1, asyncio.Sleep(ctx, time.Hour) }
	plain := func(ctx context.Context) error { return asyncio.Sleep(ctx, time.Hour) }
	for name, make := range map[string]func(ctx context.Context, g *asyncio.TaskGroup){
		"CreateTask":      func(ctx context.Context, _ *asyncio.TaskGroup) { asyncio.CreateTask(ctx, sleeper) },
		"CreateEagerTask": func(ctx context.Context, _ *asyncio.TaskGroup) { asyncio.CreateEagerTask(ctx, sleeper) },
		"CreateTaskIn":    func(_ context.Context, g *asyncio.TaskGroup) { asyncio.CreateTaskIn(g, sleeper) },
		"Go":              func(_ context.Context, g *asyncio.TaskGroup) { g.Go(plain) },
		"Shield": func(ctx context.Context, _ *asyncio.TaskGroup) {
			asyncio.CreateEagerTask(ctx, func(ctx context.Context) (int, error) { return asyncio.Shield(ctx, sleeper) })
		},
		"CreateTaskThreadsafe": func(ctx context.Context, _ *asyncio.TaskGroup) {
			asyncio.CreateTaskThreadsafe(ctx, asyncio.RunningLoop(ctx), sleeper)
		},
		"method":              func(ctx context.Context, _ *asyncio.TaskGroup) { asyncio.CreateTask(ctx, (&guest{time.Hour}).stays) },
		"method of the group": func(_ context.Context, g *asyncio.TaskGroup) { g.Go((&guest{time.Hour}).sleep) },
	} {
		t.Run(name, func(t *testing.T) {
			inVirtual(t, func(ctx context.Context) {
				err := asyncio.WithTaskGroup(ctx, func(ctx context.Context, g *asyncio.TaskGroup) error {
					make(ctx, g)
					yield(t, ctx)
					yield(t, ctx)
					tasks := asyncio.RunningLoop(ctx).WaitGraph().Loops[0].Tasks
					if len(tasks) < 2 {
						t.Errorf("%d tasks", len(tasks))
					}
					for _, task := range tasks[1:] {
						site := task.Function.File + task.Function.Function
						if !strings.Contains(site, "site_test.go") && !strings.Contains(site, "asyncio_test.(*guest).s") {
							t.Errorf("its place is %q", site)
						}
					}
					return nil
				})
				equal(t, "error", err, nil)
			})
		})
	}
}

// TestSiteOfMain: that of Run's main, and of the body of a test.
func TestSiteOfMain(t *testing.T) {
	check := func(ctx context.Context) {
		if main := asyncio.RunningLoop(ctx).WaitGraph().Loops[0].Tasks[0].Function; filepath.Base(main.File) != "site_test.go" || main.Line == 0 {
			t.Errorf("the place of main is %+v", main)
		}
	}
	equal(t, "Run", asyncio.Run(func(ctx context.Context) error { check(ctx); return nil }), nil)
	asynciotest.Run(t, func(ctx context.Context, _ *asynciotest.T) { check(ctx) })
	asynciotest.Synctest(t, func(ctx context.Context, _ *asynciotest.T) { check(ctx) })
}

// TestDebugOriginOfCallbacks: each way to have a function called remembers who did.
func TestDebugOriginOfCallbacks(t *testing.T) {
	fail := func() { panic("on purpose") }
	for name, schedule := range map[string]func(l *asyncio.Loop){
		"CallSoon":           func(l *asyncio.Loop) { l.CallSoon(fail) },
		"CallLater":          func(l *asyncio.Loop) { l.CallLater(time.Second, fail) },
		"CallAt":             func(l *asyncio.Loop) { l.CallAt(l.Time(), fail) },
		"CallSoonThreadsafe": func(l *asyncio.Loop) { _ = l.CallSoonThreadsafe(fail) },
		"AddDoneCallback": func(l *asyncio.Loop) {
			f := asyncio.NewFuture[int](l)
			f.AddDoneCallback(fail)
			l.CallSoon(func() { _ = f.SetResult(1) })
		},
		"AddDoneCallback of a finished one": func(l *asyncio.Loop) {
			f := asyncio.NewFuture[int](l)
			_ = f.SetResult(1)
			f.AddDoneCallback(fail)
		},
	} {
		t.Run(name, func(t *testing.T) {
			v := newVirtual(t, debugging)
			err := v.run(func(ctx context.Context) error {
				schedule(v.loop)
				return asyncio.Sleep(ctx, time.Hour)
			})
			equal(t, "error", err, nil)
			equal(t, "reports", len(v.reports), 1)
			if origin := v.reports[0].Origin; !strings.HasPrefix(origin, "github.com/gocurtain/asyncio_test.TestDebugOriginOfCallbacks.func") {
				t.Errorf("it comes from %q", origin)
			}
		})
	}
}

// fromElsewhere makes a task of fn on l from a goroutine that has no loop, and cancels it when it
// waits.
func fromElsewhere(l *asyncio.Loop, waits <-chan struct{}, fn func(ctx context.Context) (int, error)) {
	f := asyncio.CreateTaskThreadsafe(context.Background(), l, fn)
	<-waits
	f.Cancel(errBoom)
}

// TestSiteFromElsewhere: a task that another goroutine makes and cancels comes from there, not from
// the call of Run that the loop's own stack begins with.
func TestSiteFromElsewhere(t *testing.T) {
	r, err := asyncio.NewRunner(asyncio.RunnerConfig{IgnoreSignals: true, Loop: asyncio.LoopConfig{Debug: true}})
	equal(t, "NewRunner", err, nil)
	equal(t, "Run", r.Run(func(ctx context.Context) error {
		l := r.Loop()
		waits := make(chan struct{})
		over := asyncio.NewFuture[error](l)
		go fromElsewhere(l, waits, func(ctx context.Context) (int, error) {
			origin := l.WaitGraph().Loops[0].Tasks[1].Origin
			if n := len(origin); n == 0 || origin[n-1].Function != "github.com/gocurtain/asyncio_test.fromElsewhere" {
				t.Errorf("it was created by %v", origin)
			}
			close(waits)
			err := forever(ctx)
			_ = over.SetResult(context.Cause(ctx))
			return 0, err
		})
		cause, err := over.Await(ctx)
		var e *asyncio.CancelError
		if !errors.As(cause, &e) || !strings.HasPrefix(filepath.Base(e.Site()), "site_test.go:") || !errors.Is(cause, errBoom) {
			t.Errorf("it was cancelled by %v", cause)
		}
		return err
	}), nil)
	equal(t, "Close", r.Close(), nil)
}

// TestSiteOfCancellationByGather: the first error cancels the others, at the call of Gather.
func TestSiteOfCancellationByGather(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		failing := named(ctx, "failing", func(context.Context) error { return errBoom })
		other := named(ctx, "other", forever)
		site := here()
		_, err := asyncio.Gather(ctx, failing, other)
		equal(t, "error", errors.Is(err, errBoom), true)
		var e *asyncio.CancelError
		if cause := context.Cause(other.Context()); !errors.As(cause, &e) || nextLine(site) != filepath.Base(e.Site()) {
			t.Errorf("cancelled by %v, want %s", cause, nextLine(site))
		}
	})
}
