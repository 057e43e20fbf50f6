// SPDX-License-Identifier: Apache-2.0

package record

import (
	"math"
	"sync"
	"time"

	"github.com/gocurtain/asyncio/internal/sys"
)

// base is what the cheap clock counts from: time.Since of a time with a monotonic reading is one
// vDSO read, while asking for CLOCK_MONOTONIC itself is a system call.
var base = time.Now()

// offset is what CLOCK_MONOTONIC showed at base, in ns. It is measured once, between two readings
// of the cheap clock; the narrowest of some tries counts.
var offset = sync.OnceValue(func() int64 {
	narrowest, best := time.Duration(math.MaxInt64), int64(0)
	for range 8 {
		before := time.Since(base)
		monotonic := sys.Monotonic()
		after := time.Since(base)
		if width := after - before; width < narrowest {
			narrowest, best = width, monotonic-int64(before+width/2)
		}
	}
	return best
})
