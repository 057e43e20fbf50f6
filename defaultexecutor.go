// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"fmt"
	"time"
)

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
	d, ok := l.executor.(*defaultExecutor)
	if !ok {
		d = &defaultExecutor{Executor: NewExecutor(ExecutorConfig{Name: "asyncio"})}
		l.executor = d
	}
	return d
}

// SetDefaultExecutor makes e the one that [ToThread] uses (E2); nil for a new one. Loops may
// share one: the end of a run waits for the loop's own jobs, and leaves e open. Jobs of the
// one before stay there, and are no longer waited for at the end.
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
