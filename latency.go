// SPDX-License-Identifier: Apache-2.0

package asyncio

import "time"

// Latency is how long the loop's turns took, and how long others waited for their turn.
type Latency struct {
	// Turns is how long the callbacks and steps of a turn took together. It counts one turn in 256,
	// one in 16 of those that have polled, and all stalls.
	Turns Histogram
	// Delays is how long ready callbacks and steps waited for their turn. It counts the first one
	// that was scheduled in each sampled turn.
	Delays Histogram
	// Stalls counts the callbacks and steps that the watchdog has reported. LongestStall is the
	// longest one that is over.
	Stalls       uint64
	LongestStall time.Duration
}

// Latency returns the loop's histograms so far. Any goroutine may call it. A loop with a clock of
// its own ([LoopConfig]) has none.
func (l *Loop) Latency() Latency {
	return Latency{
		Turns:        l.latency.turns.read(),
		Delays:       l.latency.delays.read(),
		Stalls:       l.stall.count.Load(),
		LongestStall: time.Duration(l.stall.longest.Load()),
	}
}
