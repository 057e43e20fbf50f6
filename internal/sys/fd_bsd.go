// SPDX-License-Identifier: Apache-2.0

//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package sys

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// Pipe makes a pipe whose ends are non-blocking and do not survive exec.
func Pipe() (r, w int, err error) {
	// Not every one of these systems has pipe2(2); the lock keeps a concurrent fork from inheriting
	// the ends before they are marked.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	var p [2]int
	if err := unix.Pipe(p[:]); err != nil {
		return -1, -1, err
	}
	for _, fd := range p {
		unix.CloseOnExec(fd)
		if err := unix.SetNonblock(fd, true); err != nil {
			unix.Close(p[0])
			unix.Close(p[1])
			return -1, -1, err
		}
	}
	return p[0], p[1], nil
}

// TryRead reads from a non-blocking descriptor (read(2)).
func TryRead(fd int, p []byte) (int, error) { return unix.Read(fd, p) }

// TryWrite writes to a non-blocking descriptor (write(2)).
func TryWrite(fd int, p []byte) (int, error) { return unix.Write(fd, p) }
