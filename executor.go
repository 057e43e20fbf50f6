// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
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
// share one. Make one with [NewExecutor]; only what its comment excludes may not be
// called by any goroutine.
//
// It has no goroutines while it has no jobs, so it need not be shut down.
type Executor struct {
	name    string
	workers int

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
	if cfg.Name == "" {
		cfg.Name = "executor"
	}
	if cfg.Workers == 0 {
		cfg.Workers = min(32, runtime.NumCPU()+4)
	}
	return &Executor{name: cfg.Name, workers: cfg.Workers}
}

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
	if err := errOf(ctx); err != nil {
		return zero, err
	}
	if e == nil {
		e = t.loop.defaultExecutor()
	}
	call := &blockingCall[T]{ctx: ctx, fn: fn}
	j := &job{done: futureOf(t.loop), by: t.Name(), call: call}
	if err := e.submit(j); err != nil {
		return zero, opError(op, err)
	}
	t.loop.jobs++
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

	done      future // belongs to the loop's goroutine, as does abandoned
	abandoned bool   // nobody waits any more
}

// run is the job's life on the worker's goroutine. However the function ends, the loop
// hears of it.
func (j *job) run() {
	// The loop may be closed by now; then nobody waits.
	defer func() { _ = j.done.loop.CallSoonThreadsafe(j.ended) }()
	j.call.run(j.by)
}

// ended tells the waiting task, on the loop's goroutine.
func (j *job) ended() {
	l := j.done.loop
	l.jobs--
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
	case e.running < e.workers:
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
		if j = e.nextJob(); j != nil {
			go e.work(j)
		}
	}()
	for j != nil {
		j.run()
		j = e.nextJob()
	}
}

// nextJob ends a job and takes the next one; nil if there is none, and then this worker is gone.
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
		j.done.loop.jobs--
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
	return ExecutorStats{Workers: e.workers, Running: e.running, Queued: e.queue.len, Done: e.done}
}

// Name returns the executor's name.
func (e *Executor) Name() string { return e.name }

// String shows name and load, for debugging.
func (e *Executor) String() string {
	s := e.Stats()
	return fmt.Sprintf("Executor(%s, %d of %d running, %d queued)", e.name, s.Running, s.Workers, s.Queued)
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

// defaultExecutor makes the loop's executor when it is first needed.
func (l *Loop) defaultExecutor() *Executor {
	if l.executor == nil {
		l.executor = NewExecutor(ExecutorConfig{Name: "asyncio"})
	}
	return l.executor
}

// SetDefaultExecutor makes e the one that [ToThread] uses (E2); nil for a new one.
// Jobs of the one before stay there, and are no longer waited for at the end.
func (l *Loop) SetDefaultExecutor(e *Executor) {
	l.mustOwn("Loop.SetDefaultExecutor")
	l.executor = e
}

// ShutdownDefaultExecutor shuts the loop's executor down, see [Executor.Shutdown] (L8).
// [Runner.Close], and so [Run], does this at the end.
func (l *Loop) ShutdownDefaultExecutor(ctx context.Context) error {
	l.mustOwn("Loop.ShutdownDefaultExecutor")
	return l.defaultExecutor().Shutdown(ctx)
}

// joinTimeout is how long the end of a run waits for blocking functions that do not
// heed the cancellation of their context (asyncio's THREAD_JOIN_TIMEOUT).
const joinTimeout = 5 * time.Minute

// endJobs waits for the loop's executor at the end of a run, and reports what does not end.
func (l *Loop) endJobs() error {
	if l.executor == nil || l.jobs == 0 {
		return nil
	}
	t := CreateTask(l.Context(), func(ctx context.Context) (struct{}, error) {
		ctx, cancel := WithTimeout(ctx, joinTimeout)
		defer cancel()
		return struct{}{}, l.ShutdownDefaultExecutor(ctx)
	})
	if err := l.runUntil(&t.future); err != nil {
		return err
	}
	if err := t.outcome(); err != nil {
		l.report(ExceptionContext{Message: fmt.Sprintf("%d blocking functions still run at the end of the loop", l.jobs)})
	}
	return nil
}
