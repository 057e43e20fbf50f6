// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/gocurtain/asyncio/trace"
)

// TaskGroup is a set of tasks that begin and end together (asyncio G1 to G12). Only [WithTaskGroup]
// makes one. Only the loop's goroutine may use it.
type TaskGroup struct {
	scope  scope
	live   int
	limit  int     // of tasks that have begun; 0 for none
	begun  int     // tasks that have begun and not ended
	held   waiters // those that have not begun because of the limit
	failed []*task // tasks that ended with an error or a panic, in that order
	closed bool
	cut    bool    // a task ended because it was cancelled
	idle   *future // resolved when the last task ends, if the group waits for it
}

// WithTaskGroup calls body with a new group, and waits until body and all tasks of the group have
// ended. Tasks may be created until the last one has ended, even after body has returned (G3).
//
// The first error cancels the group's context, and with it the body and the other tasks; so does a
// cancellation of ctx. WithTaskGroup returns all errors, joined: body's first, then the tasks'
// errors in the order in which they ended. It leaves out a task's error if body's error wraps it
// already. A task that ends because it was cancelled is no error (G5), unless its error says more,
// for instance what its clean-up joined to it. The [context.Canceled] of a context that has nothing
// to do with the task is an error, too.
//
// If body or a task panics, the others are cancelled, and WithTaskGroup panics when they have
// ended; their errors then go to the exception handler.
//
// If body or a task has stopped because ctx was cancelled, and there is no other error, the error
// is ctx.Err().
func WithTaskGroup(ctx context.Context, body func(ctx context.Context, g *TaskGroup) error) error {
	if _, err := currentTask(ctx, "WithTaskGroup"); err != nil {
		return err
	}
	g := &TaskGroup{}
	g.scope.init(ctx, RunningLoop(ctx))
	returned := false
	defer func() {
		if returned {
			return
		}
		// body panics or exits: its tasks must not outlive it.
		g.abort()
		g.wait(ctx)
		g.scope.release()
		g.giveBack(nil)
	}()
	err := body(&g.scope, g)
	returned = true
	return g.close(ctx, err)
}

// close ends the group after its body has returned.
func (g *TaskGroup) close(ctx context.Context, err error) error {
	failed := err != nil && !isCancellation(&g.scope, err)
	if failed {
		g.abort()
	}
	g.wait(ctx)
	g.scope.release()
	if t := g.panicked(); t != nil {
		if failed && !g.has(err) {
			t.loop.report(ExceptionContext{Message: "the body of a task group failed, and a task of it panicked", Err: err})
		}
		g.giveBack(t)
		panic(t.panic())
	}
	var errs []error
	if failed {
		errs = append(errs, err)
	}
	for _, t := range g.failed {
		t.seen()
		// The body may have returned the error of a task that it awaited.
		if !failed || !errors.Is(err, t.err) {
			errs = append(errs, t.err)
		}
	}
	if errs != nil {
		return errors.Join(errs...)
	}
	if err != nil || g.cut {
		// If somebody stopped early, it was for ctx, or for Cancel, which is no error.
		return errOf(ctx)
	}
	return nil
}

// panicked returns the first task that has panicked, nil if there is none.
func (g *TaskGroup) panicked() *task {
	for _, t := range g.failed {
		if t.panic() != nil {
			return t
		}
	}
	return nil
}

// has reports whether err is the error of a failed task, or wraps it.
func (g *TaskGroup) has(err error) bool {
	return slices.ContainsFunc(g.failed, func(t *task) bool { return errors.Is(err, t.err) })
}

// giveBack leaves the tasks' errors to the exception handler, except the errors that somebody has
// asked for, and that of passing, whose panic continues in the group's caller.
func (g *TaskGroup) giveBack(passing *task) {
	for _, t := range g.failed {
		if t == passing || t.observed {
			t.seen()
			continue
		}
		t.loop.unobserved(t)
	}
}

// wait suspends until the last task has ended. It cannot be interrupted: a cancellation of ctx has
// reached the tasks through their contexts, and they end.
func (g *TaskGroup) wait(ctx context.Context) {
	for g.live > 0 {
		idle := futureOf(g.scope.tree.loop)
		g.idle = &idle
		t := g.scope.tree.loop.current
		g.idle.join(&t.place)
		t.suspend(trace.WaitGroup, g, 0)
	}
	g.closed = true
}

func (g *TaskGroup) abort() {
	g.scope.cancel(context.Canceled, errGroup)
}

// errGroup is the cause with which the failure of one task cancels the others of its group.
var errGroup error = cancelReason("a task of the group failed")

// childDone is called by the loop when a task of the group has ended. The group answers for its
// error until it ends itself.
func (g *TaskGroup) childDone(t *task) {
	switch {
	case t.err == nil:
	case t.cut:
		g.cut = true
	default:
		g.failed = append(g.failed, t)
		g.abort()
	}
	g.live--
	g.begun--
	g.admit()
	if g.live == 0 && g.idle != nil {
		idle := g.idle
		g.idle = nil
		idle.resolve(nil)
	}
}

// CreateTaskIn is like [CreateTask], but creates the task in a group: the group waits for the task,
// and fails if the task fails (G2). With [TaskGroup.SetLimit] it may begin later. CreateTaskIn
// panics with [ErrGroupClosed] if the group has ended.
func CreateTaskIn[T any](g *TaskGroup, fn func(ctx context.Context) (T, error)) *Task[T] {
	mustHave("CreateTaskIn", fn != nil)
	t := &Task[T]{fn: fn}
	g.add("CreateTaskIn", &t.task, t)
	return t
}

// Go is [CreateTaskIn] for a function without a result.
func (g *TaskGroup) Go(fn func(ctx context.Context) error) *Task[struct{}] {
	mustHave("TaskGroup.Go", fn != nil)
	p := &procedure{fn: fn}
	g.add("TaskGroup.Go", &p.task, p)
	return &p.Task
}

func (g *TaskGroup) add(op string, t *task, self taskRunner) {
	if g == nil {
		panic(zeroValue(op))
	}
	l := g.scope.mustBeMade(op)
	l.mustBeOpen(op)
	if g.closed {
		panic(opError(op, ErrGroupClosed))
	}
	t.group = g
	g.live++
	l.enroll(&g.scope, t, self)
	if g.isFull() && !t.scope.cancelled() {
		g.hold(t)
		return
	}
	g.begun++
	l.ready.Push(readyEntry{task: t})
}

// SetLimit sets how many tasks of the group may run at a time; zero or less means no limit, as at
// first. Go and [CreateTaskIn] still return at once, since a function without ctx cannot wait. They
// make the task, and it begins when another one ends, in the order in which the tasks were made.
// Until then it costs no stack; if it is cancelled, it ends without beginning. To hold back the
// code that makes the tasks, let it wait for a [Semaphore], or for room in a [Queue] from which n
// tasks take their work.
//
// A task that awaits another one of its group holds a place that the other may need: then the graph
// of waits shows a deadlock. The limit may be changed at any time; tasks that have begun go on.
func (g *TaskGroup) SetLimit(n int) {
	g.scope.mustBeMade("TaskGroup.SetLimit").mustOwn("TaskGroup.SetLimit")
	g.limit = n
	g.admit()
}

func (g *TaskGroup) isFull() bool { return g.limit > 0 && g.begun >= g.limit }

// hold makes a new task wait until it may begin, or is cancelled.
func (g *TaskGroup) hold(t *task) {
	t.does = held
	g.held.join(&t.place)
	t.scope.addWaiter(t)
}

// admit begins the tasks that may begin.
func (g *TaskGroup) admit() {
	for g.held.first != nil && !g.isFull() {
		g.begin(g.held.first.to.(*task))
	}
}

// begin begins a task that was held.
func (g *TaskGroup) begin(t *task) {
	l := t.loop
	l.usesAll() // the tasks of the group share the limit
	g.held.leave(&t.place)
	t.scope.removeWaiter(t)
	t.does = ready
	g.begun++
	l.ready.Push(readyEntry{task: t})
}

// turn says what the tasks wait for that are held.
func (g *TaskGroup) turn() string { return fmt.Sprintf("its turn in a group of %d at a time", g.limit) }

// Cancel ends the group early: it cancels the group's context, and with it the body and the tasks.
// That is no error of the group (G10). Calling it again, or after the end, changes nothing.
func (g *TaskGroup) Cancel() {
	g.scope.mustBeMade("TaskGroup.Cancel").mustOwn("TaskGroup.Cancel")
	g.scope.cancel(context.Canceled, errGroupExit)
}

// errGroupExit is the cause with which [TaskGroup.Cancel] cancels the group's tasks.
var errGroupExit error = cancelReason("the task group was cancelled")

// Len returns how many of the group's tasks have not ended.
func (g *TaskGroup) Len() int {
	g.scope.mustBeMade("TaskGroup.Len").mustOwn("TaskGroup.Len")
	return g.live
}

func (g *TaskGroup) traceID() uint64 { return g.idle.traceID() }

func (g *TaskGroup) words() string { return "" }

func (g *TaskGroup) blockers() (tasks []*task) {
	for t := g.scope.tree.loop.tasks; t != nil; t = t.next {
		if t.group == g {
			tasks = append(tasks, t)
		}
	}
	return tasks
}
