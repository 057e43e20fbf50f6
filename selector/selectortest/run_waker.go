// SPDX-License-Identifier: Apache-2.0

//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package selectortest

import (
	"os"
	"sync"
	"syscall"
	"testing"

	"github.com/gocurtain/asyncio/internal/sys"
	"github.com/gocurtain/asyncio/selector"
)

// RunWaker checks that the wakers which open returns keep the promises of [selector.Waker], one
// subtest per behaviour.
func RunWaker(t *testing.T, open func() (selector.Waker, error)) {
	for _, c := range wakerCases {
		t.Run(c.name, func(t *testing.T) {
			waker, err := open()
			must(t, err)
			defer waker.Close()
			s, err := selector.New()
			must(t, err)
			defer s.Close()
			must(t, s.Register(waker.FD(), r, "waker"))
			c.check(t, waker, s)
		})
	}
}

// wakerCases are the subtests of [RunWaker], given a new waker which is registered in a selector.
var wakerCases = []struct {
	name  string
	check func(t *testing.T, waker selector.Waker, s selector.Selector)
}{
	{"silent until woken", func(t *testing.T, _ selector.Waker, s selector.Selector) {
		wantReady(t, s, nil)
	}},
	{"wake before wait", func(t *testing.T, waker selector.Waker, s selector.Selector) {
		must(t, waker.Wake())
		wantReady(t, s, ready{waker.FD(): r})
		wantReady(t, s, ready{waker.FD(): r}) // Until it is drained.
	}},
	{"wakes coalesce", func(t *testing.T, waker selector.Waker, s selector.Selector) {
		for range 10_000 {
			must(t, waker.Wake())
		}
		must(t, waker.Drain())
		wantReady(t, s, nil)
		must(t, waker.Wake())
		wantReady(t, s, ready{waker.FD(): r})
	}},
	{"drain without wake", func(t *testing.T, waker selector.Waker, s selector.Selector) {
		must(t, waker.Drain())
		must(t, waker.Wake())
		wantReady(t, s, ready{waker.FD(): r})
	}},
	{"never full", func(t *testing.T, waker selector.Waker, s selector.Selector) {
		for range 1_000_000 {
			if err := waker.Wake(); err != nil {
				t.Fatal(err)
			}
		}
		wantReady(t, s, ready{waker.FD(): r})
		must(t, waker.Drain())
		wantReady(t, s, nil)
	}},
	{"wake from many goroutines", func(t *testing.T, waker selector.Waker, s selector.Selector) {
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				for range 100 {
					if err := waker.Wake(); err != nil {
						t.Error(err)
					}
				}
			})
		}
		wantEvents(t, s, waitForSome(t, s, -1), ready{waker.FD(): r})
		wg.Wait()
		must(t, waker.Drain())
		wantReady(t, s, nil)
	}},
	{"close", func(t *testing.T, waker selector.Waker, s selector.Selector) {
		must(t, s.Unregister(waker.FD()))
		must(t, waker.Close())
		must(t, waker.Close())
		wantError(t, waker.Wake(), os.ErrClosed)
		wantError(t, waker.Drain(), os.ErrClosed)
	}},
	{"number used again", func(t *testing.T, waker selector.Waker, s selector.Selector) {
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for waker.Wake() == nil {
				}
			})
		}
		must(t, waker.Close())
		// These take the numbers which are free now.
		in, out, err := sys.Pipe()
		must(t, err)
		in2, out2, err := sys.Pipe()
		must(t, err)
		wg.Wait()
		for _, fd := range []int{in, in2} {
			if n, err := sys.TryRead(fd, make([]byte, 8)); err != syscall.EAGAIN {
				t.Errorf("a late wake wrote %d bytes into another's pipe (%v)", n, err)
			}
		}
		for _, fd := range []int{in, out, in2, out2} {
			must(t, sys.Close(fd))
		}
	}},
}
