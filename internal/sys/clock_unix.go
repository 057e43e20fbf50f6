// SPDX-License-Identifier: Apache-2.0

//go:build linux || darwin || dragonfly || freebsd || openbsd

package sys

import "golang.org/x/sys/unix"

// Monotonic reads CLOCK_MONOTONIC, in nanoseconds, by a real system call (clock_gettime(2)). It is
// meant to be called once, to learn by how much another cheap clock differs. Any goroutine may call
// it.
func Monotonic() int64 {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		panic("sys: clock_gettime: " + err.Error()) // The man page leaves no way to fail.
	}
	return ts.Nano()
}
