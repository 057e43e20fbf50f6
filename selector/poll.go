// SPDX-License-Identifier: Apache-2.0

//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package selector

import (
	"os"
	"time"

	"github.com/gocurtain/asyncio/internal/sys"
)

// poll is the [Selector] over poll(2), with the nanoseconds of ppoll(2) on Linux. The kernel holds
// nothing between calls, so each Wait hands over the whole list and costs time in proportion to it.
// It needs no descriptor of its own, so use it when none is left to open.
type poll struct {
	set               // A slot's note is its index in list.
	list []sys.PollFd // In no order: Unregister fills the gap with the last.
}

func openPoll() (Selector, error) { return &poll{set: set{name: "poll"}}, nil }

func (s *poll) Register(fd int, events Events, data any) error {
	if err := s.admit(fd, events); err != nil {
		return err
	}
	if err := sys.CheckFD(fd); err != nil {
		return failed("register", fd, os.NewSyscallError("fcntl", err))
	}
	s.put(Key{fd, events, data}, len(s.list))
	s.list = append(s.list, sys.PollFd{Fd: int32(fd), Events: pollEvents(events)})
	return nil
}

func (s *poll) Modify(fd int, events Events, data any) error {
	return s.modify(fd, events, data, func(at *slot, events Events) error {
		if err := sys.CheckFD(fd); err != nil {
			return os.NewSyscallError("fcntl", err)
		}
		s.list[at.note].Events = pollEvents(events)
		return nil
	})
}

func (s *poll) Unregister(fd int) error {
	at, err := s.find("unregister", fd)
	if err != nil {
		return err
	}
	gap, last := at.note, len(s.list)-1
	s.list[gap] = s.list[last]
	s.slots[s.list[gap].Fd].note = gap
	s.list = s.list[:last]
	s.drop(fd)
	return nil
}

func (s *poll) Wait(timeout time.Duration, into []Event) ([]Event, error) {
	into = into[:0]
	timeout, err := s.check(timeout)
	if err != nil {
		return into, err
	}
	n, err := sys.Poll(s.list, timeout)
	if err != nil {
		return into, waited("poll", err)
	}
	for i := 0; n > 0 && i < len(s.list); i++ {
		item := &s.list[i]
		if item.Revents == 0 {
			continue
		}
		n--
		key := s.slots[item.Fd].Key
		if ready := key.Events & directions(item.Revents, sys.POLLIN, sys.POLLOUT); ready != 0 {
			into = append(into, Event{key, ready})
		}
	}
	return into, nil
}

func (s *poll) Close() error {
	s.shut()
	s.list = nil
	return nil
}

// pollEvents is what poll(2) is asked for.
func pollEvents(events Events) int16 {
	var flags int16
	if events&Readable != 0 {
		flags |= sys.POLLIN
	}
	if events&Writable != 0 {
		flags |= sys.POLLOUT
	}
	return flags
}

// directions translates what epoll or poll reports. A direction is ready by its own flag, and by
// every flag that belongs to neither direction: hang-up, error and "not open" (asyncio id X4).
func directions[F int16 | uint32](flags, in, out F) Events {
	var events Events
	if flags&^out != 0 {
		events |= Readable
	}
	if flags&^in != 0 {
		events |= Writable
	}
	return events
}
