// SPDX-License-Identifier: Apache-2.0

package asyncio

import "context"

// Shield runs fn in a task of its own and waits for it; a cancellation of ctx does not reach that
// task (C12). If ctx is cancelled, Shield returns ctx.Err() at once and fn goes on. If fn then
// returns an error, the exception handler gets it. fn's context has the values of ctx.
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
