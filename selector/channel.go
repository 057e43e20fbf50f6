// SPDX-License-Identifier: Apache-2.0

package selector

import (
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"math"
	"os"
	"sync"
	"time"
)

// NewChannel opens a selector that watches no descriptors but waits on a channel, and the only
// waker that can wake it. Register fails with [errors.ErrUnsupported] for everything but that
// waker. It is for systems without a selector, where [Names] is empty, and for bubbles of
// testing/synctest: there time goes on while everything waits on channels made in the bubble, and
// stands still while something waits in the kernel.
func NewChannel() (Selector, Waker) {
	w := &channelWaker{woken: make(chan struct{}, 1)}
	return &channel{waker: w}, w
}

// channelFD is the number of the waker; no descriptor has one so high.
const channelFD = math.MaxInt32

// channel is the [Selector] over a channel.
type channel struct {
	waker  *channelWaker
	key    Key // the waker's; its Events are empty while it is not registered
	timer  *time.Timer
	closed bool
}

func (s *channel) Name() string { return "channel" }

func (s *channel) Register(fd int, events Events, data any) error {
	switch {
	case s.closed:
		return failed("register", fd, os.ErrClosed)
	case fd < 0:
		return failed("register", fd, fs.ErrInvalid)
	case fd != channelFD:
		return failed("register", fd, fmt.Errorf("the channel selector watches no descriptors: %w", errors.ErrUnsupported))
	case s.Len() > 0:
		return failed("register", fd, fs.ErrExist)
	}
	return s.store("register", Key{fd, events, data})
}

func (s *channel) Modify(fd int, events Events, data any) error {
	if err := s.known("modify", fd); err != nil {
		return err
	}
	return s.store("modify", Key{fd, events, data})
}

func (s *channel) Unregister(fd int) error {
	if err := s.known("unregister", fd); err != nil {
		return err
	}
	s.key = Key{}
	return nil
}

func (s *channel) store(verb string, key Key) error {
	if err := valid(verb, key.FD, key.Events); err != nil {
		return err
	}
	s.key = key
	return nil
}

func (s *channel) known(verb string, fd int) error {
	if s.closed {
		return failed(verb, fd, os.ErrClosed)
	}
	if _, ok := s.Get(fd); !ok {
		return failed(verb, fd, fs.ErrNotExist)
	}
	return nil
}

func (s *channel) Wait(timeout time.Duration, into []Event) ([]Event, error) {
	into = into[:0]
	if s.closed {
		return into, fmt.Errorf("selector: wait: %w", os.ErrClosed)
	}
	if s.wait(min(timeout, MaxWait)) {
		into = append(into, Event{s.key, Readable})
	}
	return into, nil
}

// wait reports whether the waker, if it is of interest, was woken before the timeout.
func (s *channel) wait(timeout time.Duration) bool {
	var woken chan struct{} // nil, from which nothing ever comes
	if s.key.Events&Readable != 0 {
		woken = s.waker.woken
	}
	var over <-chan time.Time
	switch {
	case timeout == 0:
		return len(woken) > 0
	case timeout > 0:
		over = s.after(timeout)
		defer s.timer.Stop()
	}
	select {
	case <-woken:
		s.waker.signal() // It stays readable until it is drained.
		return true
	case <-over:
		return false
	}
}

func (s *channel) after(d time.Duration) <-chan time.Time {
	if s.timer == nil {
		s.timer = time.NewTimer(d)
	} else {
		s.timer.Reset(d)
	}
	return s.timer.C
}

func (s *channel) Get(fd int) (Key, bool) {
	if s.key.Events == 0 || fd != channelFD {
		return Key{}, false
	}
	return s.key, true
}

func (s *channel) Len() int {
	if s.key.Events == 0 {
		return 0
	}
	return 1
}

func (s *channel) All() iter.Seq[Key] {
	return func(yield func(Key) bool) {
		if s.key.Events != 0 {
			yield(s.key)
		}
	}
}

func (s *channel) Close() error {
	s.closed, s.key = true, Key{}
	return nil
}

// channelWaker is the [Waker] of a channel selector. Its channel holds an element while it is
// readable.
type channelWaker struct {
	woken  chan struct{}
	mu     sync.Mutex
	closed bool
}

func (w *channelWaker) Name() string { return "channel" }

func (w *channelWaker) FD() int { return channelFD }

func (w *channelWaker) Wake() error {
	if err := w.check("wake"); err != nil {
		return err
	}
	w.signal()
	return nil
}

func (w *channelWaker) Drain() error {
	if err := w.check("drain"); err != nil {
		return err
	}
	select {
	case <-w.woken:
	default: // It was not readable.
	}
	return nil
}

func (w *channelWaker) Close() error {
	w.mu.Lock()
	w.closed = true
	w.mu.Unlock()
	return nil
}

// signal makes it readable.
func (w *channelWaker) signal() {
	select {
	case w.woken <- struct{}{}:
	default: // It is.
	}
}

func (w *channelWaker) check(verb string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return fmt.Errorf("selector: %s: %w", verb, os.ErrClosed)
	}
	return nil
}
