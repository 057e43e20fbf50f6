// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/selector"
)

// TestRunInBubble: an ordinary program runs in a bubble of testing/synctest, in its time.
func TestRunInBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		err := asyncio.Run(func(ctx context.Context) error {
			ctx, cancel := asyncio.WithTimeout(ctx, 24*time.Hour)
			defer cancel()
			n, err := asyncio.ToThread(ctx, func(context.Context) (int, error) {
				time.Sleep(time.Hour)
				return 1, nil
			})
			equal(t, "result of a blocking function", n, 1)
			equal(t, "its error", err, nil)
			future := asyncio.NewFuture[time.Duration](asyncio.RunningLoop(ctx))
			go func() {
				time.Sleep(time.Minute)
				_ = asyncio.RunningLoop(ctx).CallSoonThreadsafe(func() { _ = future.SetResult(time.Since(start)) })
			}()
			at, err := future.Await(ctx)
			equal(t, "woken by a goroutine at", at, time.Hour+time.Minute)
			equal(t, "error", err, nil)
			return asyncio.Sleep(ctx, time.Hour)
		})
		equal(t, "error", err, nil)
		equal(t, "took", time.Since(start), 2*time.Hour+time.Minute)
	})
}

// In a bubble there are neither descriptors nor signals, and who asks for them is told.
func TestBubbleHasNoSystem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		err := asyncio.Run(func(ctx context.Context) error {
			l := asyncio.RunningLoop(ctx)
			for what, err := range map[string]error{
				"AddReader":        l.AddReader(0, func() {}),
				"AddWriter":        l.AddWriter(1, func() {}),
				"AddSignalHandler": l.AddSignalHandler(os.Interrupt, func() {}),
			} {
				if !errors.Is(err, errors.ErrUnsupported) {
					t.Errorf("%s: %v", what, err)
				}
			}
			return nil
		})
		equal(t, "error", err, nil)
	})
}

// TestChannelSelector: the same loop outside of a bubble, as on systems without selectors.
func TestChannelSelector(t *testing.T) {
	s, w := selector.NewChannel()
	r, err := asyncio.NewRunner(asyncio.RunnerConfig{Loop: asyncio.LoopConfig{Selector: s, Waker: w}})
	equal(t, "NewRunner", err, nil)
	equal(t, "Run", r.Run(func(ctx context.Context) error {
		n, err := asyncio.ToThread(ctx, func(context.Context) (int, error) { return 1, nil })
		equal(t, "result of a blocking function", n, 1)
		equal(t, "its error", err, nil)
		return someTasks(ctx)
	}), nil)
	equal(t, "Close", r.Close(), nil)
}
