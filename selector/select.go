// SPDX-License-Identifier: Apache-2.0

//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package selector

import (
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/gocurtain/asyncio/internal/sys"
)

// selecting is the [Selector] over select(2), with the nanoseconds of
// pselect6(2) on Linux. It is there because every Unix has it. Its sets name
// descriptors below FD_SETSIZE only, so a program with more has to use another.
type selecting struct {
	set
	read, write sys.FdSet // What is of interest.
}

func openSelect() (Selector, error) { return &selecting{set: set{name: "select"}}, nil }

func (s *selecting) Register(fd int, events Events, data any) error {
	if err := s.admit(fd, events); err != nil {
		return err
	}
	if fd >= sys.FdSetSize {
		return failed("register", fd, fmt.Errorf("select knows only the descriptors below %d; use another selector (ASYNCIO_SELECTOR)", sys.FdSetSize))
	}
	if err := sys.CheckFD(fd); err != nil {
		return failed("register", fd, os.NewSyscallError("fcntl", err))
	}
	s.put(Key{fd, events, data}, 0)
	s.mark(fd, events)
	return nil
}

func (s *selecting) Modify(fd int, events Events, data any) error {
	return s.modify(fd, events, data, func(_ *slot, events Events) error {
		s.mark(fd, events)
		return nil
	})
}

func (s *selecting) Unregister(fd int) error {
	if _, err := s.find("unregister", fd); err != nil {
		return err
	}
	s.mark(fd, 0)
	s.drop(fd)
	return nil
}

// mark makes events what is of interest for a descriptor.
func (s *selecting) mark(fd int, events Events) {
	s.read.Clear(fd)
	s.write.Clear(fd)
	if events&Readable != 0 {
		s.read.Set(fd)
	}
	if events&Writable != 0 {
		s.write.Set(fd)
	}
}

func (s *selecting) Wait(timeout time.Duration, into []Event) ([]Event, error) {
	into = into[:0]
	timeout, err := s.check(timeout)
	if err != nil {
		return into, err
	}
	read, write := s.read, s.write // The kernel answers in place.
	n, err := sys.Select(len(s.slots), &read, &write, timeout)
	if err == syscall.EBADF {
		return s.closedWhileRegistered(into), nil
	}
	if err != nil {
		return into, waited("select", err)
	}
	for fd := 0; n > 0 && fd < len(s.slots); fd++ {
		var ready Events
		if read.IsSet(fd) {
			ready |= Readable
			n--
		}
		if write.IsSet(fd) {
			ready |= Writable
			n--
		}
		if ready != 0 {
			into = append(into, Event{s.slots[fd].Key, ready})
		}
	}
	return into, nil
}

// closedWhileRegistered appends the descriptors that made select(2) fail as a
// whole, as ready in every direction: poll does the same, and their owners meet
// EBADF instead of everyone else.
func (s *selecting) closedWhileRegistered(into []Event) []Event {
	for key := range s.All() {
		if sys.CheckFD(key.FD) != nil {
			into = append(into, Event{key, key.Events})
		}
	}
	return into
}

func (s *selecting) Close() error {
	s.shut()
	return nil
}
