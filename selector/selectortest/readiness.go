// SPDX-License-Identifier: Apache-2.0

//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package selectortest

import (
	"testing"

	"github.com/gocurtain/asyncio/selector"
)

// readinessCases are about which events are reported, not about when.
var readinessCases = []suiteCase{
	{"readable", func(t *testing.T, s selector.Selector, d *desk) {
		a, b := d.socketpair()
		must(t, s.Register(a, r, "a"))
		wantReady(t, s, nil)
		d.write(b)
		wantReady(t, s, ready{a: r})
		d.empty(a)
		wantReady(t, s, nil)
	}},
	{"writable", func(t *testing.T, s selector.Selector, d *desk) {
		a, b := d.socketpair()
		must(t, s.Register(a, w, "a"))
		wantReady(t, s, ready{a: w})
		d.fill(a)
		wantReady(t, s, nil)
		d.empty(b)
		wantReady(t, s, ready{a: w})
	}},
	{"both directions", func(t *testing.T, s selector.Selector, d *desk) {
		a, b := d.socketpair()
		must(t, s.Register(a, rw, "a"))
		wantReady(t, s, ready{a: w})
		d.write(b)
		wantReady(t, s, ready{a: rw})
		d.fill(a)
		wantReady(t, s, ready{a: r})
		d.empty(a)
		wantReady(t, s, nil)
	}},
	{"masked by interest", func(t *testing.T, s selector.Selector, d *desk) {
		a, b := d.socketpair()
		must(t, s.Register(a, r, "a"))
		must(t, s.Register(b, w, "b"))
		d.write(b)
		wantReady(t, s, ready{a: r, b: w})
	}},
	{"level-triggered", func(t *testing.T, s selector.Selector, d *desk) {
		in, out := d.pipe()
		must(t, s.Register(in, r, "in"))
		d.write(out)
		for range 3 {
			wantReady(t, s, ready{in: r})
		}
	}},
	{"ready before it is registered", func(t *testing.T, s selector.Selector, d *desk) {
		in, out := d.pipe()
		d.write(out)
		must(t, s.Register(in, r, "in"))
		wantReady(t, s, ready{in: r})
	}},
	{"modify changes interest", func(t *testing.T, s selector.Selector, d *desk) {
		a, b := d.socketpair()
		d.write(b)
		must(t, s.Register(a, r, 1))
		wantReady(t, s, ready{a: r})
		must(t, s.Modify(a, w, 2))
		wantReady(t, s, ready{a: w})
		must(t, s.Modify(a, rw, 3))
		wantReady(t, s, ready{a: rw})
		must(t, s.Modify(a, r, 4))
		wantReady(t, s, ready{a: r})
	}},
	{"modify changes data only", func(t *testing.T, s selector.Selector, d *desk) {
		in, out := d.pipe()
		d.write(out)
		must(t, s.Register(in, r, "before"))
		wantReady(t, s, ready{in: r})
		must(t, s.Modify(in, r, "after"))
		wantReady(t, s, ready{in: r}) // It compares the key too.
	}},
	{"end of a stream", func(t *testing.T, s selector.Selector, d *desk) {
		a, b := d.socketpair()
		must(t, s.Register(a, rw, "a"))
		d.close(b)
		wantReady(t, s, ready{a: rw})
		must(t, s.Modify(a, r, "a"))
		wantReady(t, s, ready{a: r})
		must(t, s.Modify(a, w, "a"))
		wantReady(t, s, ready{a: w})
	}},
	{"hang-up", func(t *testing.T, s selector.Selector, d *desk) {
		in, out := d.pipe()
		must(t, s.Register(in, r, "in"))
		d.close(out)
		wantReady(t, s, ready{in: r})
		if s.Name() == "select" || s.Name() == "kqueue" {
			return // They do not tell the other direction.
		}
		must(t, s.Modify(in, rw, "in"))
		wantReady(t, s, ready{in: rw})
		must(t, s.Modify(in, w, "in"))
		wantReady(t, s, ready{in: w})
	}},
	{"error", func(t *testing.T, s selector.Selector, d *desk) {
		in, out := d.pipe()
		must(t, s.Register(out, w, "out"))
		d.close(in)
		wantReady(t, s, ready{out: w})
		if s.Name() == "kqueue" {
			return // It does not tell the other direction.
		}
		must(t, s.Modify(out, rw, "out"))
		wantReady(t, s, ready{out: rw})
		must(t, s.Modify(out, r, "out"))
		wantReady(t, s, ready{out: r})
	}},
	{"closed while registered", func(t *testing.T, s selector.Selector, d *desk) {
		in, _ := d.pipe()
		other, out := d.pipe()
		must(t, s.Register(in, r, "in"))
		must(t, s.Register(other, r, "other"))
		d.write(out)
		d.close(in)
		events, err := s.Wait(0, nil)
		must(t, err)
		// Some selectors report it, so that its owner gets EBADF; nobody else must wait for that.
		want := ready{other: r}
		for _, e := range events {
			if e.Key.FD == in {
				want[in] = r
			}
		}
		wantEvents(t, s, events, want)
		must(t, s.Unregister(in))
		wantReady(t, s, ready{other: r})
	}},
	{"unregister inside a batch", func(t *testing.T, s selector.Selector, d *desk) {
		a, b := d.socketpair()
		must(t, s.Register(a, w, "a"))
		must(t, s.Register(b, w, "b"))
		events, err := s.Wait(0, nil)
		must(t, err)
		wantEvents(t, s, events, ready{a: w, b: w})
		first, second := events[0].Key, events[1].Key
		must(t, s.Unregister(second.FD))
		if events[1].Key != second {
			t.Errorf("Unregister changed an event that was returned to %v", events[1])
		}
		wantReady(t, s, ready{first.FD: w})
	}},
	{"many pipes", func(t *testing.T, s selector.Selector, d *desk) {
		const pipes = 300
		want := ready{}
		for i := range pipes {
			in, out := d.pipe()
			must(t, s.Register(in, r, i))
			if i%3 == 0 {
				d.write(out)
				want[in] = r
			}
		}
		wantReady(t, s, want)
		i := 0
		for key := range s.All() {
			if i++; i%2 == 0 {
				must(t, s.Unregister(key.FD))
				delete(want, key.FD)
			}
		}
		wantReady(t, s, want)
	}},
	{"thousands of pipes", func(t *testing.T, s selector.Selector, d *desk) {
		const pipes = 2000
		needDescriptors(t, 2*pipes+100)
		if s.Name() == "select" {
			checkSetSize(t, s, d)
			return
		}
		pending := map[int]bool{}
		for i := range pipes {
			in, out := d.pipe()
			must(t, s.Register(in, r, i))
			d.write(out)
			pending[in] = true
		}
		// More than one Wait may return: each takes what it gets out of the way.
		var events []selector.Event
		for round := 0; len(pending) > 0; round++ {
			var err error
			events, err = s.Wait(0, events)
			must(t, err)
			if len(events) == 0 || round == pipes {
				t.Fatalf("%d of %d ready descriptors were not reported in %d rounds", len(pending), pipes, round)
			}
			for _, e := range events {
				delete(pending, e.Key.FD)
				d.empty(e.Key.FD)
			}
		}
	}},
}
