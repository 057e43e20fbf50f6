// SPDX-License-Identifier: Apache-2.0

//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package sys

import "golang.org/x/sys/unix"

// Close closes a descriptor (close(2)). EINTR is no reason to repeat it: the number is free by then
// on every system that matters here.
func Close(fd int) error { return unix.Close(fd) }

// CheckFD returns EBADF unless fd is an open descriptor (fcntl(2), F_GETFD).
func CheckFD(fd int) error {
	_, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	return err
}
