// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"runtime/debug"
)

// ToThread calls fn on a goroutine of the loop's default executor, suspends the current task until
// fn has returned, and returns its result (E3). It is for functions that block: while one does, the
// loop runs on.
//
// fn gets ctx, and should return when ctx is cancelled. If ctx is cancelled, before or meanwhile,
// ToThread returns ctx.Err() at once. If fn has begun it goes on, and its result is dropped; if it
// has not, it is never called (E4). If fn's error says more than the cancellation, the exception
// handler gets it. A result that arrived before the cancellation is returned.
//
// fn does not run on the loop's goroutine, so a wait in it fails with [ErrWrongGoroutine]. fn
// reaches the loop through [Loop.CallSoonThreadsafe] and [CreateTaskThreadsafe].
//
// If fn panics, ToThread panics with a [*PanicError]; after a cancellation the panic goes to the
// exception handler. If fn calls runtime.Goexit, the error is [ErrGoexit].
func ToThread[T any](ctx context.Context, fn func(ctx context.Context) (T, error)) (T, error) {
	return runIn(ctx, "ToThread", nil, fn)
}

// RunInExecutor is like [ToThread], but runs fn in e (E1); nil means the loop's default executor.
// To get a future, call it in a task ([CreateTask]). If e is shut down, the error is
// [ErrExecutorShutDown].
func RunInExecutor[T any](ctx context.Context, e *Executor, fn func(ctx context.Context) (T, error)) (T, error) {
	return runIn(ctx, "RunInExecutor", e, fn)
}

func runIn[T any](ctx context.Context, op string, e *Executor, fn func(ctx context.Context) (T, error)) (T, error) {
	var zero T
	t, err := currentTask(ctx, op)
	if err != nil {
		return zero, err
	}
	mustHave(op, fn != nil)
	if err := errOf(ctx); err != nil {
		return zero, err
	}
	d := t.loop.defaultExecutor()
	if e == nil {
		e = d.Executor
	} else if e != d.Executor {
		d = nil
	}
	if d != nil && d.closing {
		return zero, opError(op, ErrExecutorShutDown)
	}
	call := &blockingCall[T]{ctx: ctx, fn: fn}
	j := &job{done: futureOf(t.loop), by: t.Name(), call: call, of: d}
	if err := e.submit(j); err != nil {
		return zero, opError(op, err)
	}
	j.begun()
	if err := j.done.await(ctx, op); err != nil {
		j.abandoned = true
		e.withdraw(j)
		return zero, err
	}
	if call.panic != nil {
		panic(call.panic)
	}
	return call.value, call.err
}

// job is a function on its way through an executor.
type job struct {
	next, prev *job // in the executor's queue, while it waits there; guarded by its mu
	queued     bool

	call interface {
		run(by string)
		failure() error
	}
	by string // the name of the task that wants it

	// These belong to the loop's goroutine.
	done      future
	of        *defaultExecutor // nil if it is in another one
	abandoned bool             // nobody waits any more
}

// run calls the job's function, on the worker's goroutine.
func (j *job) run() {
	if j.done.loop.simulated {
		defer j.onThisGoroutine()()
	}
	j.call.run(j.by)
}

// report tells the loop that the function has ended. The loop may be closed by now; then nobody
// waits.
func (j *job) report() { _ = j.done.loop.CallSoonThreadsafe(j.ended) }

// ended tells the waiting task, on the loop's goroutine.
func (j *job) ended() {
	l := j.done.loop
	j.gone()
	if !j.abandoned {
		j.done.resolve(nil)
		return
	}
	err := j.call.failure()
	if err == nil {
		return
	}
	if p, ok := err.(*PanicError); ok {
		l.report(ExceptionContext{
			Message: "panic in a blocking function whose task was cancelled",
			Err:     panicErr(p.Value),
			Stack:   p.Stack,
		})
		return
	}
	l.report(ExceptionContext{Message: "a blocking function whose task was cancelled has failed", Err: err})
}

// begun and gone count the loop's jobs.
func (j *job) begun() {
	j.done.loop.jobs++
	if j.of != nil {
		j.of.jobs++
	}
}

func (j *job) gone() {
	j.done.loop.jobs--
	if j.of == nil {
		return
	}
	j.of.jobs--
	if idle := j.of.idle; idle != nil && j.of.jobs == 0 {
		j.of.idle = nil
		idle.resolve(nil)
	}
}

// blockingCall is the typed side of a job.
type blockingCall[T any] struct {
	ctx   context.Context
	fn    func(context.Context) (T, error)
	value T
	err   error
	panic *PanicError
}

func (c *blockingCall[T]) run(by string) {
	returned := false
	defer func() {
		if returned {
			return
		}
		v := recover()
		if v == nil {
			c.err = ErrGoexit
			return
		}
		if p, ok := v.(*PanicError); ok {
			c.panic = p
		} else {
			c.panic = &PanicError{Value: v, TaskName: by, Stack: debug.Stack()}
		}
	}()
	c.value, c.err = c.fn(c.ctx)
	returned = true
}

// failure is the error to report even if the task was cancelled, nil if there is none.
func (c *blockingCall[T]) failure() error {
	switch {
	case c.panic != nil:
		return c.panic
	case isCancellation(c.ctx, c.err):
		return nil
	default:
		return c.err
	}
}
