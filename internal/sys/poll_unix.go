// SPDX-License-Identifier: Apache-2.0

//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package sys

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// PollFd is struct pollfd.
type PollFd = unix.PollFd

// Flags of poll(2).
const (
	POLLIN  = unix.POLLIN
	POLLOUT = unix.POLLOUT
)

// FdSet is fd_set: a bit per descriptor below [FdSetSize].
type FdSet = unix.FdSet

// FdSetSize is FD_SETSIZE: the number of descriptors that an [FdSet] can name.
const FdSetSize = int(unsafe.Sizeof(FdSet{})) * 8
