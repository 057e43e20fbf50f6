// SPDX-License-Identifier: Apache-2.0

//go:build !(linux || darwin || dragonfly || freebsd || openbsd)

package sys

import "time"

var start = time.Now()

// Monotonic counts nanoseconds on Go's monotonic clock since the process started. It stands in for
// CLOCK_MONOTONIC on a system without it, so it orders events of one process only. Any goroutine
// may call it.
func Monotonic() int64 { return int64(time.Since(start)) }
