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

// selecting is the [Selector] over select(2), with the nanoseconds of pselect6(2) on Linux. It is
// here because every Unix has it. Its sets have room only for descriptors below FD_SETSIZE, so a
// program with more must use another selector.
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
		if err := sys.CheckFD(fd); err != nil {
			return os.NewSyscallError("fcntl", err)
		}
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
	read, write, n, err := s.ask(timeout, nil)
	if err == syscall.EBADF {
		// The owner of a closed descriptor gets EBADF; the others get their events.
		into = s.appendClosed(into)
		read, write, n, err = s.ask(0, into)
	}
	if err == syscall.EBADF {
		return into, nil // One more was closed just now: the next Wait tells the rest.
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

// ask is select(2) for all descriptors except the closed ones.
func (s *selecting) ask(timeout time.Duration, closed []Event) (read, write sys.FdSet, n int, err error) {
	read, write = s.read, s.write // The kernel answers in place.
	for i := range closed {
		read.Clear(closed[i].Key.FD)
		write.Clear(closed[i].Key.FD)
	}
	n, err = sys.Select(len(s.slots), &read, &write, timeout)
	return read, write, n, err
}

// appendClosed appends the descriptors that make select(2) fail as a whole, as ready in every
// direction, as poll does.
func (s *selecting) appendClosed(into []Event) []Event {
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
