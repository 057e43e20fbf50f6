// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/selector"
	"github.com/gocurtain/asyncio/selector/selectortest"
)

func exit() { runtime.Goexit() }

// failingSelector fails in its first Wait.
func failingSelector() selector.Selector {
	return &brokenSelector{Selector: selectortest.NewFake()}
}

func fakeWaker() selector.Waker { return selectortest.NewFake().Waker() }

// logger collects words in order.
type logger struct{ words []string }

func (l *logger) note(word string) { l.words = append(l.words, word) }

// noting returns a callback that notes word.
func (l *logger) noting(word string) func() { return func() { l.note(word) } }

func (l *logger) want(t testing.TB, want string) {
	t.Helper()
	equal(t, "order", strings.Join(l.words, " "), want)
}

// Within a turn: what is ready, then descriptors, then timers; what they schedule
// comes in the next turn.
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
	equal(t, "left", l.Stats(), asyncio.Stats{})
}

// Stop is heeded after the turn, whose callbacks all run; those that they schedule
// stay for the next run. Stopping before the run makes it one turn without a wait.
func TestStop(t *testing.T) {
	v := newVirtual(t)
	l := v.loop
	var log logger
	l.CallSoon(func() { log.note("a"); l.CallSoon(log.noting("child")) })
	l.CallSoon(func() { log.note("stop"); l.Stop() })
	l.CallSoon(log.noting("b"))
	l.CallLater(time.Hour, log.noting("timer"))
	equal(t, "run", l.RunForever(), nil)
	log.want(t, "a stop b")
	equal(t, "ready", l.Stats().Ready, 1)
	l.Stop()
	l.Stop()
	equal(t, "run", l.RunForever(), nil)
	log.want(t, "a stop b child")
	l.Stop()
	equal(t, "run with nothing to do", l.RunForever(), nil)
	equal(t, "time passed", v.clock.Now(), 0)
	l.CallLater(2*time.Hour, l.Stop)
	equal(t, "run", l.RunForever(), nil)
	log.want(t, "a stop b child timer")
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

func TestLoopStates(t *testing.T) {
	v := newVirtual(t)
	l := v.loop
	state := func(running, closed bool) {
		t.Helper()
		equal(t, "running", l.IsRunning(), running)
		equal(t, "closed", l.IsClosed(), closed)
	}
	state(false, false)
	l.CallSoon(func() { state(true, false); l.Stop() })
	equal(t, "run", l.RunForever(), nil)
	state(false, false)
	equal(t, "Close", l.Close(), nil)
	state(false, true)
	equal(t, "Close again", l.Close(), nil)
	equal(t, "selector", v.fake.Log()[len(v.fake.Log())-1], "close")
}

func TestRunUntilComplete(t *testing.T) {
	v := newVirtual(t)
	l := v.loop
	f := asyncio.NewFuture[int](l)
	l.CallLater(time.Second, func() { _ = f.SetResult(7) })
	value, err := asyncio.RunUntilComplete(l, f)
	equal(t, "value", value, 7)
	equal(t, "error", err, nil)
	value, err = asyncio.RunUntilComplete(l, f) // done already
	equal(t, "value", value, 7)
	equal(t, "error", err, nil)

	task := asyncio.CreateTask(l.Context(), func(ctx context.Context) (string, error) {
		return "value", errors.Join(asyncio.Sleep(ctx, time.Second), errRun)
	})
	word, err := asyncio.RunUntilComplete(l, task)
	equal(t, "value", word, "value")
	if !errors.Is(err, errRun) {
		t.Errorf("error: %v", err)
	}

	failing := asyncio.CreateTask(l.Context(), func(ctx context.Context) (int, error) { panic("boom") })
	var p *asyncio.PanicError
	if err := panicOf(func() { _, _ = asyncio.RunUntilComplete(l, failing) }); !errors.As(err, &p) {
		t.Errorf("panic: %v", err)
	}

	other := newVirtual(t)
	_, err = asyncio.RunUntilComplete(other.loop, f)
	if !errors.Is(err, asyncio.ErrOtherLoop) {
		t.Errorf("another loop: %v", err)
	}
	if len(v.messages()) > 0 {
		t.Errorf("reports: %q", v.messages())
	}
}

// A run that was stopped early says so, and its future does not stop a later run.
func TestRunUntilCompleteStoppedEarly(t *testing.T) {
	v := newVirtual(t)
	l := v.loop
	f := asyncio.NewFuture[int](l)
	l.CallLater(time.Second, l.Stop)
	l.CallLater(2*time.Second, func() { _ = f.SetResult(7) })
	_, err := asyncio.RunUntilComplete(l, f)
	if !errors.Is(err, asyncio.ErrLoopStopped) {
		t.Errorf("error: %v", err)
	}
	equal(t, "time", l.Time(), time.Second)
	l.CallLater(10*time.Second, l.Stop)
	equal(t, "run", l.RunForever(), nil)
	equal(t, "time", l.Time(), 11*time.Second)
	value, err := f.Result()
	equal(t, "value", value, 7)
	equal(t, "error", err, nil)
}

// On a closed loop everything that schedules is refused.
func TestClosedLoop(t *testing.T) {
	v := newVirtual(t)
	l := v.loop
	f := asyncio.NewFuture[int](l)
	handle, timer := l.CallSoon(func() { t.Error("it ran") }), l.CallLater(0, func() { t.Error("it ran") })
	_ = l.CallSoonThreadsafe(func() { t.Error("it ran") })
	v.close(t)
	nop := func() {}
	for name, call := range map[string]func() error{
		"RunForever":         l.RunForever,
		"CallSoonThreadsafe": func() error { return l.CallSoonThreadsafe(nop) },
		"CallSoon":           func() error { return panicOf(func() { l.CallSoon(nop) }) },
		"CallLater":          func() error { return panicOf(func() { l.CallLater(0, nop) }) },
		"CallAt":             func() error { return panicOf(func() { l.CallAt(0, nop) }) },
		"AddReader":          func() error { return panicOf(func() { _ = l.AddReader(5, nop) }) },
		"AddWriter":          func() error { return panicOf(func() { _ = l.AddWriter(5, nop) }) },
		"AddSignalHandler":   func() error { return panicOf(func() { _ = l.AddSignalHandler(nil, nop) }) },
		"CreateTask":         func() error { return panicOf(func() { spawn(l.Context(), forever) }) },
		"NewTimeout":         func() error { return panicOf(func() { asyncio.NewTimeout(l.Context(), 0) }) },
		"RunUntilComplete":   func() error { _, err := asyncio.RunUntilComplete(l, f); return err },
		"Runner.Run":         func() error { return v.run(forever) },
	} {
		if err := call(); !errors.Is(err, asyncio.ErrLoopClosed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// What is harmless is allowed.
	l.Stop()
	equal(t, "Handle.Cancel", handle.Cancel(), false)
	equal(t, "TimerHandle.Cancel", timer.Cancel(), false)
	equal(t, "RemoveReader", l.RemoveReader(5), false)
	equal(t, "RemoveWriter", l.RemoveWriter(5), false)
	equal(t, "stats", l.Stats(), asyncio.Stats{})
	l.Time()
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

// A callback that ends its goroutine ends the run there. The callbacks of that turn
// stay, in order, timers included.
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

// While there is work, and no descriptor is watched, the loop does not ask the
// selector; other goroutines and timers are heard all the same.
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

// With a descriptor watched, a chain of callbacks does not starve it: there is a poll
// in 16 turns, and after 100 µs.
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
	s, err := selector.New()
	if err != nil {
		t.Skip(err)
	}
	counting := &countingSelector{Selector: s}
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

func TestRunningLoop(t *testing.T) {
	equal(t, "of no loop", asyncio.RunningLoop(context.Background()), nil)
	inVirtual(t, func(ctx context.Context) {
		l := asyncio.RunningLoop(ctx)
		derived, cancel := context.WithCancel(context.WithValue(ctx, runnerKey{}, 1))
		defer cancel()
		for name, c := range map[string]context.Context{
			"loop's": l.Context(), "derived": derived, "detached": context.WithoutCancel(derived),
		} {
			equal(t, name, asyncio.RunningLoop(c), l)
		}
		task := asyncio.CreateTask(derived, func(ctx context.Context) (*asyncio.Loop, error) {
			return asyncio.RunningLoop(ctx), nil
		})
		got, err := task.Await(ctx)
		equal(t, "task's", got, l)
		equal(t, "error", err, nil)
	})
}

// The loop's clock may start anywhere.
func TestClockStartsAnywhere(t *testing.T) {
	for _, start := range []time.Duration{0, 1, -time.Hour, -1 << 62, 1 << 62} {
		t.Run(fmt.Sprint(start), func(t *testing.T) {
			v := newVirtual(t)
			v.clock.advance(start)
			v.loop.CallLater(1<<63-1, func() { t.Error("a timer of 292 years fired") })
			err := v.run(func(ctx context.Context) error {
				before := polls(v)
				err := asyncio.Sleep(ctx, time.Second)
				equal(t, "polls", polls(v)-before, 1)
				equal(t, "time", v.loop.Time()-start, time.Second)
				return err
			})
			equal(t, "error", err, nil)
			// A wait that has no number is as good as endless.
			v.fake.OnWait = func(timeout time.Duration) {
				if timeout < 1<<61 {
					t.Errorf("it waits for %v", timeout)
				}
				_ = v.loop.CallSoonThreadsafe(v.loop.Stop)
			}
			equal(t, "run", v.loop.RunForever(), nil)
		})
	}
}
