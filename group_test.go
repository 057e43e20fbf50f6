// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
)

func TestGroupEnds(t *testing.T) {
	errA, errB := errors.New("a"), errors.New("b")
	for _, c := range []struct {
		name string
		body func(ctx context.Context, g group) error
		want string // "" for nil
		at   time.Duration
	}{
		{"empty", func(context.Context, group) error { return nil }, "", 0},
		{"waits for all", func(ctx context.Context, g group) error {
			g.Go(child(3, nil))
			g.Go(child(7, nil))
			return asyncio.Sleep(ctx, 5)
		}, "", 7},
		{"a child fails", func(ctx context.Context, g group) error {
			g.Go(child(3, errA))
			g.Go(forever)
			return forever(ctx)
		}, "a", 3},
		{"a child fails, the body is done", func(_ context.Context, g group) error {
			g.Go(child(3, errA))
			g.Go(forever)
			return nil
		}, "a", 3},
		{"two children fail, in order of their ends", func(_ context.Context, g group) error {
			g.Go(stubborn(2, errB))
			g.Go(child(3, errA))
			return nil
		}, "a\nb", 5},
		{"the body fails", func(ctx context.Context, g group) error {
			g.Go(forever)
			g.Go(stubborn(4, errB))
			yield(t, ctx)
			return errA
		}, "a\nb", 4},
		{"the body's comes first", func(ctx context.Context, g group) error {
			g.Go(child(2, errB))
			_ = forever(ctx)
			return errA
		}, "a\nb", 2},
		{"a child is cancelled", func(_ context.Context, g group) error {
			other := g.Go(child(4, nil))
			g.Go(func(ctx context.Context) error {
				asyncio.CurrentTask(ctx).Cancel(nil)
				return forever(ctx)
			})
			_ = other
			return nil
		}, "", 4},
		{"a child's own timeout is an error", func(_ context.Context, g group) error {
			g.Go(func(ctx context.Context) error {
				ctx, cancel := asyncio.WithTimeout(ctx, 2)
				defer cancel()
				return forever(ctx)
			})
			return nil
		}, "context deadline exceeded", 2},
		{"the body passes on what a child returned", func(ctx context.Context, g group) error {
			_, err := g.Go(child(2, errA)).Await(ctx)
			return fmt.Errorf("body: %w", err)
		}, "body: a", 2},
		{"the same, begun at once", func(ctx context.Context, g group) error {
			_, err := g.Go(func(context.Context) error { return errA }).Await(ctx)
			return err
		}, "a", 0},
		{"a child exits", func(_ context.Context, g group) error {
			g.Go(forever)
			g.Go(func(context.Context) error { runtime.Goexit(); return nil })
			return nil
		}, asyncio.ErrGoexit.Error(), 0},
		{"Cancel", func(ctx context.Context, g group) error {
			g.Go(forever)
			g.Go(stubborn(6, nil))
			yield(t, ctx)
			g.Cancel()
			g.Cancel()
			return forever(ctx)
		}, "", 6},
		{"Cancel before the children have begun", func(_ context.Context, g group) error {
			g.Go(func(context.Context) error { t.Error("it has begun"); return nil })
			g.Cancel()
			g.Go(func(context.Context) error { t.Error("it has begun"); return nil })
			return nil
		}, "", 0},
		{"Cancel hides no error", func(ctx context.Context, g group) error {
			g.Go(stubborn(1, errA))
			yield(t, ctx)
			g.Cancel()
			return nil
		}, "a", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			inVirtual(t, func(ctx context.Context) {
				l := asyncio.RunningLoop(ctx)
				err := asyncio.WithTaskGroup(ctx, c.body)
				got := ""
				if err != nil {
					got = err.Error()
				}
				equal(t, "error", got, c.want)
				equal(t, "time", now(ctx), c.at)
				equal(t, "tasks", l.Stats().Tasks, 1)
				equal(t, "own context", ctx.Err(), nil)
				equal(t, "own wait", asyncio.Sleep(ctx, 0), nil)
			})
		})
	}
}

func TestGroupErrorsAreJoined(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		errA, errB := errors.New("a"), errors.New("b")
		err := asyncio.WithTaskGroup(ctx, func(_ context.Context, g group) error {
			g.Go(child(1, errA))
			g.Go(stubborn(1, errB))
			yield(t, ctx)
			return errBoom
		})
		for _, want := range []error{errBoom, errB} {
			equal(t, fmt.Sprint("is ", want), errors.Is(err, want), true)
		}
		equal(t, "was cancelled before", errors.Is(err, errA), false)
	})
}

func TestGroupTakesTasksWhileItWaits(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		n := 0
		var g group
		err := asyncio.WithTaskGroup(ctx, func(_ context.Context, group group) error {
			g = group
			var grow func(ctx context.Context) error
			grow = func(ctx context.Context) error {
				if n++; n < 5 {
					g.Go(grow)
				}
				return asyncio.Sleep(ctx, 1)
			}
			g.Go(grow)
			equal(t, "Len", g.Len(), 1)
			return nil
		})
		equal(t, "error", err, nil)
		equal(t, "ran", n, 5)
		equal(t, "Len", g.Len(), 0)
		if err := panicOf(func() { g.Go(forever) }); !errors.Is(err, asyncio.ErrGroupClosed) {
			t.Errorf("Go after the end: %v", err)
		}
		equal(t, "tasks", asyncio.RunningLoop(ctx).Stats().Tasks, 1)
		g.Cancel() // harmless
	})
}

// A task that is created between the end of the last one and that of the group.
func TestGroupTakesTaskInTheLastMoment(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		ran := false
		err := asyncio.WithTaskGroup(ctx, func(_ context.Context, g group) error {
			last := g.Go(child(1, nil))
			last.AddDoneCallback(func() {
				equal(t, "Len", g.Len(), 0)
				g.Go(func(ctx context.Context) error { ran = true; return asyncio.Sleep(ctx, 1) })
			})
			return nil
		})
		equal(t, "error", err, nil)
		equal(t, "ran", ran, true)
		equal(t, "time", now(ctx), 2)
	})
}

func TestGroupTaskInAbortedGroupDoesNotBegin(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		err := asyncio.WithTaskGroup(ctx, func(ctx context.Context, g group) error {
			g.Go(child(0, errBoom))
			equal(t, "body", forever(ctx), context.Canceled)
			late := g.Go(func(context.Context) error { t.Error("it has begun"); return nil })
			_, err := late.Await(context.WithoutCancel(ctx))
			equal(t, "late one", err, context.Canceled)
			return nil
		})
		equal(t, "error", err.Error(), "boom")
	})
}

func TestGroupCancelledFromOutside(t *testing.T) {
	for _, c := range []struct {
		name string
		body func(ctx context.Context, g group) error
		want string
		at   time.Duration
	}{
		{"all stop", func(ctx context.Context, g group) error {
			g.Go(stubborn(5, context.Canceled))
			return forever(ctx)
		}, "context canceled", 15},
		{"while the group waits", func(_ context.Context, g group) error {
			g.Go(forever)
			return nil
		}, "context canceled", 10},
		{"with an error", func(ctx context.Context, g group) error {
			g.Go(stubborn(5, errBoom))
			return forever(ctx)
		}, "boom", 15},
		{"nobody stopped for it", func(_ context.Context, g group) error {
			g.Go(stubborn(5, nil))
			return nil
		}, "<nil>", 15},
	} {
		t.Run(c.name, func(t *testing.T) {
			inVirtual(t, func(ctx context.Context) {
				var next error
				task := spawn(ctx, func(ctx context.Context) error {
					err := asyncio.WithTaskGroup(ctx, c.body)
					next = asyncio.Sleep(ctx, 0)
					return err
				})
				asyncio.RunningLoop(ctx).CallLater(10, func() { task.Cancel(nil) })
				asyncio.RunningLoop(ctx).CallLater(11, func() { task.Cancel(nil) })
				_, err := task.Await(ctx)
				equal(t, "error", fmt.Sprint(err), c.want)
				equal(t, "time", now(ctx), c.at)
				equal(t, "the cancellation is not eaten", next, context.Canceled)
			})
		})
	}
}

// An outer timeout ends the group; its error is the timeout's.
func TestGroupUnderTimeout(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		scoped, cancel := asyncio.WithTimeout(ctx, 5)
		defer cancel()
		err := asyncio.WithTaskGroup(scoped, func(ctx context.Context, g group) error {
			g.Go(forever)
			return forever(ctx)
		})
		equal(t, "error", err, context.DeadlineExceeded)
		equal(t, "time", now(ctx), 5)
	})
}

func TestNestedGroups(t *testing.T) {
	for _, c := range []struct {
		name         string
		inner, outer func(ctx context.Context) error
		want         string
		innerErr     string
	}{
		{"the inner one fails", child(2, errBoom), forever, "boom", "boom"},
		{"the outer one fails", forever, child(2, errBoom), "boom", "context canceled"},
		{"none", child(2, nil), child(3, nil), "<nil>", "<nil>"},
	} {
		t.Run(c.name, func(t *testing.T) {
			inVirtual(t, func(ctx context.Context) {
				var innerErr error
				err := asyncio.WithTaskGroup(ctx, func(ctx context.Context, g group) error {
					g.Go(c.outer)
					innerErr = asyncio.WithTaskGroup(ctx, func(ctx context.Context, g group) error {
						g.Go(c.inner)
						return nil
					})
					return innerErr
				})
				equal(t, "error", fmt.Sprint(err), c.want)
				equal(t, "inner error", fmt.Sprint(innerErr), c.innerErr)
				equal(t, "own context", ctx.Err(), nil)
			})
		})
	}
}

func TestGroupCause(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		causes := map[string]error{}
		note := func(name string) func(ctx context.Context) error {
			return func(ctx context.Context) error {
				err := forever(ctx)
				causes[name] = context.Cause(ctx)
				return err
			}
		}
		_ = asyncio.WithTaskGroup(ctx, func(_ context.Context, g group) error {
			g.Go(note("failure"))
			g.Go(child(1, errBoom))
			return nil
		})
		_ = asyncio.WithTaskGroup(ctx, func(ctx context.Context, g group) error {
			g.Go(note("cancel"))
			yield(t, ctx)
			g.Cancel()
			return nil
		})
		equal(t, "failure", fmt.Sprint(causes["failure"]), "a task of the group failed")
		equal(t, "cancel", fmt.Sprint(causes["cancel"]), "the task group was cancelled")
	})
}

// Panics and exits end the group as errors do, and go on when its tasks have ended.
func TestGroupPanics(t *testing.T) {
	for _, c := range []struct {
		name string
		body func(ctx context.Context, g group) error
		want any // nil: the body exits
		at   time.Duration
	}{
		{"in a child", func(ctx context.Context, g group) error {
			g.Go(stubborn(5, nil))
			g.Go(func(ctx context.Context) error { panic("oops") })
			return forever(ctx)
		}, "oops", 5},
		{"in a child that the body awaits", func(ctx context.Context, g group) error {
			g.Go(stubborn(5, nil))
			_, err := g.Go(func(ctx context.Context) error { yield(t, ctx); panic("oops") }).Await(ctx)
			return err
		}, "oops", 5},
		{"in the body", func(ctx context.Context, g group) error {
			g.Go(stubborn(5, nil))
			yield(t, ctx)
			panic("oops")
		}, "oops", 5},
		{"in both", func(ctx context.Context, g group) error {
			tried := g.Go(func(ctx context.Context) error { panic("not this one") })
			yield(t, ctx)
			func() {
				defer func() { equal(t, "panics", recover() != nil, true) }()
				_, _ = tried.Result()
			}()
			panic("oops")
		}, "oops", 0},
		{"exit in the body", func(ctx context.Context, g group) error {
			g.Go(stubborn(5, nil))
			yield(t, ctx)
			runtime.Goexit()
			return nil
		}, nil, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			inVirtual(t, func(ctx context.Context) {
				after := false
				task := spawn(ctx, func(ctx context.Context) error {
					defer func() {
						equal(t, "time", now(ctx), c.at)
						equal(t, "tasks", asyncio.RunningLoop(ctx).Stats().Tasks, 2)
					}()
					err := asyncio.WithTaskGroup(ctx, c.body)
					after = true
					return err
				})
				var err error
				panicked := panicOf(func() { _, err = task.Await(ctx) })
				equal(t, "went on", after, false)
				if c.want == nil {
					equal(t, "error", err, asyncio.ErrGoexit)
					return
				}
				var p *asyncio.PanicError
				if !errors.As(panicked, &p) || p.Value != c.want {
					t.Errorf("panic: %v", panicked)
				}
			})
		})
	}
}

func TestGroupOfManyTypes(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var n *asyncio.Task[int]
		var s *asyncio.Task[string]
		err := asyncio.WithTaskGroup(ctx, func(_ context.Context, g group) error {
			n = asyncio.CreateTaskIn(g, func(ctx context.Context) (int, error) { return 1, asyncio.Sleep(ctx, 1) })
			s = asyncio.CreateTaskIn(g, func(ctx context.Context) (string, error) { return "x", nil })
			equal(t, "Len", g.Len(), 2)
			return nil
		})
		equal(t, "error", err, nil)
		number, _ := n.Result()
		text, _ := s.Result()
		equal(t, "results", fmt.Sprint(number, " ", text), "1 x")
	})
}

func TestGroupOnWrongGoroutine(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		err := asyncio.WithTaskGroup(ctx, func(ctx context.Context, g group) error {
			over := make(chan struct{})
			go func() {
				defer close(over)
				for name, call := range map[string]func(){
					"Go":     func() { g.Go(forever) },
					"Cancel": g.Cancel,
					"Len":    func() { g.Len() },
				} {
					if err := panicOf(call); !errors.Is(err, asyncio.ErrWrongGoroutine) {
						t.Errorf("%s: %v", name, err)
					}
				}
			}()
			yield(t, ctx)
			<-over
			return nil
		})
		equal(t, "error", err, nil)
	})
}

// The result must not depend on whether somebody watches: with hooks, awaited tasks take the long
// way through the loop.
func TestGroupAwaitWithHooks(t *testing.T) {
	t.Setenv("ASYNCIO_TRACE", t.TempDir())
	err := runVirtual(t, func(ctx context.Context) error {
		var awaited error
		err := asyncio.WithTaskGroup(ctx, func(ctx context.Context, g group) error {
			_, awaited = g.Go(func(context.Context) error { return errBoom }).Await(ctx)
			return awaited
		})
		equal(t, "awaited", awaited, errBoom)
		return err
	})
	equal(t, "error", strings.TrimSpace(err.Error()), "boom")
}
