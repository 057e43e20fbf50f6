// SPDX-License-Identifier: Apache-2.0

//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package selector

import (
	"os"
	"syscall"
	"time"

	"github.com/gocurtain/asyncio/internal/sys"
)

// kqueue is the [Selector] over kqueue(2). A kqueue knows no directions: reading and writing are
// two filters, and each is added, deleted and reported on its own. Wait joins the two reports of a
// descriptor. The filters belong to the descriptor and go when it is closed, so the trap of epoll
// is not here.
type kqueue struct {
	set     // A slot's note is where the current batch has its event, if anywhere.
	fd  int // The queue.
	buf [maxBatch]sys.Kevent
}

func openKqueue() (Selector, error) {
	fd, err := sys.Kqueue()
	if err != nil {
		return nil, kernel("kqueue", err)
	}
	return &kqueue{set: set{name: "kqueue"}, fd: fd}, nil
}

func (s *kqueue) Register(fd int, events Events, data any) error {
	if err := s.admit(fd, events); err != nil {
		return err
	}
	if err := s.change(fd, 0, events); err != nil {
		return failed("register", fd, os.NewSyscallError("kevent", err))
	}
	s.put(Key{fd, events, data}, 0)
	return nil
}

func (s *kqueue) Modify(fd int, events Events, data any) error {
	return s.modify(fd, events, data, func(at *slot, events Events) error {
		return os.NewSyscallError("kevent", s.change(fd, at.Events, events))
	})
}

func (s *kqueue) Unregister(fd int) error {
	at, err := s.find("unregister", fd)
	if err != nil {
		return err
	}
	s.remove(fd, at.Events)
	s.drop(fd)
	return nil
}

// change changes the events of a descriptor from from to to. It also adds filters that are there
// already: that changes nothing, unless the descriptor was closed, so that its filters are gone and
// the number belongs to another file now. After an error the events are as before.
func (s *kqueue) change(fd int, from, to Events) error {
	for _, f := range filters {
		if to&f.direction == 0 {
			continue
		}
		// EPIPE: the other end of a pipe is gone. The filter is there nevertheless, and will report
		// just that (mio does the same).
		if err := s.control(fd, f.filter, sys.EV_ADD); err != nil && err != syscall.EPIPE {
			s.remove(fd, to&^from) // Possibly one of the two was added.
			return err
		}
	}
	s.remove(fd, from&^to)
	return nil
}

// remove deletes filters. An error means that the descriptor was closed, and its filters went with
// it.
func (s *kqueue) remove(fd int, events Events) {
	for _, f := range filters {
		if events&f.direction != 0 {
			_ = s.control(fd, f.filter, sys.EV_DELETE)
		}
	}
}

// filters are the kqueue's names of the directions.
var filters = [...]struct {
	direction Events
	filter    int
}{{Readable, sys.EVFILT_READ}, {Writable, sys.EVFILT_WRITE}}

func (s *kqueue) control(fd, filter, flag int) error {
	var change [1]sys.Kevent
	sys.SetKevent(&change[0], fd, filter, flag)
	return sys.KeventChange(s.fd, change[:])
}

func (s *kqueue) Wait(timeout time.Duration, into []Event) ([]Event, error) {
	into = into[:0]
	timeout, err := s.check(timeout)
	if err != nil {
		return into, err
	}
	n, err := sys.KeventWait(s.fd, s.buf[:], timeout)
	if err != nil {
		return into, waited("kevent", err)
	}
	for i := range s.buf[:n] {
		ev := &s.buf[i]
		ready := Readable
		if ev.Filter == sys.EVFILT_WRITE {
			ready = Writable
		}
		if at := s.at(int(ev.Ident)); at != nil && at.Events&ready != 0 {
			into = join(into, at, ready)
		}
	}
	return into, nil
}

// join adds a direction to the event of a descriptor, and the event if the batch has none yet.
func join(batch []Event, at *slot, ready Events) []Event {
	if at.note < len(batch) && batch[at.note].Key.FD == at.FD {
		batch[at.note].Ready |= ready
		return batch
	}
	at.note = len(batch)
	return append(batch, Event{at.Key, ready})
}

func (s *kqueue) Close() error {
	if !s.shut() {
		return nil
	}
	return kernel("close", sys.Close(s.fd))
}
