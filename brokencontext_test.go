// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
)

// brokenLater is a context that can be asked left times more; then its methods panic, as those of
// one that was given back to a pool.
type brokenLater struct {
	*ownDone
	left int
}

func (c *brokenLater) Err() error {
	if c.left--; c.left < 0 {
		panic(errBoom)
	}
	return c.ownDone.Err()
}

// A context that panics ends the waits under it, wherever it is asked, and keeps nobody waiting.
// The loop goes on.
func TestContextThatPanics(t *testing.T) {
	run := map[string]func(main func(ctx context.Context) error) error{
		"real":    asyncio.Run,
		"virtual": func(main func(ctx context.Context) error) error { return runVirtual(t, main) },
	}
	for name, run := range run {
		for left := range 12 {
			err := run(func(ctx context.Context) error {
				c := &brokenLater{ownDone: &ownDone{Context: ctx, done: make(chan struct{})}, left: left}
				// Where a task asks, it panics; where the loop does, there is an error.
				works := spawn(ctx, func(ctx context.Context) (err error) {
					defer func() {
						if v, ok := recover().(error); ok {
							err = v
						}
					}()
					return second(spawn(c, func(ctx context.Context) error {
						for {
							if err := asyncio.Sleep(ctx, time.Nanosecond); err != nil {
								return err
							}
						}
					}).Await(ctx))
				})
				_, err := works.Await(ctx)
				var p *asyncio.PanicError
				if !errors.Is(err, errBoom) && !(errors.As(err, &p) && p.Value == errBoom) {
					t.Errorf("%s, after %d answers: %v, want the panic", name, left, err)
				}
				return asyncio.Sleep(ctx, time.Nanosecond)
			})
			equal(t, name, err, nil)
		}
	}
}
