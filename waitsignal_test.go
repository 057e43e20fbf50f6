// SPDX-License-Identifier: Apache-2.0

//go:build unix

package asyncio_test

import (
	"context"
	"errors"
	"os"
	"syscall"
	"testing"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/waitgraph"
)

// inRun runs main as the first task of a real loop.
func inRun(t *testing.T, main func(ctx context.Context) error) {
	t.Helper()
	equal(t, "error of Run", asyncio.Run(main), nil)
}

// waitSignal makes a task that waits for signals, and begins to.
func waitSignal(t testing.TB, ctx context.Context, signals ...os.Signal) *asyncio.Task[os.Signal] {
	task := asyncio.CreateTask(ctx, func(ctx context.Context) (os.Signal, error) {
		return asyncio.WaitSignal(ctx, signals...)
	})
	yield(t, ctx)
	return task
}

// All who wait for the signal get it, and no other; then it does what it did before.
func TestWaitSignal(t *testing.T) {
	before := protect(t, syscall.SIGUSR1)
	inRun(t, func(ctx context.Context) error {
		a := waitSignal(t, ctx, syscall.SIGUSR1, syscall.SIGUSR2)
		b := waitSignal(t, ctx, syscall.SIGUSR1, syscall.SIGUSR1)
		c := waitSignal(t, ctx, syscall.SIGUSR2)
		info := asyncio.RunningLoop(ctx).WaitGraph().Task(a.ID())
		equal(t, "kind", info.Waits.Kind, waitgraph.KindObject)
		equal(t, "what", info.Waits.What, "signal user defined signal 1 or user defined signal 2")
		raise(t, syscall.SIGUSR1)
		for _, task := range []*asyncio.Task[os.Signal]{a, b} {
			sig, err := task.Await(ctx)
			equal(t, "error", err, nil)
			equal(t, "signal", sig, os.Signal(syscall.SIGUSR1))
		}
		equal(t, "the other one is done", c.Done(), false)
		raise(t, syscall.SIGUSR2)
		sig, err := c.Await(ctx)
		equal(t, "error", err, nil)
		equal(t, "signal", sig, os.Signal(syscall.SIGUSR2))
		<-before
		raise(t, syscall.SIGUSR1)
		<-before
		return nil
	})
}

func TestWaitSignalUnderCancellation(t *testing.T) {
	protect(t, syscall.SIGUSR1)
	inRun(t, func(ctx context.Context) error {
		_, err := asyncio.WaitSignal(cancelledContext(ctx), syscall.SIGUSR1)
		equal(t, "before", err, context.Canceled)
		task := waitSignal(t, ctx, syscall.SIGUSR1)
		task.Cancel(nil)
		_, err = task.Await(ctx)
		equal(t, "in it", err, context.Canceled)

		l := asyncio.RunningLoop(ctx)
		equal(t, "a handler, when nobody waits", l.AddSignalHandler(syscall.SIGUSR1, func() {}), nil)
		equal(t, "RemoveSignalHandler", l.RemoveSignalHandler(syscall.SIGUSR1), true)

		task = waitSignal(t, ctx, syscall.SIGUSR1)
		raise(t, syscall.SIGUSR1)
		waitUntil(t, ctx, func() bool {
			woken := l.WaitGraph().Task(task.ID())
			return woken == nil || woken.State != waitgraph.Waiting // nil: it has ended already
		})
		task.Cancel(nil)
		sig, err := task.Await(ctx)
		equal(t, "after the waking", err, nil)
		equal(t, "signal", sig, os.Signal(syscall.SIGUSR1))
		return nil
	})
}

func TestWaitSignalIsRefused(t *testing.T) {
	inRun(t, func(ctx context.Context) error {
		l := asyncio.RunningLoop(ctx)
		refused := func(what string, want error, signals ...os.Signal) {
			t.Helper()
			_, err := asyncio.WaitSignal(ctx, signals...)
			equal(t, what, errors.Is(err, want), true)
		}
		refused("no signal", os.ErrInvalid)
		refused("nil", os.ErrInvalid, syscall.SIGUSR1, nil)
		refused("SIGKILL", os.ErrInvalid, syscall.SIGKILL)
		equal(t, "AddSignalHandler", l.AddSignalHandler(syscall.SIGUSR1, func() {}), nil)
		refused("one with a handler", asyncio.ErrBusy, syscall.SIGUSR2, syscall.SIGUSR1)
		l.RemoveSignalHandler(syscall.SIGUSR1)
		task := waitSignal(t, ctx, syscall.SIGUSR1)
		equal(t, "AddSignalHandler", errors.Is(l.AddSignalHandler(syscall.SIGUSR1, func() {}), asyncio.ErrBusy), true)
		equal(t, "RemoveSignalHandler", l.RemoveSignalHandler(syscall.SIGUSR1), false)
		task.Cancel(nil)
		_, err := asyncio.WaitSignal(context.Background(), syscall.SIGUSR1)
		equal(t, "no task", errors.Is(err, asyncio.ErrNoTask), true)
		return nil
	})
}
