// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"fmt"
	"os"

	"github.com/gocurtain/asyncio/trace"
)

// Semaphore holds a number of permits (asyncio P4). Make one with [NewSemaphore]; the zero value
// has no permits until a Release. It must not be copied. It belongs to a loop as a [Lock] does.
//
// It is fair: a permit goes to the task that has waited longest, and a newcomer waits behind the
// others.
type Semaphore struct {
	waitPlace
	waiters waiters
	permits int // free ones; none while a task waits
	bounded bool
	bound   int
}

// NewSemaphore makes a semaphore with a number of permits. It panics if that is negative.
func NewSemaphore(permits int) *Semaphore {
	s := &Semaphore{}
	s.fill("NewSemaphore", permits)
	return s
}

func (s *Semaphore) fill(op string, permits int) {
	if permits < 0 {
		panic(opError(op, fmt.Errorf("%d permits; give 0 or more: %w", permits, os.ErrInvalid)))
	}
	s.permits = permits
}

// Acquire suspends the current task until it has a permit. It does not suspend if one is free (P8).
// If ctx is cancelled, before or meanwhile, Acquire returns ctx.Err() and has no permit. If it was
// given a permit before, it returns nil and has the permit.
func (s *Semaphore) Acquire(ctx context.Context) error {
	t, err := s.enter(ctx, "Semaphore.Acquire")
	if err != nil {
		return err
	}
	if s.permits > 0 {
		s.permits--
		return nil
	}
	return s.wait(ctx, t, &s.waiters, trace.WaitSemaphore, s)
}

// Release gives a permit to the task that has waited longest, or makes it free. It needs no ctx,
// and may be called without an Acquire before, except on a [BoundedSemaphore].
func (s *Semaphore) Release() {
	s.mustOwn("Semaphore.Release")
	if s.bounded && s.permits >= s.bound {
		panic(opError("BoundedSemaphore.Release", ErrNotAcquired))
	}
	if s.wakeFirst(&s.waiters) == nil {
		s.permits++
	}
}

// Do acquires a permit, calls fn, and returns its error. It always releases the permit, whether fn
// returns or panics (P7). If Do cannot acquire a permit, it does not call fn.
func (s *Semaphore) Do(ctx context.Context, fn func(ctx context.Context) error) error {
	if err := s.Acquire(ctx); err != nil {
		return err
	}
	defer s.Release()
	return fn(ctx)
}

// Locked reports whether an Acquire would wait (P7).
func (s *Semaphore) Locked() bool {
	s.mustOwn("Semaphore.Locked")
	return s.permits == 0
}

// String shows how many permits are free and how many tasks wait, for debugging (P7).
func (s *Semaphore) String() string {
	s.mustOwn("Semaphore.String")
	switch {
	case s.bounded:
		return s.describe("BoundedSemaphore", "%d of %d free, %d waiting", s.permits, s.bound, s.waiters.count())
	case s.permits == 0:
		return s.describe("Semaphore", "locked, %d waiting", s.waiters.count())
	default:
		return s.describe("Semaphore", "%d free", s.permits)
	}
}

// BoundedSemaphore is a semaphore that never has more permits than it was made with: its Release
// panics with [ErrNotAcquired] if all are free (asyncio P5). Make one with [NewBoundedSemaphore].
type BoundedSemaphore struct {
	Semaphore
}

// NewBoundedSemaphore makes a bounded semaphore with a number of permits. It panics if that is
// negative.
func NewBoundedSemaphore(permits int) *BoundedSemaphore {
	s := &BoundedSemaphore{Semaphore{bounded: true, bound: permits}}
	s.fill("NewBoundedSemaphore", permits)
	return s
}

// Acquire is [Semaphore.Acquire].
func (s *BoundedSemaphore) Acquire(ctx context.Context) error {
	if !s.bounded {
		return zeroValue("BoundedSemaphore.Acquire")
	}
	return s.Semaphore.Acquire(ctx)
}

// Release is [Semaphore.Release]; it panics with [ErrNotAcquired] if no permit is held.
func (s *BoundedSemaphore) Release() {
	if !s.bounded {
		panic(zeroValue("BoundedSemaphore.Release"))
	}
	s.Semaphore.Release()
}

// Do is [Semaphore.Do].
func (s *BoundedSemaphore) Do(ctx context.Context, fn func(ctx context.Context) error) error {
	if !s.bounded {
		return zeroValue("BoundedSemaphore.Do")
	}
	return s.Semaphore.Do(ctx, fn)
}

// SemaphoreStats is the state of a semaphore.
type SemaphoreStats struct {
	Free    int // permits
	Waiting int // tasks that wait for one
}

// Stats returns the state of the semaphore.
func (s *Semaphore) Stats() SemaphoreStats {
	s.mustOwn("Semaphore.Stats")
	return SemaphoreStats{Free: s.permits, Waiting: s.waiters.count()}
}
