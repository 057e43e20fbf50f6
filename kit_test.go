// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/selector"
	"github.com/gocurtain/asyncio/selector/selectortest"
)

// This file has what several test files share. What looks into the package is in export_test.go.

// virtualClock is a clock that only tests move.
type virtualClock struct {
	now atomic.Int64
}

func (c *virtualClock) Now() time.Duration { return time.Duration(c.now.Load()) }

// advance is a callback or a step that takes d.
func (c *virtualClock) advance(d time.Duration) { c.now.Add(int64(d)) }

// virtual is a loop on virtual time: whenever it would wait for a timer, the clock jumps there. A
// loop that waits for another goroutine does wait for it.
type virtual struct {
	clock   *virtualClock
	fake    *selectortest.Fake
	runner  *asyncio.Runner
	loop    *asyncio.Loop
	reports []asyncio.ExceptionContext // what the exception handler was told
	mains   []context.Context
}

// newVirtual makes such a loop; it is closed when the test is over. Each of edit may change how it
// is made.
func newVirtual(t testing.TB, edit ...func(*asyncio.RunnerConfig)) *virtual {
	t.Helper()
	v := &virtual{clock: &virtualClock{}, fake: selectortest.NewFake()}
	v.fake.OnWait = func(timeout time.Duration) {
		if timeout <= 0 {
			return
		}
		if s := v.loop.Stats(); s.Jobs > s.JobsHeldUp {
			runtime.Gosched() // a blocking function takes no virtual time
			return
		}
		if v.fake.Pending() {
			return // one that has called the loop just now, and waits for the answer
		}
		v.clock.advance(timeout)
	}
	cfg := asyncio.RunnerConfig{
		IgnoreSignals: true,
		Loop: asyncio.LoopConfig{
			Clock:    v.clock,
			Selector: v.fake,
			Waker:    v.fake.Waker(),
			ExceptionHandler: func(_ *asyncio.Loop, ec asyncio.ExceptionContext) {
				v.reports = append(v.reports, ec)
			},
		},
	}
	for _, e := range edit {
		e(&cfg)
	}
	r, err := asyncio.NewRunner(cfg)
	if err != nil {
		t.Fatal(err)
	}
	v.runner, v.loop = r, r.Loop()
	t.Cleanup(func() { v.close(t) })
	return v
}

// run runs main and returns its error. It may be called again.
func (v *virtual) run(main func(ctx context.Context) error) error {
	return v.runner.Run(func(ctx context.Context) error {
		v.mains = append(v.mains, ctx)
		return main(ctx)
	})
}

// close also checks that no task, timeout or group has left something behind.
func (v *virtual) close(t testing.TB) {
	t.Helper()
	if err := v.runner.Close(); err != nil {
		t.Errorf("closing the runner: %v", err)
	}
	for _, ctx := range v.mains {
		if left := asyncio.ScopesLeft(v.loop, ctx); left != "" {
			t.Errorf("left behind: %s", left)
		}
	}
	v.mains = nil
}

// messages are the errors that the exception handler was told.
func (v *virtual) messages() []string {
	var all []string
	for _, r := range v.reports {
		text := r.Message
		if r.Err != nil {
			text += ": " + r.Err.Error()
		}
		all = append(all, text)
	}
	return all
}

// runVirtual runs main on a loop of its own on virtual time, closes that, and returns main's error.
// The exception handler must not be told anything.
func runVirtual(t testing.TB, main func(ctx context.Context) error) error {
	t.Helper()
	v := newVirtual(t)
	err := v.run(main)
	v.close(t)
	if m := v.messages(); len(m) > 0 {
		t.Errorf("reported to the exception handler: %q", m)
	}
	return err
}

// inVirtual is runVirtual for a main that cannot fail.
func inVirtual(t testing.TB, main func(ctx context.Context)) {
	t.Helper()
	err := runVirtual(t, func(ctx context.Context) error {
		main(ctx)
		return nil
	})
	if err != nil {
		t.Errorf("run: %v", err)
	}
}

// now is the time of ctx's loop.
func now(ctx context.Context) time.Duration { return asyncio.RunningLoop(ctx).Time() }

// spawn creates a task without a result.
func spawn(ctx context.Context, fn func(ctx context.Context) error) *asyncio.Task[struct{}] {
	return asyncio.CreateTask(ctx, func(ctx context.Context) (struct{}, error) { return struct{}{}, fn(ctx) })
}

// forever waits until ctx is cancelled.
func forever(ctx context.Context) error {
	_, err := asyncio.NewFuture[int](asyncio.RunningLoop(ctx)).Await(ctx)
	return err
}

// yield lets the others that are ready run once.
func yield(t testing.TB, ctx context.Context) {
	t.Helper()
	if err := asyncio.Sleep(ctx, 0); err != nil {
		t.Errorf("Sleep(0): %v", err)
	}
}

func equal[T comparable](t testing.TB, what string, got, want T) {
	t.Helper()
	if got != want {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func equalAll[T comparable](t testing.TB, what string, got, want []T) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}

var errBoom = errors.New("boom")

// panicOf returns what fn panics with, if that is an error.
func panicOf(fn func()) (err error) {
	defer func() {
		if v := recover(); v != nil {
			var ok bool
			if err, ok = v.(error); !ok {
				err = fmt.Errorf("%v", v)
			}
		}
	}()
	fn()
	return nil
}

func wantPanic(t testing.TB, want error, fn func()) {
	t.Helper()
	if err := panicOf(fn); !errors.Is(err, want) {
		t.Errorf("panic: %v, want %v", err, want)
	}
}

// onGoroutine runs fn on a goroutine of its own, waits for its end, and reports whether fn
// returned, rather than ended by runtime.Goexit.
func onGoroutine(fn func()) (returned bool) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		fn()
		returned = true
	}()
	<-done
	return returned
}

func second[T any](_ T, err error) error { return err }

// after is a task that returns value and err after d.
func after[T any](ctx context.Context, d time.Duration, value T, err error) *asyncio.Task[T] {
	return asyncio.CreateTask(ctx, func(ctx context.Context) (T, error) {
		if err := asyncio.Sleep(ctx, d); err != nil {
			return value, err
		}
		return value, err
	})
}

// child is a function for TaskGroup.Go that ends after d with err.
func child(d time.Duration, err error) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		if err := asyncio.Sleep(ctx, d); err != nil {
			return err
		}
		return err
	}
}

// stubborn ignores the cancellation until it has slept for d more, and returns err.
func stubborn(d time.Duration, err error) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		_ = forever(ctx)
		_ = asyncio.Sleep(context.WithoutCancel(ctx), d)
		return err
	}
}

type group = *asyncio.TaskGroup

// named creates a task with a name.
func named(ctx context.Context, name string, fn func(ctx context.Context) error) *asyncio.Task[struct{}] {
	task := spawn(ctx, fn)
	task.SetName(name)
	return task
}

// cancelledContext is one that is cancelled already.
func cancelledContext(ctx context.Context) context.Context {
	ctx, cancel := asyncio.WithTimeout(ctx, time.Second)
	cancel()
	return ctx
}

// waitingTasks creates count tasks and lets them run until they wait. A task notes its number when
// fn has returned without an error.
func waitingTasks(t *testing.T, ctx context.Context, count int, fn func(ctx context.Context) error) (tasks []*asyncio.Task[struct{}], ran *[]int) {
	t.Helper()
	ran = new([]int)
	for i := range count {
		tasks = append(tasks, spawn(ctx, func(ctx context.Context) error {
			err := fn(ctx)
			if err == nil {
				*ran = append(*ran, i)
			}
			return err
		}))
	}
	yield(t, ctx)
	return tasks, ran
}

func resolved(ctx context.Context, value int) *asyncio.Future[int] {
	f := asyncio.NewFuture[int](asyncio.RunningLoop(ctx))
	_ = f.SetResult(value)
	return f
}

// turn runs one turn of a loop that does not wait.
func turn(t testing.TB, l *asyncio.Loop) {
	t.Helper()
	l.Stop()
	if err := l.RunForever(); err != nil {
		t.Error(err)
	}
}

type key struct{}

// here is the line it is called on, as CancelError has it.
func here() string {
	_, file, line, _ := runtime.Caller(1)
	return fmt.Sprintf("%s:%d", filepath.Base(file), line)
}

// logger collects words in order.
type logger struct{ words []string }

func (l *logger) note(word string) { l.words = append(l.words, word) }

// noting returns a callback that notes word.
func (l *logger) noting(word string) func() { return func() { l.note(word) } }

func (l *logger) want(t testing.TB, want string) {
	t.Helper()
	equal(t, "order", strings.Join(l.words, " "), want)
}

var errRun = errors.New("run failed")

// newSelector is a real one. A test is skipped only where there are none.
func newSelector(t testing.TB) selector.Selector {
	s, err := selector.New()
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		t.Skip(err)
	case err != nil:
		t.Fatal(err)
	}
	return s
}
