// SPDX-License-Identifier: Apache-2.0

//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package sys

import (
	"time"

	"golang.org/x/sys/unix"
)

// Poll waits for events with a resolution of a millisecond (poll(2)) and returns how many
// descriptors have some.
func Poll(fds []PollFd, timeout time.Duration) (int, error) {
	return unix.Poll(fds, milliseconds(timeout))
}

// Select waits until one of the descriptors below nfd in r can be read or one of those in w
// written, with a resolution of a microsecond (select(2)). It leaves those that can in r and w and
// returns their number.
func Select(nfd int, r, w *FdSet, timeout time.Duration) (int, error) {
	if timeout < 0 {
		return unix.Select(nfd, r, w, nil, nil)
	}
	tv := unix.NsecToTimeval(int64(timeout + time.Microsecond - 1))
	return unix.Select(nfd, r, w, nil, &tv)
}
