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

// A signal that comes at the same time as the cancellation is not lost.
func TestWaitSignalCancelledAtTheSameTime(t *testing.T) {
	for _, order := range []string{"signal first", "cancellation first"} {
		v := newVirtual(t)
		err := v.run(func(ctx context.Context) error {
			task := waitSignal(t, ctx, syscall.SIGUSR1, syscall.SIGUSR2)
			if order == "signal first" {
				asyncio.Relay(v.loop, syscall.SIGUSR2)
			}
			task.Cancel(nil)
			if order != "signal first" {
				asyncio.Relay(v.loop, syscall.SIGUSR2)
			}
			sig, err := task.Await(ctx)
			equal(t, order, err, nil)
			equal(t, order, sig, os.Signal(syscall.SIGUSR2))
			return nil
		})
		equal(t, "error of main", err, nil)
	}
}

// Of two signals that come at once, none that asks the program to end is lost.
func TestWaitSignalTwoAtOnce(t *testing.T) {
	for _, c := range []struct {
		first, second syscall.Signal
		ends          bool // main is cancelled
	}{
		{syscall.SIGUSR1, syscall.SIGTERM, true},
		{syscall.SIGTERM, syscall.SIGUSR1, false},
		{syscall.SIGTERM, syscall.SIGINT, false},
	} {
		skipIgnored(t, syscall.SIGTERM)
		skipIgnored(t, syscall.SIGINT)
		v := newVirtual(t, func(cfg *asyncio.RunnerConfig) { cfg.IgnoreSignals = false })
		_ = v.run(func(ctx context.Context) error {
			asyncio.RunningLoop(ctx).CallSoon(func() {
				asyncio.Relay(v.loop, c.first)
				asyncio.Relay(v.loop, c.second)
			})
			sig, err := asyncio.WaitSignal(ctx, syscall.SIGINT, syscall.SIGTERM, syscall.SIGUSR1)
			equal(t, "error", err, nil)
			equal(t, "signal", sig, os.Signal(c.first))
			_ = asyncio.Sleep(ctx, 1)
			var cause *asyncio.SignalError
			equal(t, c.first.String()+": main is cancelled", errors.As(context.Cause(ctx), &cause), c.ends)
			return nil
		})
	}
}

// Several tasks wait again and again: a signal is the next one for each, and none ends the process.
func TestWaitSignalAgainByTwo(t *testing.T) {
	skipIgnored(t, syscall.SIGTERM)
	v := newVirtual(t, func(cfg *asyncio.RunnerConfig) { cfg.IgnoreSignals = false })
	const rounds = 3
	got := 0
	err := v.run(func(ctx context.Context) error {
		return asyncio.WithTaskGroup(ctx, func(ctx context.Context, g *asyncio.TaskGroup) error {
			for range 2 {
				g.Go(func(ctx context.Context) error {
					for range rounds {
						if _, err := asyncio.WaitSignal(ctx, syscall.SIGTERM); err != nil {
							return err
						}
						got++
					}
					return nil
				})
			}
			for range rounds {
				_ = asyncio.Sleep(ctx, 1)
				asyncio.Relay(v.loop, syscall.SIGTERM)
			}
			return nil
		})
	})
	equal(t, "error", err, nil)
	equal(t, "waits", got, 2*rounds)
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
