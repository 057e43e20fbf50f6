// SPDX-License-Identifier: Apache-2.0

//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package selectortest

import (
	"errors"
	"syscall"
	"testing"

	"github.com/gocurtain/asyncio/internal/sys"
)

// desk opens descriptors for one test, and closes what is left at the end.
type desk struct {
	t    *testing.T
	open map[int]bool
}

func newDesk(t *testing.T) *desk {
	d := &desk{t, map[int]bool{}}
	t.Cleanup(func() {
		for fd := range d.open {
			d.close(fd)
		}
	})
	return d
}

// pipe returns the ends of a pipe.
func (d *desk) pipe() (r, w int) {
	d.t.Helper()
	r, w, err := sys.Pipe()
	if err != nil {
		d.t.Fatalf("pipe: %v", err)
	}
	d.open[r], d.open[w] = true, true
	return r, w
}

// socketpair returns the ends of a stream that goes both ways.
func (d *desk) socketpair() (a, b int) {
	d.t.Helper()
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	p, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		d.t.Fatalf("socketpair: %v", err)
	}
	for _, fd := range p {
		syscall.CloseOnExec(fd)
		d.open[fd] = true
		if err := syscall.SetNonblock(fd, true); err != nil {
			d.t.Fatalf("set fd %d non-blocking: %v", fd, err)
		}
	}
	return p[0], p[1]
}

// dup returns another descriptor of what fd names.
func (d *desk) dup(fd int) int {
	d.t.Helper()
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	twin, err := syscall.Dup(fd)
	if err != nil {
		d.t.Fatalf("dup fd %d: %v", fd, err)
	}
	syscall.CloseOnExec(twin)
	d.open[twin] = true
	return twin
}

func (d *desk) close(fd int) {
	d.t.Helper()
	delete(d.open, fd)
	if err := sys.Close(fd); err != nil {
		d.t.Fatalf("close fd %d: %v", fd, err)
	}
}

// write writes one byte.
func (d *desk) write(fd int) {
	d.t.Helper()
	if n, err := sys.TryWrite(fd, []byte{1}); n != 1 || err != nil {
		d.t.Fatalf("write to fd %d: %d, %v", fd, n, err)
	}
}

// fill writes until there is no room.
func (d *desk) fill(fd int) {
	d.t.Helper()
	d.untilBlocked(fd, sys.TryWrite)
}

// empty reads until there is no data.
func (d *desk) empty(fd int) {
	d.t.Helper()
	d.untilBlocked(fd, sys.TryRead)
}

func (d *desk) untilBlocked(fd int, op func(int, []byte) (int, error)) {
	d.t.Helper()
	// Large pieces first, then bytes into the gaps that those do not fit.
	for _, size := range []int{4096, 1} {
		piece := make([]byte, size)
		for {
			n, err := op(fd, piece)
			if errors.Is(err, syscall.EAGAIN) {
				break
			}
			if err != nil || n == 0 {
				d.t.Fatalf("fd %d: %d, %v", fd, n, err)
			}
		}
	}
}
