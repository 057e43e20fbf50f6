// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio"
)

// Callbacks are called in order, once, never within CallSoon.
func TestCallSoon(t *testing.T) {
	v := newVirtual(t)
	var got []int
	for i := range 1000 {
		v.loop.CallSoon(func() { got = append(got, i) })
	}
	equal(t, "called at once", len(got), 0)
	turn(t, v.loop)
	turn(t, v.loop)
	equal(t, "called", len(got), 1000)
	for i, n := range got {
		equal(t, "order", n, i)
	}
}

func TestHandleCancel(t *testing.T) {
	v := newVirtual(t)
	l := v.loop
	var log logger

	equal(t, "zero Handle", asyncio.Handle{}.Cancel(), false)
	h := l.CallSoon(log.noting("never"))
	equal(t, "before the turn", h.Cancel(), true)
	equal(t, "again", h.Cancel(), false)
	turn(t, l)
	equal(t, "after the turn", h.Cancel(), false)

	// In the turn in which it is due, by a callback before it.
	var later asyncio.Handle
	l.CallSoon(func() { equal(t, "in the same turn", later.Cancel(), true) })
	later = l.CallSoon(log.noting("never"))
	turn(t, l)

	// While it runs, and after it has run.
	var own asyncio.Handle
	own = l.CallSoon(func() { log.note("own"); equal(t, "while it runs", own.Cancel(), false) })
	turn(t, l)
	equal(t, "after it ran", own.Cancel(), false)

	// A copy is the same handle.
	h = l.CallSoon(log.noting("never"))
	other := h
	equal(t, "copy", other.Cancel(), true)
	equal(t, "original", h.Cancel(), false)
	turn(t, l)
	log.want(t, "own")
}

// A handle means one callback for ever, however many come after it.
func TestHandleOfThePast(t *testing.T) {
	v := newVirtual(t)
	calls := 0
	past := v.loop.CallSoon(func() { calls++ })
	turn(t, v.loop)
	for range 1000 {
		v.loop.CallSoon(func() { calls++ })
		equal(t, "Cancel", past.Cancel(), false)
		turn(t, v.loop)
	}
	equal(t, "calls", calls, 1001)
}

// Cancelling some of a turn's callbacks leaves the others in order.
func TestCancelEverySecond(t *testing.T) {
	v := newVirtual(t)
	var log logger
	var handles []asyncio.Handle
	for i := range 6 {
		handles = append(handles, v.loop.CallSoon(log.noting(fmt.Sprint(i))))
	}
	for i := 1; i < len(handles); i += 2 {
		handles[i].Cancel()
	}
	v.loop.CallSoon(log.noting("last"))
	turn(t, v.loop)
	log.want(t, "0 2 4 last")
}

// A callback that was cancelled lets go of what it held.
func TestCancelDropsTheCallback(t *testing.T) {
	v := newVirtual(t)
	for _, c := range []struct {
		name     string
		schedule func(fn func()) (cancel func() bool)
	}{
		{"CallSoon", func(fn func()) func() bool { return v.loop.CallSoon(fn).Cancel }},
		{"CallLater", func(fn func()) func() bool { return v.loop.CallLater(1, fn).Cancel }},
	} {
		held := make([]byte, 1<<10)
		freed := make(chan struct{})
		addCleanup(&held[0], freed)
		cancel := c.schedule(func() { t.Error(held) })
		equal(t, c.name, cancel(), true)
		held = nil
		if !collected(freed) {
			t.Errorf("%s: the callback is still held", c.name)
		}
	}
}

// A nil callback is refused where it is passed.
func TestNilCallback(t *testing.T) {
	for name, call := range map[string]func(l *asyncio.Loop){
		"CallSoon":           func(l *asyncio.Loop) { l.CallSoon(nil) },
		"CallLater":          func(l *asyncio.Loop) { l.CallLater(1, nil) },
		"CallAt":             func(l *asyncio.Loop) { l.CallAt(1, nil) },
		"CallSoonThreadsafe": func(l *asyncio.Loop) { _ = l.CallSoonThreadsafe(nil) },
		"AddReader":          func(l *asyncio.Loop) { _ = l.AddReader(0, nil) },
		"AddWriter":          func(l *asyncio.Loop) { _ = l.AddWriter(0, nil) },
		"AddSignalHandler":   func(l *asyncio.Loop) { _ = l.AddSignalHandler(os.Interrupt, nil) },
		"AddDoneCallback":    func(l *asyncio.Loop) { asyncio.NewFuture[int](l).AddDoneCallback(nil) },
	} {
		t.Run(name, func(t *testing.T) {
			l, err := asyncio.NewLoop(asyncio.LoopConfig{})
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			defer func() {
				if err, _ := recover().(error); !errors.Is(err, os.ErrInvalid) || !strings.Contains(err.Error(), name) {
					t.Errorf("panic: %v", err)
				}
			}()
			call(l)
		})
	}
}
