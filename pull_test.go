// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"iter"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio"
)

// TestPulledSequence: a sequence that waits cannot be pulled from, and the error says why,
// and what can be done instead; on another goroutine it says something else.
func TestPulledSequence(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		q := asyncio.NewQueue[int](0)
		equal(t, "TryPut", q.TryPut(1), nil)
		next, stop := iter.Pull2(q.All(ctx))
		defer stop()
		_, err, ok := next()
		equal(t, "a pair", ok, true)
		if !errors.Is(err, asyncio.ErrWrongGoroutine) || !strings.Contains(err.Error(), "range over the sequence") {
			t.Errorf("the error is %v", err)
		}
		for item, err := range q.All(ctx) {
			equal(t, "item", item, 1)
			equal(t, "error", err, nil)
			break
		}
		elsewhere := make(chan error)
		go func() { elsewhere <- asyncio.Sleep(ctx, 0) }()
		if err := <-elsewhere; !errors.Is(err, asyncio.ErrWrongGoroutine) || strings.Contains(err.Error(), "range over") {
			t.Errorf("elsewhere the error is %v", err)
		}
	})
}

// A method that returns no error panics with the same advice.
func TestPulledPanic(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		l := asyncio.RunningLoop(ctx)
		next, stop := iter.Pull(func(yield func(error) bool) {
			defer func() {
				err, _ := recover().(error)
				yield(err)
			}()
			l.Stop()
		})
		defer stop()
		if err, _ := next(); err == nil || !strings.Contains(err.Error(), "range over the sequence") {
			t.Errorf("it panics with %v", err)
		}
	})
}
