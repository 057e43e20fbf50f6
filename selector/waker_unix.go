// SPDX-License-Identifier: Apache-2.0

//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package selector

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"

	"github.com/gocurtain/asyncio/internal/sys"
)

// waker is the [Waker] over a pair of non-blocking descriptors, one to read and one to write, which
// may be the same.
type waker struct {
	name        string
	read, write int
	token       []byte     // What one wake writes.
	buf         [4096]byte // Drain's; a pipe may hold a byte per wake.

	// mu is held for reading while a descriptor is used and for writing while they are closed.
	// Without it a late Wake could write into a file that was opened in between and got the same
	// number. It never makes Wake block: close of a pipe or an eventfd is quick.
	mu     sync.RWMutex
	closed bool
}

func (w *waker) Name() string { return w.name }

func (w *waker) FD() int { return w.read }

func (w *waker) Wake() error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return fmt.Errorf("selector: wake: %w", os.ErrClosed)
	}
	_, err := sys.TryWrite(w.write, w.token)
	if err == syscall.EAGAIN {
		return nil // It is full, thus readable.
	}
	return kernel("write", err)
}

func (w *waker) Drain() error {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return fmt.Errorf("selector: drain: %w", os.ErrClosed)
	}
	for {
		n, err := sys.TryRead(w.read, w.buf[:])
		if err == syscall.EAGAIN {
			return nil // It was empty already.
		}
		if err != nil {
			return kernel("read", err)
		}
		if n < len(w.buf) {
			return nil
		}
	}
}

func (w *waker) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return nil
	}
	w.closed = true
	err := sys.Close(w.read)
	if w.write != w.read {
		err = errors.Join(err, sys.Close(w.write))
	}
	return kernel("close", err)
}
