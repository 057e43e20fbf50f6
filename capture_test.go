// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"testing"

	"github.com/gocurtain/asyncio"
)

// captures are the questions that any goroutine may ask of a loop.
var captures = map[string]func(ctx context.Context, l *asyncio.Loop) (tasks int, err error){
	"Loop.StatsThreadsafe": func(ctx context.Context, l *asyncio.Loop) (int, error) {
		stats, err := l.StatsThreadsafe(ctx)
		return stats.Tasks, err
	},
	"Loop.WaitGraphThreadsafe": func(ctx context.Context, l *asyncio.Loop) (int, error) {
		graph, err := l.WaitGraphThreadsafe(ctx)
		if err != nil {
			return 0, err
		}
		return len(graph.Loops[0].Tasks), nil
	},
	"CreateTaskThreadsafe": func(ctx context.Context, l *asyncio.Loop) (int, error) {
		return asyncio.CreateTaskThreadsafe(ctx, l, func(context.Context) (int, error) {
			return l.Stats().Tasks - 1, nil // without this one
		}).Await(ctx)
	},
}

// asked waits until somebody waits for an answer of a loop that does not run.
func asked(t *testing.T, l *asyncio.Loop) {
	t.Helper()
	for !asyncio.HasPromised(l) {
		if l.IsClosed() {
			t.Fatal("the loop is closed")
		}
		runtime.Gosched()
	}
}

func newRunner(t *testing.T) *asyncio.Runner {
	t.Helper()
	r, err := asyncio.NewRunner(asyncio.RunnerConfig{IgnoreSignals: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { equal(t, "Close", r.Close(), nil) })
	return r
}

// A loop that does not run answers when it runs; one that is closed before, with an error.
func TestCaptureOfIdleLoop(t *testing.T) {
	for name, capture := range captures {
		for _, end := range []string{"it runs", "it is closed", "the asker gives up", "it was closed"} {
			t.Run(name+"/"+end, func(t *testing.T) {
				r := newRunner(t)
				if end == "it was closed" {
					equal(t, "Close", r.Close(), nil)
				}
				ctx, cancel := context.WithCancelCause(context.Background())
				defer cancel(nil)
				answer := make(chan string)
				go func() {
					n, err := capture(ctx, r.Loop())
					switch {
					case errors.Is(err, asyncio.ErrLoopClosed):
						answer <- "it is closed"
					case errors.Is(err, context.Canceled):
						answer <- "cancelled"
					default:
						answer <- fmt.Sprint(n, err)
					}
				}()
				want := "it is closed"
				switch end {
				case "it runs":
					asked(t, r.Loop())
					want = "1 <nil>"
					equal(t, "Run", r.Run(func(ctx context.Context) error { yield(t, ctx); yield(t, ctx); return nil }), nil)
				case "it is closed":
					asked(t, r.Loop())
					equal(t, "Close", r.Close(), nil)
				case "the asker gives up":
					asked(t, r.Loop())
					want = "cancelled"
					cancel(nil)
				}
				equal(t, "answer", <-answer, want)
				if name != "CreateTaskThreadsafe" { // whose task is still to come
					equal(t, "a question is left", asyncio.HasPromised(r.Loop()), false)
				}
			})
		}
	}
}

// On the loop's own goroutine the answer is there at once; what waits there would not end.
func TestCaptureOnTheLoop(t *testing.T) {
	ask := func(ctx context.Context, l *asyncio.Loop) {
		stats, err := l.StatsThreadsafe(ctx)
		equal(t, "stats, error", err, nil)
		equal(t, "stats, tasks", stats.Tasks, 1)
		graph, err := l.WaitGraphThreadsafe(ctx)
		equal(t, "graph, error", err, nil)
		equal(t, "graph, tasks", len(graph.Loops[0].Tasks), 1)
	}
	inVirtual(t, func(ctx context.Context) {
		l := asyncio.RunningLoop(ctx)
		ask(ctx, l)
		ask(cancelledContext(ctx), l)
		ask(context.Background(), l)
		l.CallSoon(func() { ask(context.Background(), l) })
		yield(t, ctx)
	})
}

// A task asks another loop and is suspended meanwhile; so two loops may ask each other. What is no
// task cannot wait for another loop.
func TestCaptureOfAnotherLoop(t *testing.T) {
	for name, capture := range captures {
		t.Run(name, func(t *testing.T) {
			runners := []*asyncio.Runner{newRunner(t), newRunner(t)}
			over := make(chan error)
			both := make(chan struct{}, 2)
			for i, r := range runners {
				other := runners[1-i].Loop()
				go func() {
					over <- r.Run(func(ctx context.Context) error {
						n, err := capture(ctx, other)
						if err == nil && n != 1 {
							err = fmt.Errorf("%d tasks", n)
						}
						_, misuse := capture(context.Background(), other)
						if !errors.Is(misuse, asyncio.ErrNoTask) {
							t.Errorf("without the task's context: %v", misuse)
						}
						both <- struct{}{}
						for len(both) < 2 && err == nil { // the other one still asks
							err = asyncio.Sleep(ctx, 1000)
						}
						return err
					})
				}()
			}
			for range runners {
				equal(t, "error", <-over, nil)
			}
		})
	}
}
