// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
)

func TestSleepLastsExactly(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		for _, d := range []time.Duration{1, time.Millisecond, time.Second, 100 * 365 * 24 * time.Hour} {
			before := now(ctx)
			if err := asyncio.Sleep(ctx, d); err != nil {
				t.Error(err)
			}
			equal(t, "slept", now(ctx)-before, d)
		}
	})
}

func TestSleepOfZeroIsOneTurn(t *testing.T) {
	for _, d := range []time.Duration{0, -1, -time.Hour} {
		inVirtual(t, func(ctx context.Context) {
			l := asyncio.RunningLoop(ctx)
			var got []string
			l.CallSoon(func() {
				got = append(got, "ready")
				l.CallSoon(func() { got = append(got, "next turn") })
			})
			if err := asyncio.Sleep(ctx, d); err != nil {
				t.Error(err)
			}
			equalAll(t, "ran meanwhile", got, []string{"ready"})
			equal(t, "time", now(ctx), 0)
		})
	}
}

// A step that has taken long does not eat the sleep that follows (S4 is otherwise).
func TestSleepCountsFromTheCall(t *testing.T) {
	v := newVirtual(t)
	err := v.run(func(ctx context.Context) error {
		_ = now(ctx)
		v.clock.advance(time.Hour)
		return asyncio.Sleep(ctx, time.Second)
	})
	equal(t, "error", err, nil)
	equal(t, "time", v.clock.Now(), time.Hour+time.Second)
}

func TestCancelledSleepLeavesNoTimer(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		l := asyncio.RunningLoop(ctx)
		task := spawn(ctx, func(ctx context.Context) error { return asyncio.Sleep(ctx, time.Hour) })
		yield(t, ctx)
		equal(t, "timers", l.Stats().Timers, 1)
		task.Cancel(nil)
		_, err := task.Await(ctx)
		equal(t, "error", err, context.Canceled)
		equal(t, "timers", l.Stats().Timers, 0)
		equal(t, "time", now(ctx), 0)
	})
}
