// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"time"
)

// Executor runs functions that block on goroutines of its own, a bounded number at a
// time and the others in order of arrival (asyncio E1). Make one for each purpose that
// needs a bound of its own, such as a database that takes ten connections. Loops may
// share one. The zero value is ready to use, as is what [NewExecutor] makes; only what its
// comment excludes may not be called by any goroutine.
//
// It has no goroutines while it has no jobs, so it need not be shut down.
type Executor struct {
	name    string // "" for the usual one
	workers int    // 0 for the usual number

	mu       sync.Mutex
	queue    jobQueue
	running  int
	done     uint64
	shutDown bool
	idle     []*ConcurrentFuture[struct{}] // of those that wait in Shutdown
}

// ExecutorConfig says how an executor is made. The zero value is a good one.
type ExecutorConfig struct {
	// Name is shown by String and in statistics; "" for "executor".
	Name string
	// Workers is how many jobs may run at once; 0 for asyncio's number, the count of
	// processors and four more, at most 32.
	Workers int
}

// NewExecutor makes an executor. It panics if the number of workers is negative.
func NewExecutor(cfg ExecutorConfig) *Executor {
	if cfg.Workers < 0 {
		panic(opError("NewExecutor", fmt.Errorf("%d workers; give 1 or more, or 0 for the usual number", cfg.Workers)))
	}
	return &Executor{name: cfg.Name, workers: cfg.Workers}
}

// limit is how many jobs may run at once.
func (e *Executor) limit() int { return cmp.Or(e.workers, min(32, runtime.NumCPU()+4)) }

// ToThread calls fn on a goroutine of the loop's default executor, suspends the
// current task until fn has returned, and returns its result (E3). It is for functions
// that block: while one does, the loop runs on.
//
// Cancellation is handed on: fn gets ctx. If ctx is cancelled, before or meanwhile,
// ToThread returns ctx.Err() at once; a function that has begun goes on until it heeds
// its context, and its result is dropped, one that has not begun never will (E4). The
// exception handler is told of an error that says more than the cancellation. A result that arrived before the cancellation is returned. fn is not on the loop's
// goroutine, so waits refuse it with [ErrWrongGoroutine]; [Loop.CallSoonThreadsafe]
// and [RunCoroutineThreadsafe] lead back.
//
// A panic of fn continues in the task, as one with a [*PanicError]; after a
// cancellation it goes to the exception handler. If fn calls runtime.Goexit, the error
// is [ErrGoexit].
func ToThread[T any](ctx context.Context, fn func(ctx context.Context) (T, error)) (T, error) {
	return runIn(ctx, "ToThread", nil, fn)
}

// RunInExecutor is [ToThread] on an executor of one's choice (E1); nil is the loop's
// default one. [CreateTask] makes a future of it. After the executor's Shutdown the
// error is [ErrExecutorShutDown].
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

// report has the loop hear that the function has ended. The loop may be closed by now; then
// nobody waits.
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
			c.panic = &PanicError{Value: v, Task: by, Stack: debug.Stack()}
		}
	}()
	c.value, c.err = c.fn(c.ctx)
	returned = true
}

// failure is what somebody has to hear of, also when the task has been cancelled.
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

// submit starts the job or queues it.
func (e *Executor) submit(j *job) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.shutDown:
		return ErrExecutorShutDown
	case e.running < e.limit():
		e.running++
		go e.work(j)
	default:
		e.queue.push(j)
	}
	return nil
}

// work runs j and then what is queued, until nothing is. A job may end the goroutine
// by runtime.Goexit; then another goroutine goes on.
func (e *Executor) work(j *job) {
	defer func() {
		if j == nil {
			return
		}
		if j = e.end(j); j != nil {
			go e.work(j)
		}
	}()
	for j != nil {
		j.run()
		j = e.end(j)
	}
}

// end ends a job and takes the next one. The job's loop hears of it last: when it knows of
// no job any more, those that wait in Shutdown have been told, and its clock may go on.
func (e *Executor) end(j *job) (next *job) {
	next = e.nextJob()
	j.report()
	return next
}

// nextJob takes the next job; nil if there is none, and then this worker is gone.
func (e *Executor) nextJob() *job {
	e.mu.Lock()
	e.done++
	j := e.queue.first
	if j != nil {
		e.queue.remove(j)
		e.mu.Unlock()
		return j
	}
	e.running--
	idle := e.takeIdle()
	e.mu.Unlock()
	tellIdle(idle)
	return nil
}

// withdraw takes a job back that has not begun. One that has reports to its loop.
func (e *Executor) withdraw(j *job) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if j.queued {
		e.queue.remove(j)
		j.gone()
	}
}

// Shutdown refuses new jobs from now on, and waits until those that run or are queued
// have ended: a task is suspended, another goroutine blocked (E1, L8). If ctx is
// cancelled, before or meanwhile, it returns ctx.Err(); the executor stays shut down.
func (e *Executor) Shutdown(ctx context.Context) error {
	e.mu.Lock()
	e.shutDown = true
	idle := NewConcurrentFuture[struct{}]()
	e.idle = append(e.idle, idle)
	if e.running > 0 {
		e.mu.Unlock()
	} else {
		all := e.takeIdle()
		e.mu.Unlock()
		tellIdle(all)
	}
	_, err := idle.Await(ctx)
	return err
}

// takeIdle returns those to tell that nothing runs any more. The caller holds mu, and
// tells them without it.
func (e *Executor) takeIdle() []*ConcurrentFuture[struct{}] {
	idle := e.idle
	e.idle = nil
	return idle
}

func tellIdle(idle []*ConcurrentFuture[struct{}]) {
	for _, f := range idle {
		// Whoever gave up waiting has cancelled nothing: the future is theirs alone.
		_ = f.SetResult(struct{}{})
	}
}

// ExecutorStats is an executor at a glance.
type ExecutorStats struct {
	Workers int    // how many jobs may run at once
	Running int    // jobs that run
	Queued  int    // jobs that wait for a worker
	Done    uint64 // jobs that have ended
}

// Stats returns counts of the executor's jobs.
func (e *Executor) Stats() ExecutorStats {
	e.mu.Lock()
	defer e.mu.Unlock()
	return ExecutorStats{Workers: e.limit(), Running: e.running, Queued: e.queue.len, Done: e.done}
}

// Name returns the executor's name.
func (e *Executor) Name() string { return cmp.Or(e.name, "executor") }

// String shows name and load, for debugging.
func (e *Executor) String() string {
	s := e.Stats()
	return fmt.Sprintf("Executor(%s, %d of %d running, %d queued)", e.Name(), s.Running, s.Workers, s.Queued)
}

// jobQueue is a list from which a job can be taken anywhere: a million may be cancelled.
type jobQueue struct {
	first, last *job
	len         int
}

func (q *jobQueue) push(j *job) {
	j.queued, j.prev = true, q.last
	if q.last == nil {
		q.first = j
	} else {
		q.last.next = j
	}
	q.last = j
	q.len++
}

func (q *jobQueue) remove(j *job) {
	if j.prev == nil {
		q.first = j.next
	} else {
		j.prev.next = j.next
	}
	if j.next == nil {
		q.last = j.prev
	} else {
		j.next.prev = j.prev
	}
	j.next, j.prev, j.queued = nil, nil, false
	q.len--
}

// ErrExecutorShutDown: a job for an executor after its Shutdown (E1).
var ErrExecutorShutDown = errors.New("the executor is shut down")

// defaultExecutor is what [ToThread] uses. Other loops may use it, too; their jobs are none
// of this one's business.
type defaultExecutor struct {
	*Executor
	jobs    int     // of the loop
	idle    *future // resolved when there are none, if somebody waits for that
	closing bool    // the loop is, and sends it no more jobs
}

// defaultExecutor makes the loop's executor when it is first needed.
func (l *Loop) defaultExecutor() *defaultExecutor {
	if l.executor == nil {
		l.executor = &defaultExecutor{Executor: NewExecutor(ExecutorConfig{Name: "asyncio"})}
	}
	return l.executor
}

// SetDefaultExecutor makes e the one that [ToThread] uses (E2); nil for a new one. Loops may
// share one: the end of a run waits for the loop's own jobs, and leaves e open. Jobs of the
// one before stay there, and are no longer waited for at the end.
func (l *Loop) SetDefaultExecutor(e *Executor) {
	l.mustOwn("Loop.SetDefaultExecutor")
	switch {
	case e == nil:
		l.executor = nil
	case l.executor == nil || l.executor.Executor != e:
		l.executor = &defaultExecutor{Executor: e}
	}
}

// ShutdownDefaultExecutor shuts the loop's executor down, for all who share it, see
// [Executor.Shutdown] (L8). The end of a run need not: [Runner.Close], and so [Run], waits
// for the loop's own jobs in it, for at most five minutes, and takes no new ones.
func (l *Loop) ShutdownDefaultExecutor(ctx context.Context) error {
	l.mustOwn("Loop.ShutdownDefaultExecutor")
	return l.defaultExecutor().Shutdown(ctx)
}

// joinTimeout is how long the end of a run waits for blocking functions that do not
// heed the cancellation of their context (asyncio's THREAD_JOIN_TIMEOUT).
const joinTimeout = 5 * time.Minute

// endJobs waits for the loop's jobs in its executor at the end of a run, and reports what
// does not end.
func (l *Loop) endJobs() error {
	d := l.executor
	if d == nil {
		return nil
	}
	d.closing = true
	if d.jobs == 0 {
		return nil
	}
	idle := futureOf(l)
	d.idle = &idle
	t := CreateTask(l.Context(), func(ctx context.Context) (struct{}, error) {
		ctx, cancel := WithTimeout(ctx, joinTimeout)
		defer cancel()
		return struct{}{}, idle.await(ctx, "Runner.Close")
	})
	if err := l.runUntil(&t.future); err != nil {
		return err
	}
	if err := t.outcome(); err != nil {
		l.report(ExceptionContext{Message: fmt.Sprintf("%d blocking functions still run at the end of the loop", d.jobs)})
	}
	return nil
}
