// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"

	"github.com/gocurtain/asyncio/trace"
)

// SetHooks makes h the hooks of the loop instead of the present ones; nil removes them. That
// happens between two turns: before the next one or, if the loop does not run, before the first
// turn of the next run. The old hooks get [Hooks].LoopLeft; the new ones get LoopFound, and
// TaskFound for each task. LoopBegin and LoopEnd are not called then. A recorder may be closed
// after its LoopLeft: nothing of it is called any more.
//
// Only the loop's goroutine may call it; others use [Loop.SetHooksThreadsafe]. On a closed loop it
// panics with [ErrLoopClosed].
func (l *Loop) SetHooks(h Hooks) {
	l.mustBeOpen("Loop.SetHooks")
	h = guardHooks(h, l.hooksFailed)
	l.postHooks(h, nil, func() { l.switchHooks(h) })
}

// SetHooksThreadsafe is [Loop.SetHooks] for any goroutine. It returns when the new hooks are set
// and the old ones are no longer called. It waits and fails as [Loop.WaitGraphThreadsafe] does;
// after an error of ctx the hooks may be set, or be set later. On the loop's own goroutine it is
// SetHooks, and does not wait.
func (l *Loop) SetHooksThreadsafe(ctx context.Context, h Hooks) error {
	const op = "Loop.SetHooksThreadsafe"
	_, err := ask(ctx, op, l, func() bool { l.SetHooks(h); return true })
	if err == nil {
		// The answer to another question comes after the turn in which SetHooks was called.
		_, err = ask(ctx, op, l, func() bool { return true })
	}
	return err
}

// Hooks returns the hooks that the loop calls now, nil if there are none, for packages that have
// something to tell, such as transports. Use them only in this callback or step. They may be a
// stand-in for the hooks that the loop was given. Only the loop's goroutine may call it.
func (l *Loop) Hooks() Hooks {
	if !l.mine() {
		panic(l.refuse("Loop.Hooks", l.refusal()))
	}
	return l.hooks
}

// switchHooks is called between two turns.
func (l *Loop) switchHooks(h Hooks) {
	if old := l.hooks; old != nil {
		old.LoopLeft(l.id)
	}
	l.hooks = h
	if h == nil {
		return
	}
	h.LoopFound(l.id, l.name)
	owners := l.scopeOwners()
	for t := l.tasks; t != nil; t = t.next {
		t.tellFound(h, parentOf(&t.scope, owners))
	}
}

// tellFound tells the state of a task between two turns, when no task runs.
func (t *task) tellFound(h Hooks, parent uint64) {
	var name, words string
	if given := t.name.Load(); given != nil {
		name = *given
	}
	var wait trace.Wait
	var on uint64
	if t.does == waiting {
		wait = t.coro.wait
		if t.coro.on != nil {
			on, words = t.coro.on.traceID(), t.coro.words(t.coro.on)
		}
	}
	h.TaskFound(t.id, parent, name, wait, on, words)
}
