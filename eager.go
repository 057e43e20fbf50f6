// SPDX-License-Identifier: Apache-2.0

package asyncio

import "context"

// CreateEagerTask is like [CreateTask], but runs the task's first step at once (Z2). If fn does not
// wait, the task has ended when CreateEagerTask returns, and the loop never schedules it. If fn
// waits, the task goes on like any other (Z3, Z4). The step runs inside the caller's step, as a
// call does. While the loop does not run, it is the same as CreateTask.
func CreateEagerTask[T any](ctx context.Context, fn func(ctx context.Context) (T, error)) *Task[T] {
	l := mustLoop(ctx, "CreateEagerTask")
	mustHave("CreateEagerTask", fn != nil)
	t := &Task[T]{fn: fn}
	l.enroll(ctx, &t.task, t)
	if l.running {
		l.stepInside(&t.task)
	} else {
		l.ready.Push(readyEntry{task: &t.task})
	}
	return t
}

// stepInside makes a step of t within what the loop runs now.
func (l *Loop) stepInside(t *task) {
	outer, owner := l.current, l.runsOn
	l.attend()
	l.batch++ // what is ready comes after the step of the creator, so handOff must leave it alone
	l.step(t)
	l.batch--
	l.attend()
	l.current = outer
	l.setOwner(owner)
}
