// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/selector"
)

// Within a turn: what is ready, then descriptors, then timers; what they schedule comes in the next
// turn.
func TestTurnOrder(t *testing.T) {
	v := newVirtual(t)
	l, fd := v.loop, 5
	var log logger
	v.clock.advance(time.Hour) // the loop has not looked at descriptors for long
	err := l.AddReader(fd, func() {
		log.note("io")
		l.RemoveReader(fd)
		l.CallSoon(log.noting("io's child"))
	})
	equal(t, "AddReader", err, nil)
	v.fake.Push(fd, selector.Readable)
	l.CallLater(0, func() {
		log.note("timer")
		l.CallSoon(log.noting("timer's child"))
	})
	for _, name := range []string{"s1", "s2"} {
		l.CallSoon(func() {
			log.note(name)
			l.CallSoon(log.noting(name + "'s child"))
			l.CallLater(-1, log.noting(name+"'s timer"))
		})
	}
	_ = l.CallSoonThreadsafe(log.noting("outside"))
	l.Stop()
	equal(t, "first turn", l.RunForever(), nil)
	log.want(t, "s1 s2 outside io timer")
	log.words = nil
	l.Stop()
	equal(t, "second turn", l.RunForever(), nil)
	log.want(t, "s1's child s2's child io's child timer's child s1's timer s2's timer")
	equal(t, "left", l.Stats(), asyncio.LoopStats{})
}

// A loop that was stopped looks at the descriptors all the same, sooner or later.
func TestStoppedTurnsSeeDescriptors(t *testing.T) {
	v := newVirtual(t)
	const fd = 5
	seen := false
	equal(t, "AddReader", v.loop.AddReader(fd, func() { seen = true; v.loop.RemoveReader(fd) }), nil)
	v.fake.Push(fd, selector.Readable)
	turns := 0
	for ; !seen && turns < 100; turns++ {
		v.loop.Stop()
		equal(t, "run", v.loop.RunForever(), nil)
	}
	if turns > 16 {
		t.Errorf("seen after %d turns", turns)
	}
}

// A panic in a callback is reported, and the turn goes on with the next one.
func TestCallbackPanics(t *testing.T) {
	v := newVirtual(t)
	l := v.loop
	var log logger
	for i := range 3 {
		l.CallSoon(func() { log.note(fmt.Sprint(i)); panic(fmt.Errorf("boom %d", i)) })
		l.CallLater(0, func() { log.note(fmt.Sprint("timer", i)); panic(i) })
	}
	l.CallSoon(log.noting("last"))
	l.Stop()
	equal(t, "run", l.RunForever(), nil)
	log.want(t, "0 1 2 last timer0 timer1 timer2")
	want := []string{"boom 0", "boom 1", "boom 2", "0", "1", "2"}
	for i, m := range v.messages() {
		equal(t, "report", m, "panic in a callback: "+want[i])
	}
	equal(t, "reports", len(v.messages()), len(want))
	if stack := string(v.reports[0].Stack); !strings.Contains(stack, "TestCallbackPanics") {
		t.Errorf("stack: %s", stack)
	}
}

// A callback that ends its goroutine ends the run there. The callbacks of that turn stay, in order,
// timers included.
func TestCallbackGoexit(t *testing.T) {
	v := newVirtual(t)
	l := v.loop
	var log logger
	l.CallLater(0, func() { log.note("exit"); exit() })
	l.CallLater(1, log.noting("second"))
	l.CallLater(2, log.noting("third"))
	cancelled := l.CallLater(3, log.noting("never"))
	v.clock.advance(time.Second)
	equal(t, "returned", onGoroutine(func() { _ = l.RunForever() }), false)
	equal(t, "running", l.IsRunning(), false)
	log.want(t, "exit")
	equal(t, "Cancel", cancelled.Cancel(), true)
	l.CallLater(-1, log.noting("fourth"))
	l.CallSoon(log.noting("ready"))
	l.CallLater(time.Second, l.Stop)
	equal(t, "run", l.RunForever(), nil)
	log.want(t, "exit second third ready fourth")
	if len(v.messages()) > 0 {
		t.Errorf("reports: %q", v.messages())
	}
}

// polls counts the calls of the selector's Wait.
func polls(v *virtual) (n int) {
	for _, call := range v.fake.Log() {
		if strings.HasPrefix(call, "wait") {
			n++
		}
	}
	return n
}

// While there is work, and no descriptor is watched, the loop does not ask the selector; other
// goroutines and timers are heard all the same.
func TestNoUselessPolls(t *testing.T) {
	v := newVirtual(t)
	err := v.run(func(ctx context.Context) error {
		before := polls(v)
		for range 1600 {
			yield(t, ctx)
		}
		equal(t, "polls", polls(v)-before, 0)

		called, fired := false, false
		v.loop.CallLater(time.Millisecond, func() { fired = true })
		v.clock.advance(time.Second)
		onGoroutine(func() { _ = v.loop.CallSoonThreadsafe(func() { called = true }) })
		yield(t, ctx)
		yield(t, ctx)
		equal(t, "outside call", called, true)
		equal(t, "timer", fired, true)
		equal(t, "polls", polls(v)-before, 0)
		equal(t, "wakes", v.fake.Waker().Wakes(), 0)
		return nil
	})
	equal(t, "error", err, nil)
}

// With a descriptor watched, a chain of callbacks does not starve it: there is a poll in 16 turns,
// and after 100 µs.
func TestCallbacksDoNotStarveDescriptors(t *testing.T) {
	for _, c := range []struct {
		name  string
		takes time.Duration // each callback
		turns int           // until the descriptor is seen, at most
	}{
		{"many turns", 0, 16},
		{"long turns", 100 * time.Microsecond, 1},
		{"in between", 50 * time.Microsecond, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			v := newVirtual(t)
			const fd = 5
			turn, pushed, worst := 0, 0, 0
			equal(t, "AddReader", v.loop.AddReader(fd, func() { worst = max(worst, turn-pushed) }), nil)
			var next func()
			next = func() {
				v.clock.advance(c.takes)
				if turn++; turn%50 == 0 {
					v.fake.Push(fd, selector.Readable)
					pushed = turn
				}
				if turn < 1000 {
					v.loop.CallSoon(next)
					return
				}
				v.loop.Stop()
			}
			v.loop.CallSoon(next)
			before := polls(v)
			equal(t, "run", v.loop.RunForever(), nil)
			if worst == 0 || worst > c.turns {
				t.Errorf("seen after %d turns, want at most %d", worst, c.turns)
			}
			if n := polls(v) - before; n > 1000/c.turns+1 {
				t.Errorf("%d polls in 1000 turns", n)
			}
		})
	}
}

// countingSelector counts what would be system calls.
type countingSelector struct {
	selector.Selector
	registers, waits int
}

func (s *countingSelector) Register(fd int, events selector.Events, data any) error {
	s.registers++
	return s.Selector.Register(fd, events, data)
}

func (s *countingSelector) Wait(timeout time.Duration, into []selector.Event) ([]selector.Event, error) {
	s.waits++
	return s.Selector.Wait(timeout, into)
}

// A run that sleeps waits once, and registers nothing but the waker.
func TestSleepIsOneWait(t *testing.T) {
	counting := &countingSelector{Selector: newSelector(t)}
	r, err := asyncio.NewRunner(asyncio.RunnerConfig{Loop: asyncio.LoopConfig{Selector: counting}})
	if err != nil {
		t.Fatal(err)
	}
	err = r.Run(func(ctx context.Context) error { return asyncio.Sleep(ctx, 5*time.Millisecond) })
	equal(t, "error", err, nil)
	equal(t, "Close", r.Close(), nil)
	equal(t, "registers", counting.registers, 1)
	// A signal that interrupts a wait, as the Go runtime sends them, repeats it.
	if counting.waits > 3 {
		t.Errorf("%d waits", counting.waits)
	}
}
