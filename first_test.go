// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
)

// racer is a function for First: it takes a while, and notes how it ended.
func racer(log *[]string, name string, d time.Duration, err error) func(ctx context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		if cut := asyncio.Sleep(ctx, d); cut != nil {
			var why *asyncio.CancelError
			if errors.As(context.Cause(ctx), &why) {
				*log = append(*log, name+" was cancelled: "+why.Cause.Error())
			}
			return "", cut
		}
		*log = append(*log, name)
		return name, err
	}
}

func TestFirst(t *testing.T) {
	failed, failed2 := errors.New("failed"), errors.New("failed, too")
	for _, test := range []struct {
		name  string
		fns   func(log *[]string) []func(ctx context.Context) (string, error)
		value string
		error string
		took  time.Duration
		log   string
	}{
		{"one comes first", func(log *[]string) []func(ctx context.Context) (string, error) {
			return []func(ctx context.Context) (string, error){racer(log, "a", 3, nil), racer(log, "b", 2, nil), racer(log, "c", 9, nil)}
		}, "b", "", 2, "b; a was cancelled: another one came first; c was cancelled: another one came first"},
		{"one fails before", func(log *[]string) []func(ctx context.Context) (string, error) {
			return []func(ctx context.Context) (string, error){racer(log, "a", 3, nil), racer(log, "b", 2, failed)}
		}, "a", "", 3, "b; a"},
		{"all fail", func(log *[]string) []func(ctx context.Context) (string, error) {
			return []func(ctx context.Context) (string, error){racer(log, "a", 3, failed), racer(log, "b", 2, failed2)}
		}, "", "failed\nfailed, too", 3, "b; a"},
		{"one alone", func(log *[]string) []func(ctx context.Context) (string, error) {
			return []func(ctx context.Context) (string, error){racer(log, "a", 0, nil)}
		}, "a", "", 0, "a"},
	} {
		t.Run(test.name, func(t *testing.T) {
			v := newVirtual(t)
			err := v.run(func(ctx context.Context) error {
				asyncio.CurrentTask(ctx).SetName("main")
				var log []string
				value, err := asyncio.First(ctx, test.fns(&log)...)
				equal(t, "value", value, test.value)
				text := ""
				if err != nil {
					text = err.Error()
				}
				equal(t, "error", text, test.error)
				equal(t, "time", now(ctx), test.took)
				equal(t, "log", strings.Join(log, "; "), test.log)
				equal(t, "tasks left", asyncio.RunningLoop(ctx).Stats().Tasks, 1)
				return nil
			})
			equal(t, "error", err, nil)
			v.close(t)
			told := test.name == "one fails before"
			equal(t, "errors that the exception handler got", len(v.messages()) > 0, told)
		})
	}
}

// A cancellation before First, in it, and after the first result.
func TestFirstUnderCancellation(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var log []string
		_, err := asyncio.First(cancelledContext(ctx), racer(&log, "a", 1, nil))
		equal(t, "before", err, context.Canceled)
		equal(t, "ran", len(log), 0)

		limited, cancel := asyncio.WithTimeout(ctx, 5)
		defer cancel()
		closing := errors.New("closing failed")
		_, err = asyncio.First(limited, racer(&log, "a", 9, nil), func(ctx context.Context) (string, error) {
			_ = forever(ctx)
			return "", closing
		})
		equal(t, "in it", errors.Is(err, context.DeadlineExceeded), true)
		equal(t, "with what failed", errors.Is(err, closing), true)

		// One that has a result nevertheless.
		limited, cancel = asyncio.WithTimeout(ctx, 5)
		defer cancel()
		value, err := asyncio.First(limited, racer(&log, "a", 9, nil), func(ctx context.Context) (string, error) {
			_ = forever(ctx)
			return "late", nil
		})
		equal(t, "value", value, "late")
		equal(t, "error", err, nil)

		// It waits for the losers, whatever happens to it meanwhile.
		task := asyncio.CreateTask(ctx, func(ctx context.Context) (string, error) {
			return asyncio.First(ctx, racer(&log, "a", 1, nil), func(ctx context.Context) (string, error) {
				return "", asyncio.Sleep(context.WithoutCancel(ctx), 10)
			})
		})
		began := now(ctx)
		asyncio.RunningLoop(ctx).CallLater(5, func() { task.Cancel(nil) })
		value, err = task.Await(ctx)
		equal(t, "value", value, "a")
		equal(t, "error", err, nil)
		equal(t, "time", now(ctx)-began, 10)
	})
}

func TestFirstPanics(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var log []string
		cause := errors.New("broken")
		wantPanic(t, cause, func() {
			_, _ = asyncio.First(ctx, racer(&log, "a", 9, nil), func(context.Context) (string, error) { panic(cause) })
		})
		equal(t, "the other one", strings.Join(log, "; "), "a was cancelled: another one came first")
		equal(t, "time", now(ctx), 0)
		_, err := asyncio.First[int](ctx)
		equal(t, "of nothing", errors.Is(err, os.ErrInvalid), true)
		wantPanic(t, os.ErrInvalid, func() { _, _ = asyncio.First[int](ctx, nil) })
		_, err = asyncio.First(context.Background(), racer(&log, "a", 9, nil))
		equal(t, "outside of a task", errors.Is(err, asyncio.ErrNoTask), true)
	})
}
