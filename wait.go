// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"fmt"
	"iter"
	"os"
)

// WaitMode says when [Wait] has waited long enough (asyncio W2).
type WaitMode uint8

const (
	// AllCompleted waits for all.
	AllCompleted WaitMode = iota
	// FirstCompleted waits for one, whatever its result.
	FirstCompleted
	// FirstError waits for one that ends with an error, or for all. A cancellation is no error
	// here.
	FirstError
)

// Wait suspends the current task until as many of aws are done as mode demands. It returns those
// that are done and those that are pending, each in the given order (W1). It cancels nothing; ask
// the futures for their results. If ctx is cancelled, Wait returns ctx.Err() along with what is
// done and pending so far. For a time limit give it a ctx from [WithTimeout]. Without aws it
// returns at once.
//
// Only the task that ctx belongs to may call it.
func Wait[A AnyFuture](ctx context.Context, mode WaitMode, aws ...A) (done, pending []A, err error) {
	if mode > FirstError {
		return nil, aws, opError("Wait", fmt.Errorf("unknown mode %d: %w", mode, os.ErrInvalid))
	}
	m, err := watchMany(ctx, "Wait", aws)
	if err != nil {
		return nil, aws, err
	}
	defer m.stop()
	if err = errOf(ctx); err == nil {
		err = m.waitUntil(ctx, mode)
	}
	m.neglect(m.futs...) // it is up to the caller to ask
	for _, aw := range aws {
		if aw.base().state == finished {
			done = append(done, aw)
		} else {
			pending = append(pending, aw)
		}
	}
	return done, pending, err
}

func (m *many) waitUntil(ctx context.Context, mode WaitMode) error {
	for m.left > 0 {
		f, err := m.next(ctx)
		switch {
		case err != nil:
			return err
		case mode == FirstCompleted:
			return nil
		case mode == FirstError && f.err != nil && !f.cancelled():
			return nil
		}
	}
	return nil
}

// AsCompleted yields aws in the order in which they are done, and waits in between (W8). If ctx is
// cancelled, it yields ctx.Err() with a zero future, once, and ends. Leaving the range early is
// fine: nothing is cancelled. The same future given twice is yielded once.
//
// Only the task that ctx belongs to may range over it.
func AsCompleted[A AnyFuture](ctx context.Context, aws ...A) iter.Seq2[A, error] {
	return func(yield func(A, error) bool) {
		var zero A
		m, err := watchMany(ctx, "AsCompleted", aws)
		if err != nil {
			yield(zero, err)
			return
		}
		defer m.stop()
		defer m.neglect(m.futs...)
		if err := errOf(ctx); err != nil {
			yield(zero, err)
			return
		}
		byFuture := make(map[*future]A, len(aws))
		for _, aw := range aws {
			byFuture[aw.base()] = aw
		}
		for m.left > 0 {
			f, err := m.next(ctx)
			if err != nil {
				yield(zero, err)
				return
			}
			m.neglect(f) // it is up to the caller now
			if !yield(byFuture[f], nil) {
				return
			}
		}
	}
}
