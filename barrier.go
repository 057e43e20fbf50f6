// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"fmt"
	"os"

	"github.com/gocurtain/asyncio/trace"
)

// Barrier lets a number of tasks, its parties, wait for each other (asyncio P6). When the last one
// arrives all go on, and the barrier is ready for the next round. Make one with [NewBarrier]. It
// belongs to a loop as a [Lock] does.
type Barrier struct {
	waitPlace
	waiters waiters
	parties int
	round   *round
	broken  bool
}

// round is one filling of a barrier. The next round may begin before all tasks of this one have
// run.
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

// Wait suspends the current task until all parties wait. It returns a different number to each,
// from 0 to one less than the parties: 0 to the first that goes on, the highest to the last that
// came, which does not suspend. So the parties can choose one to do what must be done once.
//
// If ctx is cancelled, before or meanwhile, Wait returns ctx.Err(); the others wait on, for one
// more task. The error is [ErrBrokenBarrier] if the barrier is broken, or is reset or aborted
// meanwhile. Once all parties have arrived, nothing can stop them.
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

// next ends the round: tasks that wait go on, tasks that come belong to the next round.
func (b *Barrier) next() {
	b.round = new(round)
	b.wakeAll(&b.waiters)
}

// Reset ends all waits with [ErrBrokenBarrier]. Then the barrier is as new, even if it was broken.
func (b *Barrier) Reset() {
	b.mustOwn("Barrier.Reset")
	b.mustBeMade("Barrier.Reset")
	b.round.broken = true
	b.broken = false
	b.next()
}

// Abort breaks the barrier: until a Reset, all present and later waits fail with
// [ErrBrokenBarrier].
func (b *Barrier) Abort() {
	b.mustOwn("Barrier.Abort")
	b.mustBeMade("Barrier.Abort")
	b.round.broken = true
	b.broken = true
	b.next()
}

// mustBeMade refuses a zero value, whose waits would never end.
func (b *Barrier) mustBeMade(op string) {
	if b.round == nil {
		panic(zeroValue(op))
	}
}

// Parties returns how many tasks must arrive.
func (b *Barrier) Parties() int { return b.parties }

// Waiting returns how many have arrived and wait for the others.
func (b *Barrier) Waiting() int {
	b.mustOwn("Barrier.Waiting")
	return b.waiters.count()
}

// Broken reports whether the barrier is broken: Abort was called, and Reset was not called after
// it.
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

// BarrierStats is the state of a barrier.
type BarrierStats struct {
	Parties int
	Waiting int // tasks that have arrived
	Broken  bool
}

// Stats returns the state of the barrier.
func (b *Barrier) Stats() BarrierStats {
	b.mustOwn("Barrier.Stats")
	return BarrierStats{Parties: b.parties, Waiting: b.waiters.count(), Broken: b.broken}
}
