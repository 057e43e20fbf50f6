// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
)

func TestErrorsNameTheCall(t *testing.T) {
	v := newVirtual(t)
	err := v.run(func(ctx context.Context) error {
		for want, call := range map[string]func() error{
			"asyncio: Sleep: not in a task; pass the ctx that the task's function received": func() error {
				return asyncio.Sleep(context.Background(), 1)
			},
			"asyncio: Result: invalid state": func() error {
				_, err := asyncio.NewFuture[int](v.loop).Result()
				return err
			},
			"asyncio: Future.SetResult: invalid state": func() error { return resolved(ctx, 1).SetResult(2) },
		} {
			equal(t, "text", call().Error(), want)
		}
		return nil
	})
	equal(t, "error", err, nil)
}

// A panic goes on in whoever awaits, through every level, with all the stacks.
func TestPanicContinuesInAwaiter(t *testing.T) {
	for _, started := range []bool{false, true} {
		t.Run(fmt.Sprint(started), func(t *testing.T) {
			inVirtual(t, func(ctx context.Context) {
				pause := func(ctx context.Context) {
					if started {
						yield(t, ctx)
					}
				}
				outer := spawn(ctx, func(ctx context.Context) error {
					inner := spawn(ctx, func(ctx context.Context) error {
						asyncio.CurrentTask(ctx).SetName("inner")
						pause(ctx)
						explode()
						return nil
					})
					_, err := inner.Await(ctx)
					return err
				})
				outer.SetName("outer")
				var p *asyncio.PanicError
				if err := panicOf(func() { _, _ = outer.Await(ctx) }); !errors.As(err, &p) {
					t.Fatalf("panic: %v", err)
				}
				equal(t, "value", p.Value, any(io.ErrUnexpectedEOF))
				equal(t, "unwrapped", errors.Is(p, io.ErrUnexpectedEOF), true)
				equal(t, "task", p.TaskName, "inner")
				stack := string(p.Stack)
				for _, want := range []string{"asyncio_test.explode", "continued in task outer", "TestPanicContinuesInAwaiter.func1.1.2"} {
					if !strings.Contains(stack, want) {
						t.Errorf("the stack lacks %q:\n%s", want, stack)
					}
				}
				text := p.Error()
				equal(t, "text", strings.HasPrefix(text, "unexpected EOF [in task inner]\n"), true)
				equal(t, "text has the stacks", strings.Contains(text, stack), true)
				// Asking again panics again, also without waiting.
				if err := panicOf(func() { _, _ = outer.Result() }); !errors.Is(err, io.ErrUnexpectedEOF) {
					t.Errorf("Result: %v", err)
				}
			})
		})
	}
}

func explode() { panic(io.ErrUnexpectedEOF) }

func TestPanicOfMain(t *testing.T) {
	v := newVirtual(t)
	err := panicOf(func() {
		_ = v.run(func(context.Context) error { panic("oops") })
	})
	var p *asyncio.PanicError
	if !errors.As(err, &p) || p.Value != "oops" || p.Unwrap() != nil {
		t.Errorf("panic: %v", err)
	}
	equal(t, "next run", v.run(func(context.Context) error { return nil }), nil)
}

// A task may turn the panic of another one into its error.
func TestPanicCanBeReturned(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		guard := func(ctx context.Context) (err error) {
			defer func() { err, _ = recover().(error) }()
			_, err = spawn(ctx, func(context.Context) error { panic(errBoom) }).Await(ctx)
			return err
		}
		for what, err := range map[string]error{
			"await": second(spawn(ctx, guard).Await(ctx)),
			"group": asyncio.WithTaskGroup(ctx, func(_ context.Context, g group) error { g.Go(guard); return nil }),
		} {
			var p *asyncio.PanicError
			if !errors.As(err, &p) || !errors.Is(err, errBoom) {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

func TestGoexitEndsTheTaskOnly(t *testing.T) {
	for _, started := range []bool{false, true} {
		inVirtual(t, func(ctx context.Context) {
			deferred := false
			task := spawn(ctx, func(ctx context.Context) error {
				defer func() { deferred = true }()
				if started {
					yield(t, ctx)
				}
				runtime.Goexit()
				return nil
			})
			for range 2 {
				_, err := task.Await(ctx)
				equal(t, "error", err, asyncio.ErrGoexit)
			}
			equal(t, "deferred calls ran", deferred, true)
			equal(t, "cancelled", task.Cancelled(), false)
		})
	}
}

// A deferred function may wait, while its task panics or exits.
func TestWaitInDeferredFunction(t *testing.T) {
	for name, end := range map[string]func(){
		"panic": func() { panic(errBoom) }, "exit": runtime.Goexit, "return": func() {},
	} {
		t.Run(name, func(t *testing.T) {
			inVirtual(t, func(ctx context.Context) {
				var cleaned bool
				task := spawn(ctx, func(ctx context.Context) error {
					defer func() {
						equal(t, "sleep", asyncio.Sleep(ctx, 5), nil)
						value, err := after(ctx, 5, 1, nil).Await(ctx)
						equal(t, "value", value, 1)
						equal(t, "await", err, nil)
						cleaned = true
					}()
					end()
					return nil
				})
				other := after(ctx, 7, 2, nil)
				err := panicOf(func() { _, err := task.Await(ctx); _ = err })
				equal(t, "panicked", errors.Is(err, errBoom), name == "panic")
				equal(t, "cleaned up", cleaned, true)
				equal(t, "time", now(ctx), 10)
				equal(t, "the other one ran meanwhile", other.Done(), true)
				_, err = other.Await(ctx)
				equal(t, "other", err, nil)
			})
		})
	}
}

func TestUnobservedError(t *testing.T) {
	for _, c := range []struct {
		name  string
		main  func(ctx context.Context)
		want  []string // the errors that are reported, in order
		after time.Duration
	}{
		{"after the grace time", func(ctx context.Context) {
			after(ctx, 2, 0, errBoom)
			after(ctx, 1, 0, os.ErrExist)
			_ = asyncio.Sleep(ctx, time.Minute)
		}, []string{"file already exists", "boom"}, time.Minute},
		{"at the close", func(ctx context.Context) {
			after(ctx, 1, 0, errBoom)
			_ = asyncio.Sleep(ctx, 10)
		}, []string{"boom"}, 10},
		{"not if it is awaited in time", func(ctx context.Context) {
			task := after(ctx, 1, 0, errBoom)
			_ = asyncio.Sleep(ctx, time.Second-1)
			_, _ = task.Await(ctx)
			_ = asyncio.Sleep(ctx, time.Minute)
		}, nil, time.Minute + time.Second - 1},
		{"not if the result is asked for", func(ctx context.Context) {
			task := after(ctx, 1, 0, errBoom)
			_ = asyncio.Sleep(ctx, 10)
			_, _ = task.Result()
		}, nil, 10},
		{"not of a group", func(ctx context.Context) {
			_ = asyncio.WithTaskGroup(ctx, func(_ context.Context, g group) error {
				g.Go(child(1, errBoom))
				return nil
			})
		}, nil, 1},
		{"not a cancellation", func(ctx context.Context) {
			spawn(ctx, forever).Cancel(nil)
			yield(t, ctx)
			yield(t, ctx)
		}, nil, 0},
		{"a panic", func(ctx context.Context) {
			spawn(ctx, func(context.Context) error { panic("oops") })
			_ = asyncio.Sleep(ctx, time.Minute)
		}, []string{"panic: oops"}, time.Minute},
		{"an exit", func(ctx context.Context) {
			spawn(ctx, func(context.Context) error { runtime.Goexit(); return nil })
			_ = asyncio.Sleep(ctx, time.Minute)
		}, []string{asyncio.ErrGoexit.Error()}, time.Minute},
		{"once", func(ctx context.Context) {
			task := after(ctx, 1, 0, errBoom)
			_ = asyncio.Sleep(ctx, time.Minute)
			_, err := task.Await(ctx)
			equal(t, "late await", err, errBoom)
		}, []string{"boom"}, time.Minute},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := newVirtual(t)
			err := v.run(func(ctx context.Context) error { c.main(ctx); return nil })
			equal(t, "error", err, nil)
			v.close(t)
			equal(t, "time", v.clock.Now(), c.after)
			var got []string
			for _, r := range v.reports {
				equal(t, "message", r.Message, "nobody has awaited a task that failed")
				got = append(got, r.Err.Error())
				equal(t, "site", filepath.Base(strings.Split(r.Site, ":")[0]) != "", true)
				equal(t, "stack", r.Stack != nil, strings.HasPrefix(r.Err.Error(), "panic"))
				if r.Task == nil || !r.Task.Done() {
					t.Errorf("task: %v", r.Task)
				}
			}
			equalAll(t, "reported", got, c.want)
		})
	}
}

// The report tells where the task's function is, and its name.
func TestUnobservedErrorHasSite(t *testing.T) {
	v := newVirtual(t)
	site := ""
	_ = v.run(func(ctx context.Context) error {
		site = here()
		asyncio.CreateTask(ctx, func(context.Context) (int, error) { return 0, errBoom }).SetName("sad")
		yield(t, ctx)
		return nil
	})
	v.close(t)
	if len(v.reports) != 1 {
		t.Fatalf("reports: %q", v.messages())
	}
	file, line, _ := strings.Cut(site, ":")
	var n int
	_, _ = fmt.Sscan(line, &n)
	equal(t, "site", filepath.Base(v.reports[0].Site), fmt.Sprintf("%s:%d", file, n+1))
	equal(t, "task", v.reports[0].Task.Name(), "sad")
}

// A task that its awaiter has left fails in its clean-up: somebody is told.
func TestErrorOfAbandonedTaskIsReported(t *testing.T) {
	v := newVirtual(t)
	err := v.run(func(ctx context.Context) error {
		outer := spawn(ctx, func(ctx context.Context) error {
			_, err := spawn(ctx, stubborn(5, errBoom)).Await(ctx)
			return err
		})
		yield(t, ctx)
		yield(t, ctx)
		outer.Cancel(nil)
		_, err := outer.Await(ctx)
		equal(t, "outer", err, context.Canceled)
		return asyncio.Sleep(ctx, time.Minute)
	})
	equal(t, "error", err, nil)
	equalAll(t, "reports", v.messages(), []string{"nobody has awaited a task that failed: boom"})
}

func TestCancelErrorText(t *testing.T) {
	for want, e := range map[string]*asyncio.CancelError{
		"cancelled":               {},
		"cancelled by boss":       {By: "boss"},
		"cancelled: boom":         {Cause: errBoom},
		"cancelled by boss: boom": {By: "boss", Cause: errBoom},
	} {
		equal(t, "text", e.Error(), want)
		equal(t, "site", e.Site(), "")
	}
	equal(t, "signal", (&asyncio.SignalError{Signal: os.Interrupt}).Error(), "signal: interrupt")
}
