// SPDX-License-Identifier: Apache-2.0

package sys

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Poll waits for events with a resolution of a nanosecond (ppoll(2)) and returns how many
// descriptors have some. With timeout 0 the Go scheduler is not told, as the call cannot block.
func Poll(fds []PollFd, timeout time.Duration) (int, error) {
	var ts unix.Timespec // The kernel writes the time left into it, so it is ours.
	limit := timespec(&ts, timeout)
	buf, n := unsafe.SliceData(fds), uintptr(len(fds))
	if timeout == 0 {
		n, _, errno := unix.RawSyscall6(unix.SYS_PPOLL, uintptr(unsafe.Pointer(buf)), n, uintptr(unsafe.Pointer(limit)), 0, 0, 0)
		return result(n, errno)
	}
	n, _, errno := unix.Syscall6(unix.SYS_PPOLL, uintptr(unsafe.Pointer(buf)), n, uintptr(unsafe.Pointer(limit)), 0, 0, 0)
	return result(n, errno)
}

// Select waits until one of the descriptors below nfd in r can be read or one of those in w
// written, with a resolution of a nanosecond (pselect6(2)). It leaves those that can in r and w and
// returns their number. With timeout 0 the Go scheduler is not told, as the call cannot block.
func Select(nfd int, r, w *FdSet, timeout time.Duration) (int, error) {
	var ts unix.Timespec // The kernel writes the time left into it, so it is ours.
	limit := timespec(&ts, timeout)
	if timeout == 0 {
		n, _, errno := unix.RawSyscall6(unix.SYS_PSELECT6, uintptr(nfd), uintptr(unsafe.Pointer(r)), uintptr(unsafe.Pointer(w)), 0, uintptr(unsafe.Pointer(limit)), 0)
		return result(n, errno)
	}
	n, _, errno := unix.Syscall6(unix.SYS_PSELECT6, uintptr(nfd), uintptr(unsafe.Pointer(r)), uintptr(unsafe.Pointer(w)), 0, uintptr(unsafe.Pointer(limit)), 0)
	return result(n, errno)
}

// timespec stores the timeout in ts and returns ts, or nil for no limit.
func timespec(ts *unix.Timespec, timeout time.Duration) *unix.Timespec {
	if timeout < 0 {
		return nil
	}
	*ts = unix.NsecToTimespec(int64(timeout))
	return ts
}
