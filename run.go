// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"errors"
	"os"
	"runtime"

	"github.com/gocurtain/asyncio/internal/entry"
)

// Run makes a loop, runs main on it as its first task until main returns, and closes the loop
// (asyncio R1). If tasks are left then, it cancels them and waits for them; their errors go to the
// exception handler. Run returns main's error.
//
// The first SIGINT or SIGTERM cancels main, with a [*SignalError] as the cause. If main then
// returns the cancellation, alone or joined with other errors, [errors.As] finds the cause in Run's
// error, too. The second signal ends the process.
//
// If main panics, Run panics with a [*PanicError]; if main calls runtime.Goexit (t.FailNow does),
// Run calls it, too. Both happen after the loop was closed. The error is [ErrLoopRunning] if a loop
// runs on this goroutine already.
//
// Run obeys the environment: see the package comment.
func Run(main func(ctx context.Context) error) (err error) {
	r, err := NewRunner(RunnerConfig{})
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := r.Close(); closeErr != nil {
			err = errors.Join(err, closeErr)
		}
	}()
	return r.Run(main)
}

// RunnerConfig says how a runner is made. The zero value does what [Run] does.
type RunnerConfig struct {
	// Loop says how the runner's loop is made.
	Loop LoopConfig
	// Context, if not nil, is the parent of the main tasks' contexts.
	Context context.Context
	// IgnoreSignals leaves SIGINT and SIGTERM alone. In a bubble of testing/synctest, and on js and
	// wasip1, they are always left alone.
	IgnoreSignals bool
}

// Runner runs several main functions, one after the other, on one loop (R2, R3). Only one goroutine
// at a time may use it.
type Runner struct {
	cfg  RunnerConfig
	loop *Loop
}

// NewRunner makes a runner and its loop. Close it when done.
func NewRunner(cfg RunnerConfig) (*Runner, error) {
	l, err := NewLoop(cfg.Loop)
	if err != nil {
		return nil, err
	}
	if cfg.Context == nil {
		cfg.Context = context.Background()
	}
	return &Runner{cfg: cfg, loop: l}, nil
}

// Loop returns the runner's loop (R6).
func (r *Runner) Loop() *Loop { return r.loop }

// Run runs main as a task of the loop until it returns; see [Run]. Tasks that main leaves behind go
// on in the next Run; Close cancels them.
func (r *Runner) Run(main func(ctx context.Context) error) error {
	l := r.loop
	if l == nil {
		return zeroValue("Runner.Run")
	}
	mustHave("Runner.Run", main != nil)
	if err := l.mayRun(); err != nil {
		return opError("Runner.Run", err)
	}
	t, done := r.start(main)
	defer done()
	if !r.cfg.IgnoreSignals && noSignals() == nil {
		signalsOf(l).onInterrupt(func(sig os.Signal) {
			if t.does != ended {
				t.cancel(&SignalError{Signal: sig}, 0)
			}
		})
		defer signalsOf(l).onInterrupt(nil)
	}
	if err := l.runUntil(&t.future); err != nil {
		return err
	}
	return r.result(t)
}

// start makes the main task. Its scope comes from the runner's context and the loop's.
func (r *Runner) start(main func(ctx context.Context) error) (t *task, done func()) {
	root := &scope{}
	root.init(r.cfg.Context, r.loop)
	p := &procedure{fn: main, standsFor: entry.From(r.cfg.Context)}
	r.loop.spawn(root, &p.task, p)
	return &p.task, root.release
}

// result makes the end of the main task the end of Run.
func (r *Runner) result(t *task) error {
	err := t.outcome()
	if t.exited() {
		_ = r.Close() // its error would be ErrLoopRunning, and the loop has stopped
		runtime.Goexit()
	}
	if sig, ok := context.Cause(&t.scope).(*SignalError); ok && errors.Is(err, t.scope.Err()) {
		return &signalled{err: err, cause: sig}
	}
	return err
}

// signalled is the error of a main task that was cancelled by a signal.
type signalled struct {
	err   error
	cause *SignalError
}

// Error names the signal, and what else main has returned.
func (e *signalled) Error() string {
	if e.err == context.Canceled {
		return e.cause.Error()
	}
	return e.cause.Error() + ": " + e.err.Error()
}

func (e *signalled) Unwrap() []error { return []error{e.err, e.cause} }

// Close cancels the tasks that are left and runs the loop until they have ended. Then it waits for
// the loop's functions in its default executor, for at most five minutes. It reports their errors,
// and closes the loop (R5, L8). Closing twice is no error.
func (r *Runner) Close() (err error) {
	l := r.loop
	if l == nil || l.closed.Load() {
		return nil
	}
	if l.IsRunning() {
		return opError("Runner.Close", ErrLoopRunning)
	}
	if l.tasks != nil {
		if err := l.mayRun(); err != nil {
			return opError("Runner.Close", err)
		}
	}
	// Deferred: the exception handler may panic, or end the goroutine.
	defer func() { err = errors.Join(err, l.Close()) }()
	if l.tasks != nil {
		err = l.shutdown()
	}
	if l.executor != nil {
		err = errors.Join(err, l.executor.endJobs(l))
	}
	return err
}

// errShutdown is the cause of the cancellation of the tasks that Close finds.
var errShutdown error = cancelReason("the loop is being closed")

// shutdown cancels all tasks, in order of creation, and runs the loop until they have ended. Then
// it does the same with the tasks that they have created meanwhile, and so on.
func (l *Loop) shutdown() error {
	if err := l.begin(); err != nil {
		return opError("Runner.Close", err)
	}
	defer l.end()
	for l.tasks != nil {
		last := l.taskLast.id
		for t := l.tasks; t != nil; t = t.next {
			t.cancel(errShutdown, 0)
		}
		for l.tasks != nil && l.tasks.id <= last { // they are in order of creation
			l.stopping = false // also if one of them says Stop
			if _, err := l.runTurns(true); err != nil {
				return err
			}
		}
	}
	return nil
}
