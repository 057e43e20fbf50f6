// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"fmt"
	"time"
)

// defaultExecutor is the executor that [ToThread] uses. Other loops may use it, too; their jobs are
// not counted here.
type defaultExecutor struct {
	*Executor
	jobs    int     // of the loop
	idle    *future // resolved when there are none, if somebody waits for that
	closing bool    // the loop is being closed, and sends it no more jobs
}

// defaultExecutor makes the loop's executor when it is first needed.
func (l *Loop) defaultExecutor() *defaultExecutor {
	d, ok := l.executor.(*defaultExecutor)
	if !ok {
		d = &defaultExecutor{Executor: NewExecutor(ExecutorConfig{Name: "asyncio"})}
		l.executor = d
	}
	return d
}

// SetDefaultExecutor makes e the executor that [ToThread] uses (E2); nil means a new one. Loops may
// share e: [Runner.Close] waits only for the loop's own jobs, and does not shut e down. Jobs in the
// previous executor run on, and Close no longer waits for them.
func (l *Loop) SetDefaultExecutor(e *Executor) {
	l.mustOwn("Loop.SetDefaultExecutor")
	if e == nil {
		l.executor = nil
		return
	}
	if d, ok := l.executor.(*defaultExecutor); !ok || d.Executor != e {
		l.executor = &defaultExecutor{Executor: e}
	}
}

// ShutdownDefaultExecutor shuts the loop's executor down, for all loops that share it; see
// [Executor.Shutdown] (L8). A program rarely needs it: [Runner.Close], and so [Run], takes no new
// jobs and waits for the loop's own ones, for at most five minutes.
func (l *Loop) ShutdownDefaultExecutor(ctx context.Context) error {
	l.mustOwn("Loop.ShutdownDefaultExecutor")
	return l.defaultExecutor().Shutdown(ctx)
}

// joinTimeout is how long the end of a run waits for blocking functions that do not heed the
// cancellation of their context (asyncio's THREAD_JOIN_TIMEOUT).
const joinTimeout = 5 * time.Minute

// endJobs waits for the loop's jobs at the end of a run, and reports what does not end.
func (d *defaultExecutor) endJobs(l *Loop) error {
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
