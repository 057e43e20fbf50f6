// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"errors"
	"fmt"
	"os"
	"strings"
)

// The errors of misuse. A function that returns an error returns these, wrapped with its name. A
// function that does not, panics with them, since going on would hang or corrupt the program.
// [errors.Is] works on both.
//
// Cancellation and timeouts have no errors of their own: they are [context.Canceled] and
// [context.DeadlineExceeded].
var (
	// ErrInvalidState: the result of a future was set twice, or asked for before it was there
	// (asyncio F1, F2); or more items of a queue were done than were put (Q3).
	ErrInvalidState = errors.New("invalid state")
	// ErrNoTask: a wait outside of a task, or with a context that comes from no task (T1); or a nil
	// Loop, as [RunningLoop] returns for such a context.
	ErrNoTask = errors.New("not in a task; pass the ctx that the task's function received")
	// ErrWrongGoroutine: another goroutine called what only the loop's goroutine may call (F14,
	// M2). The package comment names the processors on which this is not detected.
	ErrWrongGoroutine = errors.New("called from outside of the loop's goroutine; use Loop.CallSoonThreadsafe")
	// ErrOtherLoop: a future or task of another loop was awaited (T7).
	ErrOtherLoop = errors.New("belongs to another loop")
	// ErrSelfAwait: a task awaited itself (T8).
	ErrSelfAwait = errors.New("a task cannot await itself")
	// ErrNotAcquired: a lock was released that was not locked, a bounded semaphore more often than
	// it was acquired, or a condition was used without its lock (P1, P3, P5).
	ErrNotAcquired = errors.New("released or used without being acquired")
	// ErrBusy: somebody else watches the descriptor or signal already, for instance a handler that
	// a task wants to wait for, or the other way round.
	ErrBusy = errors.New("somebody else waits for it")
	// ErrLoopRunning: the loop is running, or another one runs on this goroutine (R1, L1).
	ErrLoopRunning = errors.New("a loop is already running")
	// ErrOtherThread: the loop has tasks that began when its goroutine was locked to its thread in
	// another way ([runtime.LockOSThread]). If they went on here, the Go runtime would abort the
	// process.
	ErrOtherThread = errors.New("the loop's tasks began under another state of runtime.LockOSThread")
	// ErrLoopStopped: the loop was stopped before the future was done (L2).
	ErrLoopStopped = errors.New("the loop stopped before the future was done")
	// ErrGroupClosed: a task was to be created in a group that has ended or is shutting down (G2).
	ErrGroupClosed = errors.New("the task group takes no more tasks")
	// ErrGoexit: runtime.Goexit ended the task (t.FailNow calls it). A task that returns ErrGoexit
	// has only returned an error.
	ErrGoexit = errors.New("the task was ended by runtime.Goexit")
	// ErrExecutorShutDown: an executor got a job after its Shutdown (E1).
	ErrExecutorShutDown = errors.New("the executor is shut down")
	// ErrLoopClosed: the loop is closed (L5, S14). It is an [os.ErrClosed].
	ErrLoopClosed = fmt.Errorf("the loop is closed: %w", os.ErrClosed)
)

// The errors of coordination. They are no misuse, and are returned as they are.
var (
	// ErrBrokenBarrier: the barrier is broken, or was reset while the task waited for the others
	// (P6).
	ErrBrokenBarrier = errors.New("asyncio: the barrier is broken")
	// ErrQueueEmpty: TryGet found no item, or only ones that are promised to other tasks (Q1).
	ErrQueueEmpty = errors.New("asyncio: the queue is empty")
	// ErrQueueFull: TryPut found no room, or only room that is promised to other tasks (Q1).
	ErrQueueFull = errors.New("asyncio: the queue is full")
	// ErrQueueShutDown: the queue takes no more items, and there is none left to get (Q5).
	ErrQueueShutDown = errors.New("asyncio: the queue is shut down")
)

// errPulled is ErrWrongGoroutine for a function that iter.Pull runs, and says what to do.
var errPulled error = pulledError{}

type pulledError struct{}

func (pulledError) Error() string {
	return "called by a function that iter.Pull runs, on a goroutine of its own; range over the sequence instead"
}

func (pulledError) Unwrap() error { return ErrWrongGoroutine }

// errNilCallback is the panic of a nil callback.
var errNilCallback = fmt.Errorf("the callback is nil: %w", os.ErrInvalid)

// errNilFunction is the panic of a task, or a job of an executor, without a function.
var errNilFunction = fmt.Errorf("the function is nil: %w", os.ErrInvalid)

// mustHave refuses a nil function where it is passed, not where a task would call it.
func mustHave(op string, given bool) {
	if !given {
		panic(opError(op, errNilFunction))
	}
}

// mustCall refuses a nil callback where it is passed, not where it would be called (M3).
func mustCall(op string, fn func()) {
	if fn == nil {
		panic(opError(op, errNilCallback))
	}
}

// makers are the functions that make the types whose zero value is not ready to use.
var makers = map[string]string{
	"Runner": "NewRunner", "Future": "NewFuture", "Task": "CreateTask", "TaskGroup": "WithTaskGroup", "CreateTaskIn": "WithTaskGroup",
	"Timeout": "NewTimeout", "Barrier": "NewBarrier", "BoundedSemaphore": "NewBoundedSemaphore",
}

// errZeroLoop is the misuse of a zero Loop.
var errZeroLoop = fmt.Errorf("a zero Loop; make one with NewLoop: %w", os.ErrInvalid)

// zeroValue is the error of a method that was called on a zero value.
func zeroValue(op string) error {
	kind, _, _ := strings.Cut(op, ".")
	advice := "a zero value; make one with " + makers[kind]
	if makers[kind] == "" { // of all futures
		advice = "a zero value; make a future with NewFuture, a task with CreateTask"
	}
	return opError(op, fmt.Errorf("%s: %w", advice, os.ErrInvalid))
}

// opError names the call that was misused.
func opError(op string, err error) error {
	return fmt.Errorf("asyncio: %s: %w", op, err)
}

// PanicError carries a panic from its task to the code that awaits the task, where the panic
// continues with this value.
type PanicError struct {
	// Value is what was passed to panic.
	Value any
	// TaskName is the name of the task that panicked first, "" if it was a context that the loop
	// asked.
	TaskName string
	// Stack is the stack of that task, followed by the stacks of the tasks that the panic has
	// passed through.
	Stack []byte
}

// Error prints the value and all stacks, so that a panic that ends the program shows them.
func (e *PanicError) Error() string {
	where := ""
	if e.TaskName != "" {
		where = " [in task " + e.TaskName + "]"
	}
	return fmt.Sprintf("%v%s\n\n%s", e.Value, where, e.Stack)
}

// Unwrap returns the value if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// SignalError is the cause when a signal has cancelled the main task.
type SignalError struct {
	Signal os.Signal
}

// Error names the signal.
func (e *SignalError) Error() string { return fmt.Sprint("signal: ", e.Signal) }

// CancelError is the cause of a cancellation by [Task.Cancel]: [context.Cause] of the task's
// context returns it. It says who cancelled, and where; Unwrap says why.
type CancelError struct {
	// By is the name of the task that called Cancel, "" if a callback or the loop did.
	By string
	// Cause is what was passed to Cancel, nil for no reason given.
	Cause error

	pcs [8]uintptr
}

// Site is where Cancel was called, as "file:line", "" if unknown.
func (e *CancelError) Site() string { return callerSite(e.pcs[:]) }

// Error says who cancelled, where and why, as far as it is known.
func (e *CancelError) Error() string {
	text := "cancelled"
	if e.By != "" {
		text += " by " + e.By
	}
	if site := e.Site(); site != "" {
		text += " at " + site
	}
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

// Unwrap returns the reason.
func (e *CancelError) Unwrap() error { return e.Cause }
