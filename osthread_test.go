// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/internal/need"
)

// lockedTo calls fn on another goroutine, locked to its thread so many times.
func lockedTo(locks int, fn func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		for range locks {
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
		}
		fn()
	}()
	<-done
}

// someTasks is a main of three tasks that wait and end.
func someTasks(ctx context.Context) error {
	return asyncio.WithTaskGroup(ctx, func(ctx context.Context, g *asyncio.TaskGroup) error {
		for range 3 {
			g.Go(func(ctx context.Context) error { return asyncio.Sleep(ctx, 0) })
		}
		return nil
	})
}

// aTaskLeft is a main that leaves a task which waits.
func aTaskLeft(ctx context.Context) error {
	asyncio.CreateTask(context.WithoutCancel(ctx), func(ctx context.Context) (int, error) { return 0, forever(ctx) })
	return asyncio.Sleep(ctx, 0)
}

func newQuietRunner(t *testing.T) *asyncio.Runner {
	t.Helper()
	r, err := asyncio.NewRunner(asyncio.RunnerConfig{IgnoreSignals: true})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestRunsOnThreads: without tasks left, each run and Close may have its own goroutine, locked or
// not. The Go runtime would abort the process if coroutines of one were entered in another; and
// none of them is lost.
func TestRunsOnThreads(t *testing.T) {
	for _, states := range [][]int{{0, 0, 0}, {0, 1, 0}, {1, 0, 0}, {1, 1, 1}, {1, 2, 0}, {2, 0, 1}, {0, 0, 1}} {
		before := runtime.NumGoroutine()
		r := newQuietRunner(t)
		for _, locks := range states[:2] {
			lockedTo(locks, func() {
				equal(t, "Run", r.Run(someTasks), nil)
				equal(t, "Run, again", r.Run(someTasks), nil)
			})
		}
		lockedTo(states[2], func() { equal(t, "Close", r.Close(), nil) })
		for runtime.NumGoroutine() > before {
			runtime.Gosched()
		}
	}
}

// TestTasksLeftOnAThread: with tasks left, a run or a Close in another state is refused, and
// changes nothing.
func TestTasksLeftOnAThread(t *testing.T) {
	for _, c := range []struct{ first, then int }{{0, 1}, {1, 0}, {1, 1}} {
		refused := func(what string, err error) {
			t.Helper()
			if !errors.Is(err, asyncio.ErrOtherThread) {
				t.Errorf("%s on a goroutine locked %d times, after one of %d: %v", what, c.then, c.first, err)
			}
		}
		lockedTo(c.first, func() {
			r := newQuietRunner(t)
			equal(t, "Run", r.Run(aTaskLeft), nil)
			lockedTo(c.then, func() {
				refused("Run", r.Run(someTasks))
				refused("Close", r.Close())
				refused("RunForever", r.Loop().RunForever())
				_, err := asyncio.RunUntilComplete(r.Loop(), asyncio.NewFuture[int](r.Loop()))
				refused("RunUntilComplete", err)
			})
			equal(t, "tasks left", r.Loop().Stats().Tasks, 1)
			equal(t, "Run, in the first state", r.Run(someTasks), nil)
			equal(t, "Close, in the first state", r.Close(), nil)
		})
	}
}

// A task that has not begun yet has no stack, and may begin anywhere.
func TestNewTasksGoToAnyThread(t *testing.T) {
	r := newQuietRunner(t)
	lockedTo(1, func() { equal(t, "Run", r.Run(someTasks), nil) })
	task := asyncio.CreateTask(r.Loop().Context(), func(ctx context.Context) (int, error) { return 1, someTasks(ctx) })
	n, err := asyncio.RunUntilComplete(r.Loop(), task)
	equal(t, "result", n, 1)
	equal(t, "error", err, nil)
	equal(t, "Close", r.Close(), nil)
}

// A call from C locks the goroutine to its thread once more: a loop that has begun outside of it
// goes on there only if no task has been left, and gets an error if one has.
func TestRunInCallFromC(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program with cgo")
	}
	need.Command(t, need.CC, "cc")
	program := filepath.Join(t.TempDir(), "callback")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./testdata/callback")
	build.Env = append(os.Environ(), "CGO_ENABLED=1")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building it: %v\n%s", err, out)
	}
	out, err := exec.CommandContext(t.Context(), program).CombinedOutput()
	equal(t, "error", err, nil)
	equal(t, "it printed", string(out), `before other thread: false ok: true
in the call other thread: false ok: true
after other thread: false ok: true
in the call other thread: true ok: false
close other thread: false ok: true
`)
}
