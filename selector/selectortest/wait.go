// SPDX-License-Identifier: Apache-2.0

//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package selectortest

import (
	"testing"
	"time"

	"github.com/gocurtain/asyncio/internal/sys"
	"github.com/gocurtain/asyncio/selector"
)

// waitCases are about how long Wait takes and what it costs.
var waitCases = []suiteCase{
	{"wait 0", func(t *testing.T, s selector.Selector, d *desk) {
		in, _ := d.pipe()
		wantReady(t, s, nil) // Nothing is registered.
		must(t, s.Register(in, r, nil))
		wantReady(t, s, nil)
	}},
	{"wait never ends early", func(t *testing.T, s selector.Selector, d *desk) {
		in, _ := d.pipe()
		for _, timeout := range []time.Duration{1, 200 * time.Microsecond, 1500 * time.Microsecond, 3 * time.Millisecond} {
			wantFullWait(t, s, timeout)
			if s.Len() == 0 {
				must(t, s.Register(in, r, nil)) // The first waited for nothing but time.
			}
		}
	}},
	{"wait ends with readiness", func(t *testing.T, s selector.Selector, d *desk) {
		in, out := d.pipe()
		must(t, s.Register(in, r, nil))
		for _, timeout := range []time.Duration{-1, 1000 * time.Hour} {
			go sys.TryWrite(out, []byte{1})
			wantEvents(t, s, waitForSome(t, s, timeout), ready{in: r})
			d.empty(in)
		}
	}},
	{"wait reuses the buffer", func(t *testing.T, s selector.Selector, d *desk) {
		in, out := d.pipe()
		must(t, s.Register(in, r, nil))
		d.write(out)
		buf := make([]selector.Event, 3, 8)
		events, err := s.Wait(0, buf)
		must(t, err)
		wantEvents(t, s, events, ready{in: r})
		if &events[0] != &buf[0] {
			t.Error("Wait made a new array though the old one had room")
		}
	}},
	{"wait does not allocate", func(t *testing.T, s selector.Selector, d *desk) {
		a, b := d.socketpair()
		must(t, s.Register(a, rw, "a"))
		must(t, s.Register(b, rw, "b"))
		d.write(b)
		buf := make([]selector.Event, 0, 8)
		for _, timeout := range []time.Duration{0, time.Second, -1} {
			n := testing.AllocsPerRun(100, func() {
				if _, err := s.Wait(timeout, buf); err != nil {
					t.Fatal(err)
				}
			})
			if n != 0 {
				t.Errorf("Wait(%v) allocates %v times", timeout, n)
			}
		}
	}},
	{"woken by another goroutine", func(t *testing.T, s selector.Selector, _ *desk) {
		waker, err := selector.NewWaker()
		must(t, err)
		defer waker.Close()
		must(t, s.Register(waker.FD(), r, "waker"))
		for range 100 {
			go waker.Wake()
			wantEvents(t, s, waitForSome(t, s, -1), ready{waker.FD(): r})
			must(t, waker.Drain())
			wantReady(t, s, nil)
		}
	}},
}

// wantFullWait waits with nothing ready. A Wait that ends early is tried again, because a signal
// may end one (the Go scheduler sends them); but not always.
func wantFullWait(t *testing.T, s selector.Selector, timeout time.Duration) {
	t.Helper()
	const tries = 10
	for range tries {
		begin := time.Now()
		events, err := s.Wait(timeout, nil)
		took := time.Since(begin)
		must(t, err)
		wantEvents(t, s, events, nil)
		if took >= timeout {
			return
		}
	}
	t.Errorf("Wait(%v) ended early %d times", timeout, tries)
}

// waitForSome waits until there are events; a signal may end a Wait without any.
func waitForSome(t *testing.T, s selector.Selector, timeout time.Duration) []selector.Event {
	t.Helper()
	for {
		events, err := s.Wait(timeout, nil)
		must(t, err)
		if len(events) > 0 {
			return events
		}
	}
}
