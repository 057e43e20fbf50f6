// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"iter"
	"math"
	"math/bits"
	"sync/atomic"
	"time"
)

// Each power of two of nanoseconds has 1<<bucketBits buckets, so a duration is known to an eighth
// of it. The last one holds what is longer than about 4.6 hours.
const (
	bucketBits = 2
	buckets    = 43 << bucketBits
)

// histogram counts durations. The loop adds, now and then the watchdog; any goroutine may read
// meanwhile.
type histogram struct {
	counts [buckets]atomic.Uint32
	sum    atomic.Int64
	max    atomic.Int64
}

func (h *histogram) add(d time.Duration) {
	d = max(d, 0)
	h.counts[bucketOf(d)].Add(1)
	h.sum.Add(int64(d))
	for longest := h.max.Load(); int64(d) > longest && !h.max.CompareAndSwap(longest, int64(d)); {
		longest = h.max.Load()
	}
}

func (h *histogram) read() Histogram {
	r := Histogram{Sum: time.Duration(h.sum.Load()), Max: time.Duration(h.max.Load())}
	for i := range h.counts {
		r.counts[i] = h.counts[i].Load()
		r.Count += uint64(r.counts[i])
	}
	return r
}

// bucketOf is the bucket of a duration, which is not negative.
func bucketOf(d time.Duration) int {
	n := uint64(d)
	if n < 1<<bucketBits {
		return int(n)
	}
	shift := bits.Len64(n) - 1 - bucketBits
	return min(buckets-1, shift<<bucketBits+int(n>>shift))
}

// bucketLimit is the least duration that is too long for a bucket.
func bucketLimit(i int) time.Duration {
	switch {
	case i < 1<<bucketBits:
		return time.Duration(i + 1)
	case i == buckets-1:
		return math.MaxInt64
	}
	shift := i>>bucketBits - 1
	return time.Duration(uint64(i&(1<<bucketBits-1)+1<<bucketBits+1) << shift)
}

// Histogram is a distribution of durations, each known to an eighth of it. It is a value.
type Histogram struct {
	Count  uint64        // how many there are
	Sum    time.Duration // of all of them
	Max    time.Duration // the longest
	counts [buckets]uint32
}

// Quantile returns the duration that the fraction q of all durations does not exceed; q is between
// 0 and 1. It is an upper limit, at most a quarter too long. Without any durations it is 0.
func (h *Histogram) Quantile(q float64) time.Duration {
	rank := uint64(math.Ceil(q * float64(h.Count)))
	var n uint64
	for i, c := range h.counts {
		if n += uint64(c); n >= rank && n > 0 {
			return min(bucketLimit(i)-1, h.Max)
		}
	}
	return 0
}

// Buckets yields the buckets in use, in rising order: a limit that all durations in the bucket are
// below, and how many they are.
func (h *Histogram) Buckets() iter.Seq2[time.Duration, uint64] {
	return func(yield func(time.Duration, uint64) bool) {
		for i, c := range h.counts {
			if c > 0 && !yield(bucketLimit(i), uint64(c)) {
				return
			}
		}
	}
}

// The loop keeps histograms of how long its turns take and how long a callback waits for its turn.
// It takes samples, since two readings of the clock for each turn would be felt (BenchmarkWatched).
// A turn that has polled costs more, and counts for more.
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

// noSamples puts off the next sample for ever.
const noSamples = math.MaxInt
