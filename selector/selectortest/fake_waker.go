// SPDX-License-Identifier: Apache-2.0

package selectortest

import (
	"errors"
	"fmt"
	"os"

	"github.com/gocurtain/asyncio/selector"
)

// FakeWakerFD is the number of a fake waker's descriptor.
const FakeWakerFD = 1 << 20

// FakeWaker is the [selector.Waker] of a [Fake], and counts its wakes and drains. Get it from
// [Fake.Waker]. Any goroutine may call its methods.
type FakeWaker struct {
	fake *Fake

	// The rest is guarded by the mutex of fake.
	pending       bool // Set by Wake, until Drain.
	wakes, drains int
	closed        bool
}

var _ selector.Waker = (*FakeWaker)(nil)

// Name is "fake".
func (w *FakeWaker) Name() string { return "fake" }

// FD is [FakeWakerFD].
func (w *FakeWaker) FD() int { return FakeWakerFD }

// lock locks the selector that w wakes, and returns the function that unlocks it.
func (w *FakeWaker) lock() (unlock func()) {
	if w.fake == nil {
		panic(errors.New("selectortest: a zero FakeWaker; take one from Fake.Waker"))
	}
	w.fake.mu.Lock()
	return w.fake.mu.Unlock
}

// Wake implements [selector.Waker].
func (w *FakeWaker) Wake() error {
	defer w.lock()()
	if w.closed {
		return fmt.Errorf("fake: wake: %w", os.ErrClosed)
	}
	w.wakes++
	w.pending = true
	w.fake.change()
	return nil
}

// Drain implements [selector.Waker].
func (w *FakeWaker) Drain() error {
	defer w.lock()()
	if w.closed {
		return fmt.Errorf("fake: drain: %w", os.ErrClosed)
	}
	w.drains++
	w.pending = false
	return nil
}

// Close implements [selector.Waker].
func (w *FakeWaker) Close() error {
	defer w.lock()()
	w.closed, w.pending = true, false
	return nil
}

// Wakes is the number of wakes so far, each of which would have been a system call.
func (w *FakeWaker) Wakes() int {
	defer w.lock()()
	return w.wakes
}

// Drains is the number of drains so far.
func (w *FakeWaker) Drains() int {
	defer w.lock()()
	return w.drains
}
