// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"iter"

	"github.com/gocurtain/asyncio/internal/sys"
)

// CurrentTask returns the task that is running now on the loop that ctx belongs to,
// nil in a callback or outside of a loop (asyncio I1). Only the loop's goroutine may
// call it.
func CurrentTask(ctx context.Context) AnyTask {
	l := RunningLoop(ctx)
	if l == nil {
		return nil
	}
	l.mustOwn("CurrentTask")
	if l.current == nil {
		return nil
	}
	return l.current.self.public()
}

// AllTasks yields the tasks of the loop that have not ended, in order of creation
// (I2). Tasks may be created and end meanwhile; it yields those that were there at
// the beginning. Only the loop's goroutine may call it, or any while the loop does
// not run.
func (l *Loop) AllTasks() iter.Seq[AnyTask] {
	l.mustOwn("Loop.AllTasks")
	tasks := make([]AnyTask, 0, l.live)
	for t := l.tasks; t != nil; t = t.next {
		tasks = append(tasks, t.self.public())
	}
	return func(yield func(AnyTask) bool) {
		for _, t := range tasks {
			if !yield(t) {
				return
			}
		}
	}
}

// Stats is a loop at a glance.
type Stats struct {
	Ready      int // callbacks and steps that are ready to run
	Timers     int // timers armed
	Tasks      int // tasks that have not ended
	Watches    int // descriptors watched
	Coroutines int // coroutines kept for tasks to come
	Jobs       int // blocking functions in executors, running or queued, whose end the loop will hear of
	// JobsHeldUp counts those of Jobs that wait themselves, in [ConcurrentFuture.Await]. It is
	// known of loops with a Clock or an Order only, for which virtual time passes meanwhile.
	JobsHeldUp int
}

// Stats returns a count of what the loop holds. Only the loop's goroutine may call
// it, or any while the loop does not run.
func (l *Loop) Stats() Stats {
	l.mustOwn("Loop.Stats")
	return Stats{
		Ready:      l.ready.Len(),
		Timers:     l.timers.Len(),
		Tasks:      l.live,
		Watches:    l.watches,
		Coroutines: len(l.coros),
		Jobs:       l.jobs,
		JobsHeldUp: l.heldUp.count(),
	}
}

// CaptureStats is [Loop.Stats] for any goroutine. Who waits how, and the errors, are as for
// [CaptureWaitGraph].
func CaptureStats(ctx context.Context, l *Loop) (Stats, error) {
	return capture(ctx, "CaptureStats", l, l.Stats)
}

// capture has a loop call fn, and waits for the answer.
func capture[T any](ctx context.Context, op string, l *Loop, fn func() T) (T, error) {
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
