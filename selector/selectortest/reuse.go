// SPDX-License-Identifier: Apache-2.0

//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package selectortest

import (
	"fmt"
	"testing"

	"github.com/gocurtain/asyncio/selector"
)

// reuseCases are about a number that was closed while registered, and is used again: Modify makes
// the selector watch what the number names then. Each way to change the interest has its own path
// to the kernel.
var reuseCases = func() []suiteCase {
	var cases []suiteCase
	for _, before := range []selector.Events{r, w, rw} {
		for _, after := range []selector.Events{r, w, rw} {
			name := fmt.Sprintf("modify number used again, %v to %v", before, after)
			cases = append(cases, suiteCase{name, func(t *testing.T, s selector.Selector, d *desk) {
				old, _ := d.socketpair()
				must(t, s.Register(old, before, "old"))
				number, other := d.takeOver(old)
				must(t, s.Modify(number, after, "new"))
				wantEach(t, s, d, number, other, after)
			}})
		}
	}
	return append(cases,
		suiteCase{"modify number used again, description lives", func(t *testing.T, s selector.Selector, d *desk) {
			old, writer := d.socketpair()
			d.write(writer)
			d.dup(old)
			must(t, s.Register(old, rw, "old"))
			number, other := d.takeOver(old)
			must(t, s.Modify(number, r, "new"))
			wantReady(t, s, nil) // Whatever the old description says.
			wantReady(t, s, nil)
			wantEach(t, s, d, number, other, r)
		}},
		suiteCase{"modify number used again, same description", func(t *testing.T, s selector.Selector, d *desk) {
			old, other := d.socketpair()
			must(t, s.Register(old, r, "old"))
			twin := d.dup(old)
			d.close(old)
			if again := d.dup(twin); again != old {
				t.Fatalf("number %d was not used again, %d was", old, again)
			}
			must(t, s.Modify(old, r, "new"))
			wantEach(t, s, d, old, other, r)
		}},
		suiteCase{"modify number used again twice", func(t *testing.T, s selector.Selector, d *desk) {
			number, other := d.socketpair()
			must(t, s.Register(number, r, "old"))
			for range 3 {
				number, other = d.takeOver(number)
				must(t, s.Modify(number, r, "new"))
			}
			wantEach(t, s, d, number, other, r)
		}},
		suiteCase{"unregister after modify of number used again", func(t *testing.T, s selector.Selector, d *desk) {
			old, _ := d.socketpair()
			must(t, s.Register(old, rw, "old"))
			number, other := d.takeOver(old)
			must(t, s.Modify(number, r, "new"))
			d.write(other)
			must(t, s.Unregister(number))
			wantReady(t, s, nil)
			must(t, s.Register(number, r, "newer"))
			wantReady(t, s, ready{number: r})
		}},
	)
}()

// takeOver closes a descriptor and gives its number to one end of a new stream.
func (d *desk) takeOver(fd int) (again, other int) {
	d.t.Helper()
	d.close(fd)
	a, b := d.socketpair() // One of them has the lowest number that is free.
	switch fd {
	case a:
		return a, b
	case b:
		return b, a
	}
	d.t.Skipf("number %d was not used again, %d and %d were: another test opened files", fd, a, b)
	return 0, 0
}

// wantEach checks that the descriptor is watched in the directions of events.
func wantEach(t *testing.T, s selector.Selector, d *desk, fd, other int, events selector.Events) {
	t.Helper()
	wantReady(t, s, having(fd, w&events))
	d.write(other)
	wantReady(t, s, having(fd, rw&events))
	d.fill(fd)
	wantReady(t, s, having(fd, r&events))
	d.empty(fd)
	wantReady(t, s, nil)
}

// having is the set of events of a descriptor, which may have none.
func having(fd int, events selector.Events) ready {
	if events == 0 {
		return nil
	}
	return ready{fd: events}
}
