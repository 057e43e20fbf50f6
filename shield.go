// SPDX-License-Identifier: Apache-2.0

package asyncio

import "context"

// Shield runs fn as a task of its own that a cancellation of ctx does not reach, and
// waits for it (C12). If ctx is cancelled, Shield returns ctx.Err() at once and fn
// runs on; if it then ends with an error, the exception handler is told. fn's context
// has the values of ctx.
//
// Only the task that ctx belongs to may call it.
func Shield[T any](ctx context.Context, fn func(ctx context.Context) (T, error)) (T, error) {
	var zero T
	if _, err := currentTask(ctx, "Shield"); err != nil {
		return zero, err
	}
	mustHave("Shield", fn != nil)
	if err := errOf(ctx); err != nil {
		return zero, err
	}
	return CreateTask(context.WithoutCancel(ctx), fn).Await(ctx)
}
