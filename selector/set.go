// SPDX-License-Identifier: Apache-2.0

package selector

import (
	"fmt"
	"io/fs"
	"iter"
	"math"
	"os"
	"syscall"
	"time"
)

// maxBatch is how many events one Wait fetches from an epoll or a kqueue. Both give the rest their
// turn in the next Wait, so none starves; the size is libuv's.
const maxBatch = 1024

// set is what all selectors have in common: the registered keys, and the rules that need no kernel.
// Descriptors are small and dense, since the kernel always hands out the lowest free one. So a
// slice indexed by descriptor finds a key faster than a map. To keep it dense, a selector puts a
// descriptor into it only after the kernel has confirmed that it is open.
type set struct {
	name   string
	slots  []slot
	count  int
	closed bool
}

// slot is the place of a descriptor; it is free while Events is empty.
type slot struct {
	Key
	note int // The selector's own remark on the descriptor.
}

// Name implements [Selector].
func (s *set) Name() string { return s.name }

// Len implements [Selector].
func (s *set) Len() int { return s.count }

// Get implements [Selector].
func (s *set) Get(fd int) (Key, bool) {
	if at := s.at(fd); at != nil {
		return at.Key, true
	}
	return Key{}, false
}

// All implements [Selector].
func (s *set) All() iter.Seq[Key] {
	return func(yield func(Key) bool) {
		for fd := 0; fd < len(s.slots); fd++ { // The body may make it longer or shorter.
			if at := s.at(fd); at != nil && !yield(at.Key) {
				return
			}
		}
	}
}

// at returns the slot of a registered descriptor, else nil. The pointer is good until the next put.
func (s *set) at(fd int) *slot {
	if uint(fd) >= uint(len(s.slots)) || s.slots[fd].Events == 0 {
		return nil
	}
	return &s.slots[fd]
}

// put adds a key which the set does not have.
func (s *set) put(key Key, note int) {
	if missing := key.FD + 1 - len(s.slots); missing > 0 {
		s.slots = append(s.slots, make([]slot, missing)...)
	}
	s.slots[key.FD] = slot{key, note}
	s.count++
}

// drop removes a key which the set has.
func (s *set) drop(fd int) {
	s.slots[fd] = slot{}
	s.count--
}

// admit decides whether a descriptor may be registered.
func (s *set) admit(fd int, events Events) error {
	switch {
	case s.closed:
		return failed("register", fd, os.ErrClosed)
	case fd < 0, fd > math.MaxInt32: // the kernel would take the lower bits, which are another file's
		return failed("register", fd, fs.ErrInvalid)
	case s.at(fd) != nil:
		return failed("register", fd, fs.ErrExist)
	}
	return valid("register", fd, events)
}

// find returns the slot of a descriptor that is to be changed.
func (s *set) find(verb string, fd int) (*slot, error) {
	if s.closed {
		return nil, failed(verb, fd, os.ErrClosed)
	}
	at := s.at(fd)
	if at == nil {
		return nil, failed(verb, fd, fs.ErrNotExist)
	}
	return at, nil
}

// modify is Modify of every selector; change tells the kernel.
func (s *set) modify(fd int, events Events, data any, change func(at *slot, events Events) error) error {
	at, err := s.find("modify", fd)
	if err != nil {
		return err
	}
	if err := valid("modify", fd, events); err != nil {
		return err
	}
	if err := change(at, events); err != nil {
		return failed("modify", fd, err)
	}
	at.Events, at.Data = events, data
	return nil
}

// shut is the part of Close that needs no kernel; it reports whether this is the first Close.
func (s *set) shut() bool {
	first := !s.closed
	s.closed, s.slots, s.count = true, nil, 0
	return first
}

// check is the part of Wait that comes before the kernel is asked.
func (s *set) check(timeout time.Duration) (time.Duration, error) {
	if s.closed {
		return 0, fmt.Errorf("selector: wait: %w", os.ErrClosed)
	}
	return min(timeout, MaxWait), nil
}

// valid refuses events that are empty or unknown.
func valid(verb string, fd int, events Events) error {
	if events == 0 || events&^both != 0 {
		return failed(verb, fd, fmt.Errorf("events %#x: %w", uint8(events), fs.ErrInvalid))
	}
	return nil
}

// failed says what could not be done with a descriptor, and why.
func failed(verb string, fd int, err error) error {
	return fmt.Errorf("selector: %s fd %d: %w", verb, fd, err)
}

// kernel says which system call failed; nil stays nil.
func kernel(call string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("selector: %w", os.NewSyscallError(call, err))
}

// waited makes the error of Wait from the error of a kernel's wait: a signal is no error.
func waited(call string, err error) error {
	if err == syscall.EINTR {
		return nil
	}
	return kernel(call, err)
}
