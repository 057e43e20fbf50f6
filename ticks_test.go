// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
)

// Each round takes its time; the ticks come at the multiples all the same, and of those that were
// missed the last one.
func TestTicks(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		rounds := []time.Duration{0, 3, 10, 11, 35, 0, 0}
		var due, began []time.Duration
		for when := range asyncio.Ticks(ctx, 10) {
			due, began = append(due, when), append(began, now(ctx))
			if len(due) == len(rounds) {
				break
			}
			if err := asyncio.Sleep(ctx, max(rounds[len(due)-1], 0)); err != nil {
				t.Error(err)
			}
		}
		equalAll(t, "due", due, []time.Duration{10, 20, 30, 40, 50, 80, 90})
		equalAll(t, "began", began, []time.Duration{10, 20, 30, 40, 51, 86, 90})
		equal(t, "timers left", asyncio.RunningLoop(ctx).Stats().Timers, 0)
	})
}

func TestTicksEndWithTheirContext(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		limited, cancel := asyncio.WithTimeout(ctx, 35)
		defer cancel()
		n := 0
		for range asyncio.Ticks(limited, 10) {
			n++
		}
		equal(t, "ticks", n, 3)
		equal(t, "error", limited.Err(), context.DeadlineExceeded)
		for range asyncio.Ticks(limited, 10) {
			t.Error("a tick under a cancelled context")
		}
		stopped, stop := context.WithCancel(ctx)
		defer stop()
		n = 0
		for range asyncio.Ticks(stopped, 10) {
			n++
			stop() // in the round
		}
		equal(t, "ticks", n, 1)
		equal(t, "time", now(ctx), 45)
	})
}

func TestTicksMisuse(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		for _, d := range []time.Duration{0, -1} {
			wantPanic(t, os.ErrInvalid, func() { asyncio.Ticks(ctx, d) })
		}
		wantPanic(t, asyncio.ErrNoTask, func() {
			for range asyncio.Ticks(context.Background(), 1) {
			}
		})
	})
}

// A tick that will never come does no harm.
func TestTicksForEver(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		limited, cancel := asyncio.WithTimeout(ctx, time.Hour)
		defer cancel()
		for range asyncio.Ticks(limited, 1<<63-1) {
			t.Error("a tick after 292 years")
		}
		equal(t, "error", errors.Is(limited.Err(), context.DeadlineExceeded), true)
	})
}
