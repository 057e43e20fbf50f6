// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"maps"
	"runtime"
	"testing"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/asynciotest"
)

// TestHandlerLeavesDuringClose: an exception handler that ends the goroutine, as t.FailNow
// does, cuts Close short, but what the loop holds is freed.
func TestHandlerLeavesDuringClose(t *testing.T) {
	fails := func(context.Context) error { return errRun }
	for name, leave := range map[string]func(r *asyncio.Runner){
		"failed task": func(r *asyncio.Runner) {
			equal(t, "Run", r.Run(func(ctx context.Context) error {
				spawn(ctx, fails)
				return asyncio.Sleep(ctx, 0)
			}), nil)
		},
		"cleaning up fails": func(r *asyncio.Runner) {
			equal(t, "Run", r.Run(func(ctx context.Context) error {
				spawn(context.WithoutCancel(ctx), func(ctx context.Context) error { _ = forever(ctx); return errRun })
				return asyncio.Sleep(ctx, 0)
			}), nil)
		},
		"pending task": func(r *asyncio.Runner) {
			spawn(r.Loop().Context(), forever)
			_ = r.Loop().Close()
		},
	} {
		for _, debug := range []bool{false, true} {
			t.Run(name, func(t *testing.T) {
				before := asynciotest.OpenFiles()
				told := false
				lockedTo(0, func() {
					r, err := asyncio.NewRunner(asyncio.RunnerConfig{Loop: asyncio.LoopConfig{
						Debug:            debug,
						ExceptionHandler: func(*asyncio.Loop, asyncio.ExceptionContext) { told = true; runtime.Goexit() },
					}})
					equal(t, "NewRunner", err, nil)
					defer func() { equal(t, "closed", r.Loop().IsClosed(), true) }()
					defer func() { equal(t, "Close, again", r.Close(), nil) }()
					leave(r)
					_ = r.Close()
				})
				equal(t, "told", told, true)
				if after := asynciotest.OpenFiles(); !maps.Equal(after, before) {
					t.Errorf("open before: %v\nafter: %v", before, after)
				}
			})
		}
	}
}
