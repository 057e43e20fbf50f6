// SPDX-License-Identifier: Apache-2.0

//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package sys

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Kevent is struct kevent. The types of its fields differ between systems: fill it with
// [SetKevent].
type Kevent = unix.Kevent_t

// Filters and flags of kevent(2).
const (
	EVFILT_READ  = unix.EVFILT_READ
	EVFILT_WRITE = unix.EVFILT_WRITE

	EV_ADD    = unix.EV_ADD
	EV_DELETE = unix.EV_DELETE
)

// SetKevent fills k with a change: the descriptor, one EVFILT and one EV flag.
func SetKevent(k *Kevent, fd, filter, flags int) { unix.SetKevent(k, fd, filter, flags) }

// Kqueue makes a kernel event queue which does not survive exec (kqueue(2)).
func Kqueue() (int, error) {
	// The lock keeps a concurrent exec from inheriting it before it is marked.
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	kq, err := unix.Kqueue()
	if err == nil {
		unix.CloseOnExec(kq)
	}
	return kq, err
}

// KeventChange applies changes to the queue without fetching events (kevent(2)). The first that
// fails ends it.
func KeventChange(kq int, changes []Kevent) error {
	_, err := unix.Kevent(kq, changes, nil, nil)
	if err == unix.EINTR {
		return nil // The man page: the changes have been applied.
	}
	return err
}

// KeventWait fetches events with a resolution of a nanosecond (kevent(2)).
func KeventWait(kq int, events []Kevent, timeout time.Duration) (int, error) {
	if timeout < 0 {
		return unix.Kevent(kq, nil, events, nil)
	}
	ts := unix.NsecToTimespec(int64(timeout))
	return unix.Kevent(kq, nil, events, &ts)
}
