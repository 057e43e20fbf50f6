// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"fmt"
	"runtime/debug"
	"sync/atomic"

	"github.com/gocurtain/asyncio/internal/coro"
	"github.com/gocurtain/asyncio/internal/entry"
	"github.com/gocurtain/asyncio/internal/printable"
	"github.com/gocurtain/asyncio/trace"
)

// taskState is what a task does at the moment.
type taskState uint8

const (
	// ready: its next step is in the ready queue; also before the first step. Never together with a
	// place in a future's queue.
	ready taskState = iota
	// held: its group's limit keeps it from its first step. It is among the waiters of its own
	// scope.
	held
	// running: it is the loop's current task.
	running
	// waiting: suspended in a wait. The only state in which it can be woken.
	waiting
	// ended: its function has returned; the future has or is about to have the result.
	ended
)

// task is the part of a [Task] that does not know the type of its result. It consists of the future
// that is its result, the scope that is its context, and, from the first step to the last, a
// coroutine that is its stack.
//
// A task is one allocation, and most of the garbage of a program that makes many. So what is rarely
// needed is kept elsewhere (BenchmarkCreateAwait).
type task struct {
	future
	scope scope
	self  taskRunner // the typed task
	coro  *stack
	place waiter    // its place among those who wait for the same as it
	group taskGroup // nil if it is in none

	next, prev *task // the loop's list of tasks that have not ended

	name atomic.Pointer[string] // nil for Task-id; the watchdog reads it
}

// taskFlags are in the future of a task, where there is room for them: with eight bytes more a task
// would take 32 more (BenchmarkCreateAwait).
type taskFlags struct {
	does        taskState
	interrupted bool // the wait ended because its context was cancelled
	returned    bool // its function has returned, rather than panicked or exited
	lent        bool // it waits in handOff: a step of another task is made on its stack
}

// taskGroup is a group as its tasks know it.
type taskGroup interface {
	// childDone is called by the loop when t has ended.
	childDone(t *task)
	// begin lets a task run that the group has held.
	begin(t *task)
	// turn says in words what the tasks wait for that the group holds.
	turn() string
}

// taskRunner is the typed side of a task.
type taskRunner interface {
	AnyTask
	// public is the task as the program knows it.
	public() AnyTask
	body() coro.Body
	entry() uintptr
}

// AnyTask is a task of any result type.
type AnyTask interface {
	ID() uint64
	Name() string
	SetName(name string)
	Cancel(cause error) bool
	Done() bool
	Cancelled() bool
	base() *future
}

// Task runs a function on a stack of its own, in steps; other tasks run between the steps. It is
// also the future of the function's result (asyncio T1 to T22). Make one with [CreateTask] or
// [CreateTaskIn]. Only the loop's goroutine may use it.
type Task[T any] struct {
	task
	value T
	fn    func(context.Context) (T, error)
}

// CreateTask makes a task of fn and schedules its first step for the loop's next turn (T1). fn's
// context comes from ctx: it has the values of ctx, and a cancellation of ctx cancels the task;
// [context.WithoutCancel] detaches it. ctx must come from a task or from [Loop.Context], else
// CreateTask panics with [ErrNoTask]. On a goroutine other than the loop's it panics with
// [ErrWrongGoroutine].
//
// The loop keeps its tasks alive: a task runs to its end even if nobody holds a reference to it. An
// error that nobody awaits goes to the loop's exception handler.
func CreateTask[T any](ctx context.Context, fn func(ctx context.Context) (T, error)) *Task[T] {
	l := mustLoop(ctx, "CreateTask")
	mustHave("CreateTask", fn != nil)
	t := &Task[T]{fn: fn}
	l.spawn(ctx, &t.task, t)
	return t
}

// Await suspends the current task until this one has ended, and returns its result (T9). It does
// not suspend if it has ended already.
//
// If ctx is cancelled, before or meanwhile, Await returns ctx.Err() at once. The awaited task goes
// on, unless its own context comes from ctx, as it does if it was created with ctx. A result that
// arrived before the cancellation is returned. If the task panicked, Await panics with a
// [*PanicError].
//
// Only the task that ctx belongs to may call it.
func (t *Task[T]) Await(ctx context.Context) (T, error) {
	return awaitResult(ctx, &t.future, &t.value)
}

// Result returns the result without waiting. Before the task has ended the error is
// [ErrInvalidState] (F2). If the task panicked, Result panics with a [*PanicError].
func (t *Task[T]) Result() (T, error) { return resultOf(&t.future, &t.value) }

func (t *Task[T]) public() AnyTask { return t }

func (t *Task[T]) body() coro.Body { return (*taskBody[T])(t) }

// entry is the code of the task's function, as long as the task has not succeeded.
func (t *Task[T]) entry() uintptr { return entry.Of(t.fn) }

// site is where the task's function is defined. Walking the stack at each creation would tell the
// line of the call, and double its price; recorded traces have it.
func (t *task) site() string { return siteOf(t.self.entry()) }

// String shows name and state, for debugging (I10).
func (t *Task[T]) String() string {
	if t.loop == nil {
		return "Task(not made)"
	}
	t.mustOwn("Task.String")
	state := t.describe()
	if made := t.loop.originOf(&t.task).first(); made != "" {
		state += ", created by " + made
	}
	return fmt.Sprintf("Task(%s, %s)", printable.Line(t.Name()), state)
}

var lastTaskID atomic.Uint64

// spawn begins a task that CreateTask or CreateTaskIn has made.
func (l *Loop) spawn(ctx context.Context, t *task, self taskRunner) {
	l.enroll(ctx, t, self)
	l.ready.Push(readyEntry{task: t})
}

// enroll makes t one of the loop's tasks; its first step is to come.
func (l *Loop) enroll(ctx context.Context, t *task, self taskRunner) {
	t.self = self
	t.loop, t.task, t.id = l, t, lastTaskID.Add(1)
	t.place.to = t
	t.scope.init(ctx, l)
	l.addTask(t)
	if d := l.debug.Load(); d != nil {
		d.made(t, l.origin(2), l.current == nil)
	}
	if h := l.hooks; h != nil {
		var parent uint64
		if l.current != nil {
			parent = l.current.id
		}
		h.TaskCreated(t.id, parent)
	}
}

// ID is the task's number, unique in the process. Any goroutine may call it.
func (t *task) ID() uint64 { return t.id }

// Name is the name given by SetName, else "Task-" and the id (T2).
func (t *task) Name() string {
	if name := t.name.Load(); name != nil {
		return *name
	}
	return fmt.Sprintf("Task-%d", t.id)
}

// SetName names the task for logs, traces and errors (T2).
func (t *task) SetName(name string) {
	t.mustBeMade("Task.SetName")
	t.loop.mustOwn("Task.SetName")
	t.name.Store(&name)
	if t.loop.current == t && t.coro.profile != nil {
		label(&t.scope, name)
	}
	if h := t.loop.hooks; h != nil {
		h.TaskNamed(t.id, name)
	}
}

// Context returns the context that the task's function received, for instance to ask
// [context.Cause] who cancelled it.
func (t *task) Context() context.Context {
	t.mustBeMade("Task.Context")
	return &t.scope
}

// interrupt ends a wait because its context was cancelled. A task that is not waiting, or has been
// woken already, is left alone: its next wait will fail.
func (t *task) interrupt() {
	switch t.does {
	case waiting:
		t.interrupted = true
		t.loop.wake(t, trace.WakeCancel, nil)
	case held:
		t.group.begin(t) // and end
	}
}

// notified is called by the future that the task waits for.
func (t *task) notified(f *future) {
	why := trace.WakeFuture
	if f.task != nil {
		why = trace.WakeTask
	}
	t.loop.wake(t, why, &f.awaited)
}

// wake schedules the next step of a waiting task. by is what it waited for, or nil. It reports
// false if the task does not wait any more: its cancellation came first.
func (l *Loop) wake(t *task, why trace.Wake, by *awaited) bool {
	if !t.isWaiting() {
		l.uses(&t.awaited)
		return false
	}
	l.rise(t, why, by)
	return true
}

// isWaiting reports whether t waits, and its cancellation has not come before.
func (t *task) isWaiting() bool {
	if t.does != waiting {
		return false
	}
	under := t.coro.under
	if under.why.Load() != notCancelled && !t.interrupted && under.cancelled() {
		t.interrupt() // we had not been told yet
		return false
	}
	return true
}

// rise schedules the next step of a task that waits.
func (l *Loop) rise(t *task, why trace.Wake, by *awaited) {
	l.uses(&t.awaited)
	t.does = ready
	c := t.coro
	c.on, c.woken, c.wokenBy = nil, why, 0
	if l.current != nil {
		c.wokenBy = l.current.id
	}
	if h := l.hooks; h != nil {
		var id uint64
		if by != nil {
			id = by.traceID()
		}
		h.TaskWoken(t.id, why, id)
	}
	l.ready.Push(readyEntry{task: t})
}

// step runs a task from where it is suspended to its next wait, or its end (T3).
func (l *Loop) step(t *task) {
	if l.hooks != nil {
		l.tellStepBegin(t)
	}
	l.current, t.does = t, running
	l.resume(t)
	l.current = nil
	if l.hooks != nil {
		l.tellStepEnd(t)
	}
	if t.does == ended {
		l.finish(t)
	}
}

// Here and elsewhere in a step, the calls of hooks are functions of their own, so that the code
// without hooks stays small and is inlined (BenchmarkSleepZero).
func (l *Loop) tellStepBegin(t *task) { l.hooks.StepBegin(t.id) }

func (l *Loop) tellStepEnd(t *task) { l.hooks.StepEnd(t.id, t.does == ended) }

// resume enters the task's coroutine. A task that was cancelled before its first step needs none.
func (l *Loop) resume(t *task) {
	if c := t.coro; c != nil {
		l.setOwner(c)
		c.Resume()
		return
	}
	if err := t.scope.Err(); err != nil {
		t.err, t.does = err, ended
		return
	}
	// The loop does not run on this stack, and has left it since it last did, so the watchdog does
	// not read it before Run has published it.
	t.coro = l.takeCoro()
	t.coro.task = t
	t.coro.Start(t.self.body())
}

// taskBody is a task as its coroutine sees it; a type of its own keeps Run out of the task's public
// methods.
type taskBody[T any] Task[T]

// Run calls the task's function. It must not let a panic pass: the coroutine is used again.
func (b *taskBody[T]) Run() {
	t := (*Task[T])(b)
	t.loop.setOwner(t.coro)
	defer t.exit()
	if t.loop.profile {
		t.coro.profile = beginProfile(&t.scope, t.Name())
		defer t.coro.endProfile()
	}
	t.value, t.err = t.fn(&t.scope)
	t.returned = true
	if t.err == nil {
		t.loop.leaveStack() // the watchdog may be asking for the place of fn
		t.fn = nil          // what it has captured is garbage now; after an error, site still wants it
	}
}

// exit notes how the function ended: returned, panicked, or left by Goexit.
func (t *task) exit() {
	t.does = ended
	if t.returned {
		return
	}
	if v := recover(); v != nil {
		t.err = t.panicked(v, debug.Stack())
		return
	}
	t.err = ErrGoexit
}

// panicked wraps a panic, or adds a stack to one that came from another task.
func (t *task) panicked(value any, stack []byte) *PanicError {
	if p, ok := value.(*PanicError); ok {
		stack = fmt.Appendf(p.Stack[:len(p.Stack):len(p.Stack)], "\ncontinued in task %s:\n%s", t.Name(), stack)
		return &PanicError{Value: p.Value, TaskName: p.TaskName, Stack: stack}
	}
	return &PanicError{Value: value, TaskName: t.Name(), Stack: stack}
}

// finish publishes the result of a task that has ended, and lets go of it.
func (l *Loop) finish(t *task) {
	t.cut = t.wasCut(t.err)
	if c := t.coro; c != nil {
		t.coro = nil
		l.giveCoro(c)
	}
	l.removeTask(t)
	if d := l.debug.Load(); d != nil && (t.err == nil || t.observed || t.cut) {
		d.forget(t)
	}
	t.scope.release()
	if h := l.hooks; h != nil {
		h.TaskDone(t.id, t.how(), t.err)
	}
	// Whoever awaits the task gets its result, even if its group now cancels them.
	t.resolve(t.err)
	if g := t.group; g != nil {
		g.childDone(t)
	} else if t.err != nil {
		l.unobserved(t)
	}
}

func (l *Loop) addTask(t *task) {
	t.prev = l.taskLast
	if l.taskLast == nil {
		l.tasks = t
	} else {
		l.taskLast.next = t
	}
	l.taskLast = t
	l.live++
}

func (l *Loop) removeTask(t *task) {
	if t.prev == nil {
		l.tasks = t.next
	} else {
		t.prev.next = t.next
	}
	if t.next == nil {
		l.taskLast = t.prev
	} else {
		t.next.prev = t.prev
	}
	t.next, t.prev = nil, nil
	l.live--
}
