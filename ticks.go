// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"fmt"
	"iter"
	"os"
	"time"
)

// Ticks yields again and again, every d from the beginning of the range on, and never drifts:
// however long a round takes, the next one begins at the next multiple of d. What it yields is
// when the tick was due, on the loop's clock ([Loop.Time]).
//
// A round that takes longer than d misses ticks. As with [time.Ticker], the last one that was
// missed comes at once, late, and those before it do not come at all; the others that are ready
// run in between.
//
// The range ends when ctx is cancelled, so ask ctx.Err() after it; and it may be left at any
// time, which leaves no timer behind. Ticks panics if d is not above 0, and the range if it is
// not run by the task that ctx belongs to.
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
