// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"

	"github.com/gocurtain/asyncio/internal/sys"
)

// LoopStats counts what a loop holds.
type LoopStats struct {
	Ready      int // callbacks and steps that are ready to run
	Timers     int // timers armed
	Tasks      int // tasks that have not ended
	Watches    int // descriptors watched
	Coroutines int // coroutines kept for tasks to come
	Jobs       int // blocking functions in executors, running or queued, that will report to the loop
	// JobsHeldUp counts those of Jobs that wait themselves, in [ConcurrentFuture.Await]. Only loops
	// with a Clock or an Order count them, since virtual time passes for them meanwhile.
	JobsHeldUp int
}

// Stats counts what the loop holds. Only the loop's goroutine may call it, or any goroutine while
// the loop does not run.
func (l *Loop) Stats() LoopStats {
	l.mustOwn("Loop.Stats")
	return LoopStats{
		Ready:      l.ready.Len(),
		Timers:     l.timers.Len(),
		Tasks:      l.live,
		Watches:    l.watches,
		Coroutines: len(l.coros),
		Jobs:       l.jobs,
		JobsHeldUp: heldUp.count(l),
	}
}

// StatsThreadsafe is [Loop.Stats] for any goroutine. It waits and fails as
// [Loop.WaitGraphThreadsafe] does.
func (l *Loop) StatsThreadsafe(ctx context.Context) (LoopStats, error) {
	return ask(ctx, "Loop.StatsThreadsafe", l, l.Stats)
}

// ask makes a loop call fn, and waits for the answer.
func ask[T any](ctx context.Context, op string, l *Loop, fn func() T) (T, error) {
	var none T
	if l == nil {
		return none, opError(op, ErrNoTask)
	}
	if g := sys.CurrentG(); g != 0 && l.owner.Load() == g {
		return fn(), nil
	}
	if err := ctx.Err(); err != nil {
		return none, err
	}
	answer := NewConcurrentFuture[T]()
	kept, ok := answer.promisedBy(l, op)
	if ok {
		defer kept() // also if ctx ends first
		if err := l.callFromOutside(op, func() { _ = answer.SetResult(fn()) }); err != nil {
			return none, err
		}
	}
	if err := answer.wait(ctx, op); err != nil {
		return none, err
	}
	return answer.Result()
}
