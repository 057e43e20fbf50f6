// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"math"
	"time"
)

// The loop keeps histograms of how long its turns take and how long a callback waits for
// its turn: of a sample, since two readings of the clock for each turn would be felt
// (BenchmarkWatched). A turn that has polled costs more, and is worth more.
const (
	sampleEvery = 256 // turns
	pollWeight  = 16  // turns without a poll
)

// latency is what the loop writes and any goroutine may read.
type latency struct {
	turns, delays histogram
	turnsLeft     int           // until the next sample
	pushedAt      time.Duration // when the sampled callback was scheduled, 0 if none was
}

// Latency is how long the loop has made others wait.
type Latency struct {
	// Turns is how long the callbacks and steps of a turn took together, one after the
	// other: one turn in 256, one in 16 of those that have polled, and all that were stalls.
	Turns Histogram
	// Delays is how long callbacks and steps that were ready waited for their turn: the
	// first one that was scheduled in a sampled turn.
	Delays Histogram
	// Stalls counts the callbacks and steps that were reported by the watchdog, and
	// LongestStall is the longest that is over.
	Stalls       uint64
	LongestStall time.Duration
}

// Latency returns the loop's histograms so far. Any goroutine may call it. A loop with a
// clock of its own ([LoopConfig]) has none.
func (l *Loop) Latency() Latency {
	return Latency{
		Turns:        l.latency.turns.read(),
		Delays:       l.latency.delays.read(),
		Stalls:       l.stall.count.Load(),
		LongestStall: time.Duration(l.stall.longest.Load()),
	}
}

// noSamples puts off the next sample for ever.
const noSamples = math.MaxInt

// runSampled is runReady for a turn that is measured.
func (l *Loop) runSampled() {
	x := &l.latency
	x.turnsLeft = sampleEvery
	begin, first := l.clock.Now(), l.ready.Head()+uint64(l.ready.Len())
	for l.batch > 0 {
		l.batch--
		l.runEntry(l.ready.Pop())
		if x.pushedAt == 0 && l.ready.Head()+uint64(l.ready.Len()) != first {
			x.pushedAt = l.clock.Now()
		}
	}
	x.turns.add(l.clock.Now() - begin)
	if x.pushedAt != 0 {
		x.turnsLeft = 0 // the next turn begins with it
	}
}

// takeDelay ends the measurement of a delay: the callback is the first of this turn.
func (l *Loop) takeDelay() {
	x := &l.latency
	x.delays.add(l.clock.Now() - x.pushedAt)
	x.pushedAt, x.turnsLeft = 0, sampleEvery
}
