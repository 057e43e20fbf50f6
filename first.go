// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
)

// First runs each of fns in a task of its own, and returns the first result that comes without an
// error. Then it cancels the other tasks and waits for them: when First returns, all have ended. If
// all fail, it returns their errors, joined in the order of fns.
//
// A result that comes too late is dropped. So a function that has opened something must close it
// when its ctx is cancelled. If there is a result, the errors of the other functions go to the
// exception handler, even those of clean-up. So a function should return only errors that are worth
// a report.
//
// If ctx is cancelled, before or meanwhile, fns are cancelled, too. When they have ended, First
// returns ctx.Err(), joined with the errors of those that have failed; but if one has a result all
// the same, First returns that. If one panics, the others are cancelled, and First panics when all
// have ended.
//
// Only the task that ctx belongs to may call it.
func First[T any](ctx context.Context, fns ...func(ctx context.Context) (T, error)) (T, error) {
	var none T
	if _, err := currentTask(ctx, "First"); err != nil {
		return none, err
	}
	if len(fns) == 0 {
		return none, opError("First", fmt.Errorf("no functions given: %w", os.ErrInvalid))
	}
	for _, fn := range fns {
		mustHave("First", fn != nil)
	}
	if err := errOf(ctx); err != nil {
		return none, err
	}
	tasks := make([]*Task[T], len(fns))
	for i, fn := range fns {
		tasks[i] = CreateTask(ctx, fn)
	}
	first, err := firstOf(ctx, tasks)
	if err != nil {
		return none, err
	}
	return tasks[first].Result()
}

// errFirst is the cause with which First cancels the tasks that are too late.
var errFirst error = cancelReason("another one came first")

// firstOf waits for all tasks, and returns the index of the first one that has not failed. When
// there is one, or a panic, it cancels the others.
func firstOf[T any](ctx context.Context, tasks []*Task[T]) (int, error) {
	m, err := watchMany(ctx, "First", tasks)
	if err != nil {
		return 0, err
	}
	defer m.stop()
	var first *future
	var interrupted error
	for m.left > 0 {
		f, err := m.nextAfter(ctx, interrupted)
		switch {
		case err != nil:
			interrupted = err
		case f.err == nil && first == nil:
			first = f
			m.cancelRest(errFirst)
		case f.panic() != nil:
			m.cancelRest(errFirst)
		}
	}
	m.letPanic()
	if first == nil {
		return 0, m.allFailed(interrupted)
	}
	m.neglectFailed()
	return slices.Index(m.futs, first), nil
}

// allFailed is the error when none has a result.
func (m *many) allFailed(interrupted error) error {
	if interrupted != nil {
		return m.joinErrors(interrupted)
	}
	var errs []error
	for _, f := range m.futs {
		errs = append(errs, f.err)
	}
	return errors.Join(errs...)
}

// neglectFailed leaves the errors of the failed tasks to the exception handler.
func (m *many) neglectFailed() {
	for _, f := range m.futs {
		if f.err != nil && !f.cut {
			m.neglect(f)
		}
	}
}
