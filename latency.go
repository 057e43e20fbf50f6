// SPDX-License-Identifier: Apache-2.0

package asyncio

import "time"

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
