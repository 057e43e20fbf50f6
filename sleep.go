// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"time"

	"github.com/gocurtain/asyncio/trace"
)

// Sleep suspends the current task for d, never for less. A d of zero or less lets the tasks that
// are ready run once, and returns (T18). If ctx is cancelled, before or meanwhile, Sleep returns
// ctx.Err() and leaves no timer behind.
//
// Only the task that ctx belongs to may call it.
func Sleep(ctx context.Context, d time.Duration) error {
	t, err := currentTask(ctx, "Sleep")
	if err != nil {
		return err
	}
	if !isClear(ctx) {
		if err := errOf(ctx); err != nil {
			return err
		}
	}
	if d <= 0 {
		t.yield()
		return nil
	}
	// Unlike CallLater it reads the clock: the loop's time is when this step began, and a step that
	// has computed for longer than d since would not sleep at all.
	l := t.loop
	timer := l.timers.Push(int64(l.after(l.readClock(), d)), timerEntry{task: t})
	err = t.block(ctx, trace.WaitSleep, nil, d)
	if err != nil {
		l.timers.Cancel(timer)
	}
	return err
}

// yield suspends the task and lets it run again in the next turn. There is nothing to interrupt:
// the next step is scheduled already.
func (t *task) yield() {
	l := t.loop
	if l.hooks != nil {
		t.tellYield()
	}
	t.does = ready
	l.ready.Push(readyEntry{task: t})
	t.park()
}

func (t *task) tellYield() {
	t.loop.hooks.TaskWaits(t.id, trace.WaitYield, 0, "")
	t.loop.hooks.TaskWoken(t.id, trace.WakeYield, 0)
}
