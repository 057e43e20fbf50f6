// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"math"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
)

func TestHistogramBuckets(t *testing.T) {
	for d := time.Duration(0); d < 7<<41; d += 1 + d/7 {
		limit := asyncio.BucketLimit(d)
		if limit <= d || d >= 8 && float64(limit-d) > float64(d)/4+1 {
			t.Fatalf("%d is in a bucket that ends at %d", d, limit)
		}
		if asyncio.BucketLimit(limit) == limit {
			t.Fatalf("the end %d is in the bucket itself", limit)
		}
	}
	equal(t, "the longest of all", asyncio.BucketLimit(math.MaxInt64), math.MaxInt64)
	equal(t, "less than nothing", asyncio.BucketLimit(-1), 1)
}

func TestHistogramQuantile(t *testing.T) {
	var none asyncio.Histogram
	equal(t, "of nothing", none.Quantile(0.5), 0)
	var all []time.Duration
	for i := range 1000 {
		all = append(all, time.Duration(i+1)*time.Microsecond)
	}
	h := asyncio.HistogramOf(all...)
	equal(t, "count", h.Count, 1000)
	equal(t, "sum", h.Sum, 500500*time.Microsecond)
	equal(t, "max", h.Max, time.Millisecond)
	for q, want := range map[float64]time.Duration{0: time.Microsecond, 0.5: 500 * time.Microsecond, 0.99: 990 * time.Microsecond, 1: time.Millisecond} {
		if got := h.Quantile(q); got < want || got > want+want/4 {
			t.Errorf("%v: %v, want %v and at most a quarter more", q, got, want)
		}
	}
	var n uint64
	last := time.Duration(0)
	for limit, count := range h.Buckets() {
		if limit <= last || count == 0 {
			t.Errorf("%d below %v after %v", count, limit, last)
		}
		n, last = n+count, limit
	}
	equal(t, "in all buckets", n, 1000)
}
