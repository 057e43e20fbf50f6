// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
)

func TestShieldReturnsResult(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		value, err := asyncio.Shield(context.WithValue(ctx, key{}, 5), func(ctx context.Context) (int, error) {
			return ctx.Value(key{}).(int), asyncio.Sleep(ctx, 1)
		})
		equal(t, "value", value, 5)
		equal(t, "error", err, nil)
		_, err = asyncio.Shield(ctx, func(context.Context) (int, error) { return 0, errBoom })
		equal(t, "error", err, errBoom)
	})
}

func TestShieldRunsOnAfterCancel(t *testing.T) {
	for _, late := range []error{nil, errBoom, context.Canceled} {
		v := newVirtual(t)
		err := v.run(func(ctx context.Context) error {
			var ended time.Duration
			task := spawn(ctx, func(ctx context.Context) error {
				_, err := asyncio.Shield(ctx, func(ctx context.Context) (int, error) {
					equal(t, "inner wait", asyncio.Sleep(ctx, time.Second), nil)
					ended = now(ctx)
					return 0, late
				})
				return err
			})
			yield(t, ctx)
			task.Cancel(nil)
			_, err := task.Await(ctx)
			equal(t, "error", err, context.Canceled)
			equal(t, "time", now(ctx), 0)
			_ = asyncio.Sleep(ctx, time.Hour)
			equal(t, "ended", ended, time.Second)
			return nil
		})
		equal(t, "error", err, nil)
		var want []string
		if late != nil { // also if it is called a cancellation: nobody has cancelled the shielded task
			want = []string{"nobody has awaited a task that failed: " + late.Error()}
		}
		equalAll(t, "reports", v.messages(), want)
	}
}

func TestShieldUnderCancelledContextDoesNotStart(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		asyncio.CurrentTask(ctx).Cancel(nil)
		ran := false
		_, err := asyncio.Shield(ctx, func(context.Context) (int, error) { ran = true; return 0, nil })
		equal(t, "error", err, context.Canceled)
		_ = asyncio.Sleep(context.WithoutCancel(ctx), 1)
		equal(t, "ran", ran, false)
	})
}

// Shield against a timeout: the time limit counts for the wait, not for the work.
func TestShieldUnderTimeout(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		done := false
		_, err := asyncio.WaitFor(ctx, time.Second, func(ctx context.Context) (int, error) {
			return asyncio.Shield(ctx, func(ctx context.Context) (int, error) {
				err := asyncio.Sleep(ctx, time.Minute)
				done = err == nil
				return 1, err
			})
		})
		equal(t, "error", err, context.DeadlineExceeded)
		equal(t, "time", now(ctx), time.Second)
		_ = asyncio.Sleep(ctx, time.Hour)
		equal(t, "done", done, true)
	})
}
