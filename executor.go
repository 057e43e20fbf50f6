// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
	"sync"
)

// Executor runs blocking functions on goroutines of its own: a limited number at a time, the others
// later in order of arrival (asyncio E1). Make one for each purpose that needs its own limit, such
// as a database that takes ten connections. Loops may share one. The zero value is ready to use,
// with the usual limit. Any goroutine may call its methods.
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
	// Workers is how many jobs may run at once; 0 means the same number as in asyncio: four more
	// than there are processors, at most 32.
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

// work runs j and then what is queued, until nothing is. A job may end the goroutine by
// runtime.Goexit; then another goroutine goes on.
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

// end ends a job and takes the next one. The job's loop hears of it last: when it knows of no job
// any more, those that wait in Shutdown have been told, and its clock may go on.
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

// Shutdown refuses new jobs from now on, and waits until the running and queued ones have ended
// (E1, L8). It suspends a task, and blocks any other goroutine. If ctx is cancelled, before or
// meanwhile, it returns ctx.Err(); the executor stays shut down.
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

// takeIdle returns the futures of those who wait until nothing runs. The caller holds mu, and
// resolves them without it.
func (e *Executor) takeIdle() []*ConcurrentFuture[struct{}] {
	idle := e.idle
	e.idle = nil
	return idle
}

func tellIdle(idle []*ConcurrentFuture[struct{}]) {
	for _, f := range idle {
		// It cannot fail: a waiter that gave up left its future pending.
		_ = f.SetResult(struct{}{})
	}
}

// ExecutorStats counts the jobs of an executor.
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

// jobQueue is a list from which any job can be taken at the same cost: a million may be cancelled.
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
