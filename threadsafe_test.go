// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
)

func TestCreateTaskThreadsafe(t *testing.T) {
	l, _ := elsewhere(t)
	ctx := context.WithValue(context.Background(), key{}, "value")
	f := asyncio.CreateTaskThreadsafe(ctx, l, func(ctx context.Context) (any, error) {
		if asyncio.RunningLoop(ctx) != l {
			t.Error("it is not on that loop")
		}
		return ctx.Value(key{}), asyncio.Sleep(ctx, time.Microsecond)
	})
	if got, err := f.Await(context.Background()); got != "value" || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
	broken := errors.New("broken")
	f = asyncio.CreateTaskThreadsafe(ctx, l, func(context.Context) (any, error) { return nil, broken })
	if _, err := f.Await(context.Background()); err != broken {
		t.Errorf("got %v", err)
	}
}

func TestCreateTaskThreadsafePanics(t *testing.T) {
	l, _ := elsewhere(t)
	f := asyncio.CreateTaskThreadsafe(context.Background(), l, func(context.Context) (int, error) { panic("broken") })
	defer func() {
		if p, ok := recover().(*asyncio.PanicError); !ok || p.Value != "broken" {
			t.Errorf("recovered %v", p)
		}
	}()
	_, _ = f.Await(context.Background())
	t.Error("it returned")
}

// Cancelling the future, or the context, cancels the task.
func TestCreateTaskThreadsafeCancelled(t *testing.T) {
	l, _ := elsewhere(t)
	causes := make(chan error, 1)
	body := func(ctx context.Context) (int, error) {
		err := forever(ctx)
		causes <- context.Cause(ctx)
		return 0, err
	}
	reason := errors.New("enough")
	f := asyncio.CreateTaskThreadsafe(context.Background(), l, body)
	started(t, l, f)
	f.Cancel(reason)
	if _, err := f.Result(); err != context.Canceled {
		t.Errorf("the future: %v", err)
	}
	if cause := <-causes; !errors.Is(cause, reason) {
		t.Errorf("the task's cause: %v", cause)
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	f = asyncio.CreateTaskThreadsafe(ctx, l, body)
	started(t, l, f)
	cancel(reason)
	if _, err := f.Await(context.Background()); err != context.Canceled {
		t.Errorf("the future of a cancelled context: %v", err)
	}
	if cause := <-causes; cause != reason {
		t.Errorf("the task's cause: %v", cause)
	}
}

// started returns when the loop has run what was sent to it before.
func started(t *testing.T, l *asyncio.Loop, _ *asyncio.ConcurrentFuture[int]) {
	t.Helper()
	again := asyncio.CreateTaskThreadsafe(context.Background(), l, func(ctx context.Context) (int, error) { return 0, nil })
	if _, err := again.Await(context.Background()); err != nil {
		t.Error(err)
	}
}

// Cancelled before the loop has taken it up, the task does not begin.
func TestCreateTaskThreadsafeCancelledAtOnce(t *testing.T) {
	v := newVirtual(t)
	f := asyncio.CreateTaskThreadsafe(context.Background(), v.loop, func(context.Context) (int, error) {
		t.Error("it ran")
		return 0, nil
	})
	f.Cancel(nil)
	if err := v.run(func(ctx context.Context) error { return asyncio.Sleep(ctx, 1) }); err != nil {
		t.Error(err)
	}
}

func TestCreateTaskThreadsafeOnClosedLoop(t *testing.T) {
	nothing := func(context.Context) (int, error) { return 0, nil }
	v := newVirtual(t)
	early := asyncio.CreateTaskThreadsafe(context.Background(), v.loop, nothing) // the loop never runs
	v.close(t)
	late := asyncio.CreateTaskThreadsafe(context.Background(), v.loop, nothing)
	for _, f := range []*asyncio.ConcurrentFuture[int]{early, late} {
		if _, err := f.Await(context.Background()); !errors.Is(err, asyncio.ErrLoopClosed) {
			t.Errorf("got %v", err)
		}
	}
}

// A task that the end of the run cancels ends its future.
func TestCreateTaskThreadsafeAtTheEnd(t *testing.T) {
	l, stop := elsewhere(t)
	f := asyncio.CreateTaskThreadsafe(context.Background(), l, func(ctx context.Context) (int, error) { return 0, forever(ctx) })
	started(t, l, f)
	stop()
	if _, err := f.Await(context.Background()); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// The error of a task whose future was cancelled is reported, once.
func TestErrorAfterCancelledFuture(t *testing.T) {
	v := newVirtual(t)
	f := asyncio.CreateTaskThreadsafe(context.Background(), v.loop, func(ctx context.Context) (int, error) {
		_ = forever(ctx)
		return 0, errors.New("clean-up failed")
	})
	err := v.run(func(ctx context.Context) error {
		_ = asyncio.Sleep(ctx, 1)
		f.Cancel(nil)
		return asyncio.Sleep(ctx, time.Minute)
	})
	if got := v.messages(); err != nil || len(got) != 1 || !strings.Contains(got[0], "clean-up failed") {
		t.Errorf("reported %q, %v", got, err)
	}
	v.reports = nil
}
