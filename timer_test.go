// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
)

func addCleanup(p *byte, freed chan struct{}) {
	runtime.AddCleanup(p, func(c chan struct{}) { close(c) }, freed)
}

// collected makes the garbage collector run until it has freed something.
func collected(freed chan struct{}) bool {
	for range 1000 {
		runtime.GC()
		select {
		case <-freed:
			return true
		default:
			runtime.Gosched()
		}
	}
	return false
}

// runFor runs the loop for d of its own time.
func runFor(t testing.TB, l *asyncio.Loop, d time.Duration) {
	t.Helper()
	l.CallLater(d, l.Stop)
	if err := l.RunForever(); err != nil {
		t.Error(err)
	}
}

func TestTimersFireInOrder(t *testing.T) {
	v := newVirtual(t)
	l := v.loop
	var log logger
	at := func(name string) func() {
		return func() { log.note(fmt.Sprint(name, "@", int64(l.Time()))) }
	}
	l.CallLater(30, at("c"))
	l.CallLater(10, at("a"))
	l.CallAt(20, at("b"))
	l.CallLater(31, at("d")) // one nanosecond later
	l.CallLater(-5, at("past"))
	runFor(t, l, 100)
	log.want(t, "past@0 a@10 b@20 c@30 d@31")
	equal(t, "timers", l.Stats().Timers, 0)
}

// Equal deadlines are first come, first served, whichever way they came about.
func TestTimersWithEqualDeadlines(t *testing.T) {
	v := newVirtual(t)
	l := v.loop
	var got []int
	for i := range 100 {
		fn := func() { got = append(got, i) }
		switch i % 3 {
		case 0:
			l.CallLater(time.Second, fn)
		case 1:
			l.CallAt(time.Second, fn)
		case 2:
			l.CallLater(time.Second, func() { t.Error("a cancelled timer fired") }).Cancel()
			l.CallLater(time.Second, fn)
		}
	}
	runFor(t, l, time.Second)
	for i := range 100 {
		if i >= len(got) || got[i] != i {
			t.Fatalf("order: %v", got)
		}
	}
}

// The loop waits exactly until the earliest deadline, to the nanosecond.
func TestDeadlinesAreExact(t *testing.T) {
	v := newVirtual(t)
	v.loop.CallLater(1_000_001, func() {})
	v.loop.CallLater(1_000_003, v.loop.Stop)
	equal(t, "run", v.loop.RunForever(), nil)
	equalAll(t, "selector", v.fake.Log()[1:], []string{"wait 1.000001ms", "wait 2ns"})
}

func TestTimerCancel(t *testing.T) {
	v := newVirtual(t)
	l := v.loop
	var log logger
	equal(t, "zero TimerHandle", asyncio.TimerHandle{}.Cancel(), false)

	h := l.CallLater(5, log.noting("never"))
	equal(t, "When", h.When(), 5)
	equal(t, "timers", l.Stats().Timers, 1)
	equal(t, "Cancel", h.Cancel(), true)
	equal(t, "again", h.Cancel(), false)
	equal(t, "timers", l.Stats().Timers, 0)
	equal(t, "When", h.When(), 5)

	// Due in the same turn already: by a timer before it, or by a ready callback.
	var second, third asyncio.TimerHandle
	l.CallLater(10, func() {
		equal(t, "second", second.Cancel(), true)
		equal(t, "second, again", second.Cancel(), false)
	})
	second = l.CallLater(10, log.noting("never"))
	l.CallLater(10, log.noting("yes"))
	runFor(t, l, 20)
	l.CallSoon(func() { equal(t, "third", third.Cancel(), true) })
	third = l.CallLater(0, log.noting("never"))
	turn(t, l)

	// While it runs, and after it has run, even if its place is taken by another one.
	var own asyncio.TimerHandle
	own = l.CallLater(1, func() { log.note("own"); equal(t, "while it runs", own.Cancel(), false) })
	runFor(t, l, 5)
	l.CallLater(1, log.noting("heir"))
	equal(t, "after it ran", own.Cancel(), false)
	runFor(t, l, 5)
	log.want(t, "yes own heir")
}

// A timer scheduled by a callback is due in the next turn at the earliest.
func TestTimerOfZeroIsNextTurn(t *testing.T) {
	v := newVirtual(t)
	var log logger
	v.loop.CallSoon(func() {
		v.loop.CallLater(0, log.noting("timer"))
		v.loop.CallSoon(log.noting("soon"))
		log.note("callback")
	})
	turn(t, v.loop)
	log.want(t, "callback")
	turn(t, v.loop)
	log.want(t, "callback soon timer")
}

// No delay is too long or too far in the past.
func TestHugeDelays(t *testing.T) {
	for _, c := range []struct {
		delay time.Duration
		due   bool
	}{
		{math.MinInt64, true},
		{math.MinInt64 + 1, true},
		{-1, true},
		{0, true},
		{math.MaxInt64, false},
		{math.MaxInt64 - 1, false},
	} {
		t.Run(fmt.Sprint(int64(c.delay)), func(t *testing.T) {
			for _, start := range []time.Duration{0, time.Hour, -time.Hour} {
				v := newVirtual(t)
				l := v.loop
				v.clock.advance(start)
				var log logger
				l.CallLater(c.delay, log.noting("later"))
				l.CallAt(c.delay, log.noting("at"))
				l.CallSoon(func() { v.clock.advance(1) }) // time passes between arming and polling
				runFor(t, l, time.Second)
				want := ""
				if c.due {
					want = "later at"
				}
				if c.delay > -time.Hour && c.due && start < 0 {
					want = "later" // zero of the clock is yet to come
				}
				if len(log.words) == 2 && log.words[0] == "at" {
					want = "at later"
				}
				log.want(t, want)
				equal(t, "time", v.clock.Now()-start, time.Second)
			}
		})
	}
}

// A delay counts from the loop's time, which is that of the beginning of the callback, until the
// callback asks for the time; outside of a run it is the clock's.
func TestTimersCountFromTheLoopsTime(t *testing.T) {
	v := newVirtual(t)
	l := v.loop
	when := func(h asyncio.TimerHandle) time.Duration { defer h.Cancel(); return h.When() }
	nop := func() {}
	equal(t, "before the run", when(l.CallLater(1, nop)), 1)
	v.clock.advance(10)
	equal(t, "before the run, later", when(l.CallLater(1, nop)), 11)
	l.CallSoon(func() {
		equal(t, "first", when(l.CallLater(1, nop)), 11)
		v.clock.advance(10)
		equal(t, "same callback", when(l.CallLater(1, nop)), 11)
		equal(t, "Time", l.Time(), 20)
		equal(t, "after Time", when(l.CallLater(1, nop)), 21)
		v.clock.advance(10)
	})
	l.CallSoon(func() { equal(t, "next callback", when(l.CallLater(1, nop)), 31) })
	turn(t, l)
	v.clock.advance(10)
	equal(t, "after the run", when(l.CallLater(1, nop)), 41)
}

// Cancelled timers do not pile up.
func TestCancelledTimersAreSwept(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		l := asyncio.RunningLoop(ctx)
		keep := l.CallLater(time.Hour, func() {})
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		for i := range 50_000 {
			l.CallLater(time.Hour-time.Duration(i), func() {}).Cancel()
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 1<<20 {
			t.Errorf("the heap has grown by %d bytes", grown)
		}
		equal(t, "timers", l.Stats().Timers, 1)
		keep.Cancel()
	})
}
