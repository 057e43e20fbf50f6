// SPDX-License-Identifier: Apache-2.0

//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package sys

import "time"

// milliseconds is a timeout for the older calls, which count in milliseconds: -1 means no limit,
// and a fraction is rounded up so that no wait ends early (asyncio id X5).
func milliseconds(timeout time.Duration) int {
	if timeout < 0 {
		return -1
	}
	return int((timeout + time.Millisecond - 1) / time.Millisecond)
}
