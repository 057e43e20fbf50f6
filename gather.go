// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"errors"
)

// Gather waits for all of aws and returns their results in order (asyncio W3). It behaves like a
// task group: at the first error it cancels the rest of aws, waits until they are done, and returns
// all errors, joined, but not the cancellations that it caused. (In asyncio the rest runs on, W4;
// [GatherResults] lets it.)
//
// If ctx is cancelled, Gather cancels all of aws, waits until they are done, and returns ctx.Err()
// (W6), joined with the errors of those that have failed. If a task panicked, Gather panics, too,
// when all are done; the errors of the others then go to the exception handler.
//
// Only the task that ctx belongs to may call it. The same future may be given twice.
func Gather[T any, A Awaitable[T]](ctx context.Context, aws ...A) ([]T, error) {
	results, err := gather[T](ctx, "Gather", true, aws)
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, r := range results {
		if r.Err != nil && r.Err != errGathered {
			errs = append(errs, r.Err)
		}
	}
	if errs != nil {
		return nil, errors.Join(errs...)
	}
	values := make([]T, len(results))
	for i, r := range results {
		values[i] = r.Value
	}
	return values, nil
}

// GatherResults waits for all of aws, even if some fail, and returns how each ended, in order (W3
// with return_exceptions). If ctx is cancelled, it cancels all of aws, waits until they are done,
// and returns ctx.Err() (W6), joined with the errors of those that have failed. It panics as
// [Gather] does.
func GatherResults[T any, A Awaitable[T]](ctx context.Context, aws ...A) ([]Result[T], error) {
	return gather[T](ctx, "GatherResults", false, aws)
}

// errGathered marks the cancellations that Gather caused.
var errGathered error = cancelReason("another future of the same Gather failed")

func gather[T any, A Awaitable[T]](ctx context.Context, op string, failFast bool, aws []A) ([]Result[T], error) {
	m, err := watchMany(ctx, op, aws)
	if err != nil {
		return nil, err
	}
	defer m.stop()
	interrupted := errOf(ctx)
	if interrupted != nil {
		m.cancelRest(interrupted)
	}
	var cut map[*future]bool
	for m.left > 0 {
		f, err := m.nextAfter(ctx, interrupted)
		switch {
		case err != nil:
			interrupted = err
			m.cancelRest(err)
		case failFast && f.err != nil && cut == nil:
			cut = m.cancelRest(errGathered)
		}
	}
	m.letPanic()
	results := make([]Result[T], len(aws))
	for i, aw := range aws {
		r := &results[i]
		r.Value, r.Err = aw.Result()
		if f := aw.base(); cut[f] && f.cancelled() {
			r.Err = errGathered
		}
	}
	if interrupted != nil {
		return nil, m.joinErrors(interrupted)
	}
	return results, nil
}
