// SPDX-License-Identifier: Apache-2.0

package sys

import (
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// EpollEvent is struct epoll_event; its Fd and Pad are the two halves of the caller's 64 bits of
// data.
type EpollEvent = unix.EpollEvent

// Operations and flags of epoll_ctl(2).
const (
	EPOLL_CTL_ADD = unix.EPOLL_CTL_ADD
	EPOLL_CTL_MOD = unix.EPOLL_CTL_MOD
	EPOLL_CTL_DEL = unix.EPOLL_CTL_DEL

	EPOLLIN  = unix.EPOLLIN
	EPOLLOUT = unix.EPOLLOUT
)

// EpollCreate makes an epoll instance which does not survive exec (epoll_create1(2)).
func EpollCreate() (int, error) { return unix.EpollCreate1(unix.EPOLL_CLOEXEC) }

// EpollCtl changes the interest list of epfd (epoll_ctl(2)). The call does not block, so the Go
// scheduler is not told.
func EpollCtl(epfd, op, fd int, ev *EpollEvent) error {
	_, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_CTL, uintptr(epfd), uintptr(op), uintptr(fd), uintptr(unsafe.Pointer(ev)), 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// EpollWait waits for events with a resolution of a millisecond (epoll_pwait(2), which unlike
// epoll_wait exists on every processor). With timeout 0 the Go scheduler is not told, as the call
// cannot block. The buffer must not be empty.
func EpollWait(epfd int, events []EpollEvent, timeout time.Duration) (int, error) {
	buf, n := unsafe.SliceData(events), uintptr(len(events))
	if timeout == 0 {
		n, _, errno := unix.RawSyscall6(unix.SYS_EPOLL_PWAIT, uintptr(epfd), uintptr(unsafe.Pointer(buf)), n, 0, 0, 0)
		return result(n, errno)
	}
	n, _, errno := unix.Syscall6(unix.SYS_EPOLL_PWAIT, uintptr(epfd), uintptr(unsafe.Pointer(buf)), n, uintptr(milliseconds(timeout)), 0, 0)
	return result(n, errno)
}

// EpollWaitNano is [EpollWait] with a resolution of a nanosecond and a timeout of at least 0
// (epoll_pwait2(2), Linux 5.11). An older kernel answers ENOSYS, a sandbox that does not know the
// call possibly EPERM.
func EpollWaitNano(epfd int, events []EpollEvent, timeout time.Duration) (int, error) {
	// The call takes struct __kernel_timespec: 64 bits, also on 32-bit systems.
	ts := struct{ sec, nsec int64 }{int64(timeout / time.Second), int64(timeout % time.Second)}
	n, _, errno := unix.Syscall6(unix.SYS_EPOLL_PWAIT2, uintptr(epfd), uintptr(unsafe.Pointer(unsafe.SliceData(events))), uintptr(len(events)), uintptr(unsafe.Pointer(&ts)), 0, 0)
	return result(n, errno)
}
