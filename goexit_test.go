// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio"
)

// exits is a function that ends by runtime.Goexit, as one that calls t.FailNow does.
func exits(context.Context) (int, error) {
	runtime.Goexit()
	return 0, nil
}

// exitsOf are the ways for a task to learn that something else was ended by runtime.Goexit.
var exitsOf = map[string]func(ctx context.Context) error{
	"a task": func(ctx context.Context) error { return second(asyncio.CreateTask(ctx, exits).Await(ctx)) },
	"an eager task": func(ctx context.Context) error {
		return second(asyncio.CreateEagerTask(ctx, exits).Await(ctx))
	},
	"a blocking function": func(ctx context.Context) error { return second(asyncio.ToThread(ctx, exits)) },
	"a shielded task":     func(ctx context.Context) error { return second(asyncio.Shield(ctx, exits)) },
	"one of those gathered": func(ctx context.Context) error {
		return second(asyncio.Gather(ctx, asyncio.CreateTask(ctx, exits)))
	},
	"a task that another goroutine made": func(ctx context.Context) error {
		f := asyncio.CreateTaskThreadsafe(ctx, asyncio.RunningLoop(ctx), exits)
		return second(f.Await(ctx))
	},
	"a child of a group": func(ctx context.Context) error {
		return asyncio.WithTaskGroup(ctx, func(_ context.Context, g group) error {
			asyncio.CreateTaskIn(g, exits)
			return nil
		})
	},
	"nothing at all": func(context.Context) error { return asyncio.ErrGoexit },
}

// Whoever returns the ErrGoexit of something else has returned an error, and no more.
func TestErrGoexitIsReturned(t *testing.T) {
	for name, of := range exitsOf {
		t.Run(name, func(t *testing.T) {
			var err error
			if !onGoroutine(func() { err = asyncio.Run(of) }) {
				t.Fatal("Run has not returned")
			}
			if !errors.Is(err, asyncio.ErrGoexit) {
				t.Errorf("Run: %v", err)
			}
		})
	}
}

// A trace tells an exit from an error that says that there was one.
func TestOutcomeOfExit(t *testing.T) {
	var log logHooks
	v := newVirtual(t, func(cfg *asyncio.RunnerConfig) { cfg.Loop.Hooks = &log })
	err := v.run(func(ctx context.Context) error {
		child := asyncio.CreateTask(ctx, exits)
		yield(t, ctx)
		return second(child.Await(ctx))
	})
	equal(t, "error", err, asyncio.ErrGoexit)
	v.close(t)
	for _, want := range []string{"T2 done: panic", "T1 done: error *errors.errorString"} {
		if !slices.ContainsFunc(log.lines, func(line string) bool { return strings.TrimSpace(line) == want }) {
			t.Errorf("%q is not in the log:\n%s", want, strings.Join(log.lines, "\n"))
		}
	}
}
