// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"fmt"
	"iter"
	"os"
	"time"
)

// Ticks yields every d, from the beginning of the range on. It never drifts: even after a long
// round the next one begins at a multiple of d. It yields the time at which the tick was due, on
// the loop's clock ([Loop.Time]).
//
// A round that takes longer than d misses ticks. As with [time.Ticker], the last missed tick comes
// late, at once after the round, and the earlier ones do not come at all. Other tasks that are
// ready run in between.
//
// The range ends when ctx is cancelled, so ask ctx.Err() after it. Leaving it early is fine, and
// leaves no timer behind. Ticks panics if d is not above 0. Only the task that ctx belongs to may
// range over it; the range panics if no task does, or ctx comes from none.
func Ticks(ctx context.Context, d time.Duration) iter.Seq[time.Duration] {
	if d <= 0 {
		panic(opError("Ticks", fmt.Errorf("every %v; give a duration above 0: %w", d, os.ErrInvalid)))
	}
	return func(yield func(due time.Duration) bool) {
		t, err := currentTask(ctx, "Ticks")
		if err != nil {
			panic(err)
		}
		l := t.loop
		due := l.after(l.readClock(), d)
		for Sleep(ctx, due-l.readClock()) == nil && yield(due) {
			due = l.after(due, d)
			if missed := (l.readClock() - due) / d; missed > 0 {
				due += missed * d
			}
		}
	}
}
