// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"fmt"
	"os"

	"github.com/gocurtain/asyncio/trace"
)

// Barrier lets a number of tasks, its parties, wait for each other; when the last one
// arrives all go on, and it is ready for the next round (asyncio P6). Make one with
// [NewBarrier]. It belongs to a loop as a [Lock] does.
type Barrier struct {
	waitPlace
	waiters waiters
	parties int
	round   *round
	broken  bool
}

// round is one filling of a barrier. Tasks that have left it need not have run when the
// next one begins.
type round struct {
	arrived int  // who waits or did until interrupted a moment ago
	left    int  // parties that have gone on
	broken  bool // it never filled
}

// NewBarrier makes a barrier for a number of parties. It panics if that is less than 1.
func NewBarrier(parties int) *Barrier {
	if parties < 1 {
		panic(opError("NewBarrier", fmt.Errorf("%d parties; give 1 or more: %w", parties, os.ErrInvalid)))
	}
	return &Barrier{parties: parties, round: new(round)}
}

// Wait suspends the current task until all parties wait, and returns a number from 0 to
// one less than the parties, a different one to each: 0 to the one that goes on first,
// the highest to the one that came last and does not suspend. So one of them can be
// chosen to do what is to be done once.
//
// If ctx is cancelled, before or meanwhile, Wait returns ctx.Err(); the others go on to
// wait, for one more. The error is [ErrBrokenBarrier] if the barrier is broken, or is
// reset or aborted meanwhile. Once all parties have arrived, nothing can stop them.
func (b *Barrier) Wait(ctx context.Context) (int, error) {
	t, err := b.enter(ctx, "Barrier.Wait")
	if err != nil {
		return 0, err
	}
	if b.round == nil {
		return 0, zeroValue("Barrier.Wait")
	}
	if b.broken {
		return 0, ErrBrokenBarrier
	}
	r := b.round
	// The second count is the true one, and takes longer.
	if r.arrived >= b.parties-1 && b.waiters.count() == b.parties-1 {
		b.next()
		return b.parties - 1, nil
	}
	r.arrived++
	if err := b.wait(ctx, t, &b.waiters, trace.WaitBarrier, b); err != nil {
		r.arrived--
		return 0, err
	}
	if r.broken {
		return 0, ErrBrokenBarrier
	}
	r.left++
	return r.left - 1, nil
}

// next ends the round: who waits goes on, who comes belongs to the next one.
func (b *Barrier) next() {
	b.round = new(round)
	b.wakeAll(&b.waiters)
}

// Reset sends those who wait on with [ErrBrokenBarrier], and makes the barrier as new,
// also if it was broken.
func (b *Barrier) Reset() {
	b.mustOwn("Barrier.Reset")
	b.mustBeMade("Barrier.Reset")
	b.round.broken = true
	b.broken = false
	b.next()
}

// Abort breaks the barrier: who waits, and who comes until a Reset, gets
// [ErrBrokenBarrier].
func (b *Barrier) Abort() {
	b.mustOwn("Barrier.Abort")
	b.mustBeMade("Barrier.Abort")
	b.round.broken = true
	b.broken = true
	b.next()
}

// mustBeMade refuses a zero value, which nobody could pass.
func (b *Barrier) mustBeMade(op string) {
	if b.round == nil {
		panic(zeroValue(op))
	}
}

// Parties is how many tasks have to arrive.
func (b *Barrier) Parties() int { return b.parties }

// Waiting is how many have arrived and wait for the others.
func (b *Barrier) Waiting() int {
	b.mustOwn("Barrier.Waiting")
	return b.waiters.count()
}

// Broken reports whether Abort was called, and no Reset since.
func (b *Barrier) Broken() bool {
	b.mustOwn("Barrier.Broken")
	return b.broken
}

// String shows how many have arrived, for debugging (P7).
func (b *Barrier) String() string {
	b.mustOwn("Barrier.String")
	if b.broken {
		return b.describe("Barrier", "broken")
	}
	return b.describe("Barrier", "%d of %d waiting", b.waiters.count(), b.parties)
}

// BarrierStats is a barrier at a glance.
type BarrierStats struct {
	Parties int
	Waiting int // those that have come
	Broken  bool
}

// Stats returns the state of the barrier.
func (b *Barrier) Stats() BarrierStats {
	b.mustOwn("Barrier.Stats")
	return BarrierStats{Parties: b.parties, Waiting: b.waiters.count(), Broken: b.broken}
}
