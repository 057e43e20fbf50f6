// SPDX-License-Identifier: Apache-2.0

//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package selectortest

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/gocurtain/asyncio/selector"
)

const (
	r  = selector.Readable
	w  = selector.Writable
	rw = r | w
)

// Run checks that the selectors which open returns keep the promises of [selector.Selector], one
// subtest per behaviour. It looks at the set of events of a Wait, never at their order.
func Run(t *testing.T, open func() (selector.Selector, error)) {
	for _, c := range slices.Concat(setCases, reuseCases, readinessCases, waitCases) {
		t.Run(c.name, func(t *testing.T) {
			s, err := open()
			if err != nil {
				t.Fatalf("open: %v", err)
			}
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Errorf("Close: %v", err)
				}
			})
			c.check(t, s, newDesk(t))
		})
	}
}

// suiteCase is one subtest of [Run], given a new selector.
type suiteCase struct {
	name  string
	check func(t *testing.T, s selector.Selector, d *desk)
}

// setCases are about the set of keys; hardly any of them waits.
var setCases = []suiteCase{
	{"register", func(t *testing.T, s selector.Selector, d *desk) {
		in, out := d.pipe()
		must(t, s.Register(in, r, "in"))
		must(t, s.Register(out, rw, 7))
		wantKeys(t, s, selector.Key{FD: in, Events: r, Data: "in"}, selector.Key{FD: out, Events: rw, Data: 7})
	}},
	{"register duplicate", func(t *testing.T, s selector.Selector, d *desk) {
		in, _ := d.pipe()
		must(t, s.Register(in, r, "first"))
		wantError(t, s.Register(in, rw, "second"), fs.ErrExist)
		wantKeys(t, s, selector.Key{FD: in, Events: r, Data: "first"})
	}},
	{"register invalid", func(t *testing.T, s selector.Selector, d *desk) {
		in, _ := d.pipe()
		wantError(t, s.Register(in, 0, nil), fs.ErrInvalid)
		wantError(t, s.Register(in, 4, nil), fs.ErrInvalid)
		wantError(t, s.Register(in, rw|4, nil), fs.ErrInvalid)
		wantError(t, s.Register(-1, r, nil), fs.ErrInvalid)
		if huge := int64(in) + 1<<32; int64(int(huge)) == huge {
			wantError(t, s.Register(int(huge), r, nil), fs.ErrInvalid)
		}
		wantKeys(t, s)
	}},
	{"register closed descriptor", func(t *testing.T, s selector.Selector, d *desk) {
		in, _ := d.pipe()
		d.close(in)
		for _, fd := range []int{in, 1 << 30} {
			if err := s.Register(fd, r, nil); err == nil {
				t.Errorf("Register(%d) of a descriptor that is not open gave no error", fd)
			}
		}
		wantKeys(t, s)
	}},
	{"modify", func(t *testing.T, s selector.Selector, d *desk) {
		in, _ := d.pipe()
		must(t, s.Register(in, r, "a"))
		must(t, s.Modify(in, r, "b"))
		wantKeys(t, s, selector.Key{FD: in, Events: r, Data: "b"})
		must(t, s.Modify(in, rw, "c"))
		wantKeys(t, s, selector.Key{FD: in, Events: rw, Data: "c"})
	}},
	{"modify closed descriptor", func(t *testing.T, s selector.Selector, d *desk) {
		in, _ := d.pipe()
		must(t, s.Register(in, r, "a"))
		d.close(in)
		for _, events := range []selector.Events{r, w, rw} {
			if err := s.Modify(in, events, "b"); err == nil {
				t.Errorf("Modify(%v) of a descriptor that was closed gave no error", events)
			}
		}
		wantKeys(t, s, selector.Key{FD: in, Events: r, Data: "a"})
		must(t, s.Unregister(in))
	}},
	{"modify refused", func(t *testing.T, s selector.Selector, d *desk) {
		in, _ := d.pipe()
		wantError(t, s.Modify(in, r, nil), fs.ErrNotExist)
		wantError(t, s.Modify(-1, r, nil), fs.ErrNotExist)
		must(t, s.Register(in, r, "a"))
		wantError(t, s.Modify(in, 0, "b"), fs.ErrInvalid)
		wantError(t, s.Modify(in, 8, "b"), fs.ErrInvalid)
		wantKeys(t, s, selector.Key{FD: in, Events: r, Data: "a"})
	}},
	{"unregister", func(t *testing.T, s selector.Selector, d *desk) {
		in, out := d.pipe()
		wantError(t, s.Unregister(in), fs.ErrNotExist)
		wantError(t, s.Unregister(-1), fs.ErrNotExist)
		must(t, s.Register(in, r, 1))
		must(t, s.Register(out, w, 2))
		must(t, s.Unregister(in))
		wantError(t, s.Unregister(in), fs.ErrNotExist)
		wantKeys(t, s, selector.Key{FD: out, Events: w, Data: 2})
		must(t, s.Register(in, r, 3))
		must(t, s.Unregister(out))
		wantKeys(t, s, selector.Key{FD: in, Events: r, Data: 3})
	}},
	{"unregister closed descriptor", func(t *testing.T, s selector.Selector, d *desk) {
		in, out := d.pipe()
		must(t, s.Register(in, r, 1))
		must(t, s.Register(out, w, 2))
		d.close(in)
		must(t, s.Unregister(in))
		d.close(out)
		must(t, s.Unregister(out))
		wantKeys(t, s)
		wantReady(t, s, nil)
	}},
	{"number used again", func(t *testing.T, s selector.Selector, d *desk) {
		in, out := d.pipe()
		must(t, s.Register(in, r, "old"))
		d.write(out)
		d.close(in)
		must(t, s.Unregister(in))
		again, _ := d.pipe() // Takes the lowest number, that of in.
		must(t, s.Register(again, r, "new"))
		wantReady(t, s, nil)
	}},
	{"change during All", func(t *testing.T, s selector.Selector, d *desk) {
		for range 10 {
			in, out := d.pipe()
			must(t, s.Register(in, r, nil))
			must(t, s.Register(out, w, nil))
		}
		for key := range s.All() {
			must(t, s.Unregister(key.FD))
		}
		wantKeys(t, s)
	}},
	{"stop All", func(t *testing.T, s selector.Selector, d *desk) {
		in, out := d.pipe()
		must(t, s.Register(in, r, nil))
		must(t, s.Register(out, w, nil))
		for range s.All() {
			break
		}
	}},
	{"close", func(t *testing.T, s selector.Selector, d *desk) {
		in, out := d.pipe()
		must(t, s.Register(in, r, nil))
		must(t, s.Close())
		must(t, s.Close())
		wantError(t, s.Register(out, w, nil), os.ErrClosed)
		wantError(t, s.Modify(in, w, nil), os.ErrClosed)
		wantError(t, s.Unregister(in), os.ErrClosed)
		events, err := s.Wait(-1, nil)
		wantError(t, err, os.ErrClosed)
		if len(events) != 0 {
			t.Errorf("Wait after Close = %v, want none", events)
		}
		wantKeys(t, s)
		d.write(out) // Close must not have closed what was registered.
	}},
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantError(t *testing.T, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("error is %v, want one that is %v", got, want)
	}
}

// wantKeys asks All, Len and Get for the registered keys.
func wantKeys(t *testing.T, s selector.Selector, want ...selector.Key) {
	t.Helper()
	slices.SortFunc(want, func(a, b selector.Key) int { return a.FD - b.FD })
	if got := slices.Collect(s.All()); !slices.Equal(got, want) {
		t.Errorf("All() = %v, want %v", got, want)
	}
	if got := s.Len(); got != len(want) {
		t.Errorf("Len() = %d, want %d", got, len(want))
	}
	for _, key := range want {
		if got, ok := s.Get(key.FD); !ok || got != key {
			t.Errorf("Get(%d) = %v, %t, want %v", key.FD, got, ok, key)
		}
	}
	for _, fd := range []int{-1, 1 << 30} {
		if got, ok := s.Get(fd); ok {
			t.Errorf("Get(%d) = %v, want none", fd, got)
		}
	}
}

// ready is a set of events.
type ready map[int]selector.Events

// wantReady waits without waiting, and compares.
func wantReady(t *testing.T, s selector.Selector, want ready) {
	t.Helper()
	events, err := s.Wait(0, nil)
	must(t, err)
	wantEvents(t, s, events, want)
}

func wantEvents(t *testing.T, s selector.Selector, events []selector.Event, want ready) {
	t.Helper()
	got := ready{}
	for _, e := range events {
		if _, twice := got[e.Key.FD]; twice {
			t.Errorf("fd %d has two events", e.Key.FD)
		}
		got[e.Key.FD] = e.Ready
		if key, _ := s.Get(e.Key.FD); key != e.Key {
			t.Errorf("fd %d has an event with key %v, registered is %v", e.Key.FD, e.Key, key)
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("%s reports %v, want %v", s.Name(), got, want)
	}
}
