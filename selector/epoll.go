// SPDX-License-Identifier: Apache-2.0

//go:build linux

package selector

import (
	"os"
	"syscall"
	"time"

	"github.com/gocurtain/asyncio/internal/sys"
)

// epoll is the [Selector] over epoll(7): one system call to create it, one per Register, Modify,
// Unregister and Wait.
//
// It is level-triggered, as asyncio's is. Edge-triggered epoll would save the changes of interest,
// but oblige every reader to read until it would block, or to remember a readiness that it has not
// used up.
//
// The trap of epoll: an entry of its interest list does not belong to the descriptor, but to the
// pair of the number and the open file description behind it. The entry goes when the description
// goes. If a descriptor was duplicated (dup(2), or a child process that inherited it) and is closed
// without being unregistered first, the entry lives on with the duplicate. It keeps reporting the
// number of the closed descriptor; it cannot be deleted, because the number now names nothing, or
// something else; and if the number is used again, its events look like those of the newcomer. The
// entry of a descriptor without duplicates goes with it, and the newcomer has none.
//
// So each registration has a generation, which travels through the kernel in the half of the
// event's data that the descriptor leaves free. An event with another generation than its
// descriptor is stale, and is dropped. Since level-triggered events never stop, the epoll is then
// made anew from the set, which is the only way to be rid of the entry (libev does the same). If
// the same pair is registered again and its entry still exists, the entry is reused. If a number
// turns out to have no entry, Modify makes one, of a new generation.
type epoll struct {
	set            // A slot's note is its generation.
	fd         int // The epoll instance.
	generation int32
	stale      bool // An event was stale; the next Wait rebuilds first.
	coarse     bool // The kernel refused epoll_pwait2: wait in milliseconds.
	buf        [maxBatch]sys.EpollEvent
}

func openEpoll() (Selector, error) {
	fd, err := sys.EpollCreate()
	if err != nil {
		return nil, kernel("epoll_create1", err)
	}
	return &epoll{set: set{name: "epoll"}, fd: fd}, nil
}

func (s *epoll) Register(fd int, events Events, data any) error {
	if err := s.admit(fd, events); err != nil {
		return err
	}
	s.generation++
	err := s.control(sys.EPOLL_CTL_ADD, fd, events, s.generation)
	if err == syscall.EEXIST {
		err = s.control(sys.EPOLL_CTL_MOD, fd, events, s.generation)
	}
	if err != nil {
		return failed("register", fd, os.NewSyscallError("epoll_ctl", err))
	}
	s.put(Key{fd, events, data}, int(s.generation))
	return nil
}

func (s *epoll) Modify(fd int, events Events, data any) error {
	return s.modify(fd, events, data, func(at *slot, events Events) error {
		err := s.control(sys.EPOLL_CTL_MOD, fd, events, int32(at.note))
		if err == syscall.ENOENT { // The number belongs to another file than at the time of Register.
			s.generation++
			if err = s.control(sys.EPOLL_CTL_ADD, fd, events, s.generation); err == nil {
				at.note = int(s.generation)
			}
		}
		return os.NewSyscallError("epoll_ctl", err)
	})
}

func (s *epoll) Unregister(fd int) error {
	if _, err := s.find("unregister", fd); err != nil {
		return err
	}
	// An error means that the descriptor was closed before (EBADF), and perhaps its number used
	// again (ENOENT, EPERM): then there is nothing to delete.
	_ = s.control(sys.EPOLL_CTL_DEL, fd, 0, 0)
	s.drop(fd)
	return nil
}

// control is epoll_ctl(2). The kernel copies the event, so it may live on the stack.
func (s *epoll) control(op, fd int, events Events, generation int32) error {
	ev := entry(fd, events, generation)
	return sys.EpollCtl(s.fd, op, fd, &ev)
}

// entry is what the interest list holds for a descriptor.
func entry(fd int, events Events, generation int32) sys.EpollEvent {
	ev := sys.EpollEvent{Fd: int32(fd), Pad: generation}
	if events&Readable != 0 {
		ev.Events |= sys.EPOLLIN
	}
	if events&Writable != 0 {
		ev.Events |= sys.EPOLLOUT
	}
	return ev
}

func (s *epoll) Wait(timeout time.Duration, into []Event) ([]Event, error) {
	into = into[:0]
	timeout, err := s.check(timeout)
	if err != nil {
		return into, err
	}
	if s.stale {
		s.rebuild()
	}
	n, err := s.fetch(timeout)
	if err != nil {
		return into, waited("epoll_wait", err)
	}
	for i := range s.buf[:n] {
		ev := &s.buf[i]
		at := s.at(int(ev.Fd))
		if at == nil || int32(at.note) != ev.Pad {
			s.stale = true
			continue
		}
		if ready := at.Events & directions(ev.Events, sys.EPOLLIN, sys.EPOLLOUT); ready != 0 {
			into = append(into, Event{at.Key, ready})
		}
	}
	return into, nil
}

// fetch waits as exactly as the kernel can.
func (s *epoll) fetch(timeout time.Duration) (int, error) {
	if timeout > 0 && !s.coarse {
		n, err := sys.EpollWaitNano(s.fd, s.buf[:], timeout)
		if err != syscall.ENOSYS && err != syscall.EPERM {
			return n, err
		}
		s.coarse = true
	}
	return sys.EpollWait(s.fd, s.buf[:], timeout)
}

// rebuild moves the set to a new epoll instance, without the entries that belong to nobody any
// more. What the old instance had forgotten stays forgotten: a number that was closed while
// registered may belong to anybody by now. If there is no descriptor or no memory left, the old
// instance stays in use, its stale events are dropped, and the next Wait tries again.
func (s *epoll) rebuild() {
	fd, err := sys.EpollCreate()
	if err != nil {
		return
	}
	old := s.fd
	for key := range s.All() {
		ev := entry(key.FD, key.Events, int32(s.slots[key.FD].note))
		if sys.EpollCtl(old, sys.EPOLL_CTL_MOD, key.FD, &ev) != nil {
			continue
		}
		if sys.EpollCtl(fd, sys.EPOLL_CTL_ADD, key.FD, &ev) != nil {
			_ = sys.Close(fd)
			return
		}
	}
	s.fd, s.stale = fd, false
	_ = sys.Close(old)
}

func (s *epoll) Close() error {
	if !s.shut() {
		return nil
	}
	return kernel("close", sys.Close(s.fd))
}
