// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"iter"
)

// CurrentTask returns the task that is running now on the loop that ctx belongs to, nil in a
// callback or outside of a loop (asyncio I1). Only the loop's goroutine may call it.
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

// AllTasks yields the tasks of the loop that have not ended, in order of creation (I2). It yields
// the tasks that there were when it was called, even if tasks are created or end meanwhile. Only
// the loop's goroutine may call it, or any goroutine while the loop does not run.
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
