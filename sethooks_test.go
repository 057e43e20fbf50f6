// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/record"
	"github.com/gocurtain/asyncio/selector"
	"github.com/gocurtain/asyncio/trace"
	"github.com/gocurtain/asyncio/trace/validate"
)

// Hooks that come in the middle hear of the tasks that there are, and then of what happens, until
// others take their place.
func TestSetHooks(t *testing.T) {
	first, second := &logHooks{}, &logHooks{}
	v := newVirtual(t, func(cfg *asyncio.RunnerConfig) { cfg.Loop.Name = "main" })
	l := v.loop
	err := v.run(func(ctx context.Context) error {
		asyncio.CurrentTask(ctx).SetName("main")
		var event asyncio.Event
		sleeper := named(ctx, "sleeper", func(ctx context.Context) error { return asyncio.Sleep(ctx, time.Second) })
		waits := spawn(ctx, event.Wait)
		yield(t, ctx)
		l.CallLater(time.Second, func() {})
		l.SetHooks(first)
		equal(t, "hooks within the turn", l.Hooks(), nil)
		spawn(ctx, func(context.Context) error { return nil })
		_, err := sleeper.Await(ctx)
		l.SetHooks(second)
		event.Set()
		_, waited := waits.Await(ctx)
		l.SetHooks(nil)
		return errors.Join(err, waited, asyncio.Sleep(ctx, time.Second))
	})
	equal(t, "error", err, nil)
	equalAll(t, "calls to the first", first.lines, strings.Split(`loop main found
  T1 found: "main", child of -, waits for T2
  T2 found: "sleeper", child of T1, sleep -
  T3 found: "", child of T1, event o1
  T4 found: "", child of T1, ready
  turn 1, 1 ready
    T4 steps
    T4 has ended
    T4 done: result
  turn 2, 0 ready
    poll for 1s
    polled: 0
    T2 woken: timer
    T2 steps
    T2 has ended
    T2 done: result
    T1 woken: task T2
    h1 runs
  turn 3, 1 ready
    T1 steps
      T3 woken: object o1
      T1 waits: task T3
loop left`, "\n"))
	equalAll(t, "calls to the second", second.lines, strings.Split(`loop main found
  T1 found: "main", child of -, waits for T2
  T2 found: "", child of T1, ready
  turn 4, 1 ready
    T2 steps
    T2 has ended
    T2 done: result
    T1 woken: task T2
  turn 5, 1 ready
    T1 steps
      T1 waits: sleep 1s
loop left`, "\n"))
}

// On a loop that does not run they are set when it does.
func TestSetHooksOfIdleLoop(t *testing.T) {
	hooks := &logHooks{}
	v := newVirtual(t, func(cfg *asyncio.RunnerConfig) { cfg.Loop.Name = "main" })
	v.loop.CallSoon(v.loop.Stop)
	v.loop.SetHooks(hooks)
	equal(t, "error", v.loop.RunForever(), nil)
	equalAll(t, "calls", hooks.lines, []string{"loop main found", "  turn 1, 1 ready", "    h1 runs"})
	equal(t, "unbalanced", hooks.unbalanced(), "")
	v.close(t)
	defer func() {
		err, _ := recover().(error)
		equal(t, "of a closed loop", errors.Is(err, asyncio.ErrLoopClosed), true)
	}()
	v.loop.SetHooks(hooks)
}

// A recording that is switched on and off in the middle is whole: of what was scheduled before,
// nothing dangles.
func TestSetHooksRecords(t *testing.T) {
	var files [2]bytes.Buffer
	var recorders [2]*record.Recorder
	for i := range files {
		var err error
		if recorders[i], err = record.Stream(&files[i], record.Options{Sites: true}); err != nil {
			t.Fatal(err)
		}
	}
	v := newVirtual(t)
	l := v.loop
	err := v.run(func(ctx context.Context) error {
		asyncio.CurrentTask(ctx).SetName("main")
		for _, h := range []asyncio.Hooks{recorders[0], nil, recorders[0], recorders[1], recorders[1], recorders[0]} {
			pendingThings(t, ctx, v)
			l.SetHooks(h)
			_ = l.CallSoonThreadsafe(func() {})
			for range 3 {
				if err := asyncio.Sleep(ctx, time.Second); err != nil {
					return err
				}
			}
		}
		return nil
	})
	equal(t, "error", err, nil)
	v.close(t)
	for i, r := range recorders {
		equal(t, "Close", r.Close(), nil)
		checkRecording(t, fmt.Sprint("recording ", i), files[i].Bytes(), "flags=found", "flags=left", `name_string="main"`, `name_string="asleep"`,
			"flags=waiting", "origin=outside", "ready=read", "HandleCancelled")
	}
}

// pendingThings leaves one of each of what is under way when hooks are switched.
func pendingThings(t *testing.T, ctx context.Context, v *virtual) {
	l := v.loop
	var lock asyncio.Lock
	named(ctx, "holder", func(ctx context.Context) error {
		return lock.Do(ctx, func(ctx context.Context) error { return asyncio.Sleep(ctx, 1500*time.Millisecond) })
	})
	named(ctx, "locked out", func(ctx context.Context) error { return lock.Acquire(ctx) })
	named(ctx, "asleep", func(ctx context.Context) error { return asyncio.Sleep(ctx, 2*time.Second) })
	cut := named(ctx, "cut", forever)
	yield(t, ctx)
	spawn(ctx, func(ctx context.Context) error { return asyncio.Sleep(ctx, 0) })
	l.CallSoon(func() {})
	l.CallLater(time.Second, func() {})
	timer := l.CallLater(time.Hour, func() {})
	l.CallLater(2*time.Second, func() { timer.Cancel(); cut.Cancel(errBoom) })
	equal(t, "AddReader", l.AddReader(3, func() {}), nil)
	l.CallLater(time.Second, func() { v.fake.Push(3, selector.Readable) })
	future := asyncio.NewFuture[int](l)
	future.AddDoneCallback(func() {})
	l.CallLater(time.Second, func() { _ = future.SetResult(1) })
	_ = l.CallSoonThreadsafe(func() {})
}

// checkRecording validates a recording, and looks for words in its text.
func checkRecording(t *testing.T, name string, recording []byte, words ...string) {
	t.Helper()
	open := func() *trace.Source {
		src, err := trace.NewSource(bytes.NewReader(recording))
		if err != nil {
			t.Fatal(err)
		}
		return src
	}
	problems, err := validate.Records(open())
	equal(t, name+": error", err, nil)
	for _, p := range problems {
		t.Errorf("%s: %v", name, p)
	}
	var text strings.Builder
	equal(t, name+": error", trace.WriteText(&text, open()), nil)
	for _, word := range words {
		if !strings.Contains(text.String(), word) {
			t.Errorf("%s: there is no %s", name, word)
		}
	}
	if t.Failed() {
		t.Log(text.String())
	}
}

// handOverHooks tell of calls that are not theirs: of Outside after they were left, and of
// callbacks for which others were asked.
type handOverHooks struct {
	asyncio.NopHooks
	number uint32
	left   atomic.Bool
	late   *atomic.Int64
}

func (h *handOverHooks) LoopLeft(uint64) { h.left.Store(true) }

func (h *handOverHooks) Outside() (at int64, site uint32) {
	if h.left.Load() {
		h.late.Add(1)
	}
	return 1, h.number
}

func (h *handOverHooks) HandleScheduledOutside(_ uint64, _ int64, site uint32) {
	if site != h.number {
		h.late.Add(1)
	}
}

// While hooks are switched, other goroutines go on calling the loop.
func TestSetHooksThreadsafe(t *testing.T) {
	var late, calls atomic.Int64
	err := asyncio.Run(func(ctx context.Context) error {
		l := asyncio.RunningLoop(ctx)
		stop := make(chan struct{})
		idle := make(chan struct{}, 2)
		for range cap(idle) {
			go func() {
				defer func() { idle <- struct{}{} }()
				for {
					select {
					case <-stop:
						return
					default:
						_ = l.CallSoonThreadsafe(func() { calls.Add(1) })
					}
				}
			}()
		}
		_, err := asyncio.ToThread(ctx, func(ctx context.Context) (int, error) {
			var old *handOverHooks
			for n := range uint32(50) {
				h := &handOverHooks{number: n + 1, late: &late}
				if err := l.SetHooksThreadsafe(ctx, h); err != nil {
					return 0, err
				}
				if old != nil && !old.left.Load() {
					t.Errorf("hooks %d are not left", old.number)
				}
				old = h
			}
			return 0, l.SetHooksThreadsafe(ctx, nil)
		})
		close(stop)
		for range cap(idle) {
			<-idle
		}
		equal(t, "on the loop", l.SetHooksThreadsafe(context.Background(), nil), nil)
		return err
	})
	equal(t, "error", err, nil)
	equal(t, "calls that went astray", late.Load(), 0)
	equal(t, "calls were made", calls.Load() > 0, true)
}

// failingHooks panic in one of their methods, and count the calls after that.
type failingHooks struct {
	logHooks
	in    string
	calls map[string]int
	after int
}

func (h *failingHooks) told(method string) {
	if h.calls[h.in] > 0 {
		h.after++
	}
	if h.calls[method]++; method == h.in {
		panic("broken hook")
	}
}

func (h *failingHooks) TurnBegin(uint64, int)   { h.told("TurnBegin") }
func (h *failingHooks) TurnEnd(uint64)          { h.told("TurnEnd") }
func (h *failingHooks) PollBegin(time.Duration) { h.told("PollBegin") }
func (h *failingHooks) PollEnd(int)             { h.told("PollEnd") }
func (h *failingHooks) HandleScheduled(uint64, trace.Origin, time.Duration) {
	h.told("HandleScheduled")
}
func (h *failingHooks) HandleBegin(uint64)                           { h.told("HandleBegin") }
func (h *failingHooks) HandleEnd(uint64)                             { h.told("HandleEnd") }
func (h *failingHooks) HandleCancelled(uint64)                       { h.told("HandleCancelled") }
func (h *failingHooks) LoopBegin(uint64, string)                     { h.told("LoopBegin") }
func (h *failingHooks) LoopEnd(uint64)                               { h.told("LoopEnd") }
func (h *failingHooks) TaskCreated(uint64, uint64)                   { h.told("TaskCreated") }
func (h *failingHooks) StepBegin(uint64)                             { h.told("StepBegin") }
func (h *failingHooks) StepEnd(uint64, bool)                         { h.told("StepEnd") }
func (h *failingHooks) TaskWaits(uint64, trace.Wait, uint64, string) { h.told("TaskWaits") }
func (h *failingHooks) TaskWoken(uint64, trace.Wake, uint64)         { h.told("TaskWoken") }
func (h *failingHooks) TaskCancelled(uint64, uint64, error)          { h.told("TaskCancelled") }
func (h *failingHooks) TaskDone(uint64, trace.Outcome, error)        { h.told("TaskDone") }
func (h *failingHooks) FutureResolved(uint64, trace.Outcome)         { h.told("FutureResolved") }
func (h *failingHooks) HandleScheduledOutside(uint64, int64, uint32) {
	h.told("HandleScheduledOutside")
}

// A hook that panics is removed and logged, and the program does what it does.
func TestHookThatPanics(t *testing.T) {
	plain := newVirtual(t)
	var want []string
	equal(t, "error", plain.run(func(ctx context.Context) error { want = program(ctx); return nil }), nil)
	plain.close(t)
	for _, in := range []string{"TurnBegin", "TurnEnd", "PollBegin", "PollEnd", "HandleScheduled", "HandleBegin", "HandleEnd", "HandleCancelled", "LoopBegin",
		"LoopEnd", "TaskCreated", "StepBegin", "StepEnd", "TaskWaits", "TaskWoken", "TaskCancelled", "TaskDone", "FutureResolved", "HandleScheduledOutside"} {
		t.Run(in, func(t *testing.T) {
			out := captureLog(t)
			hooks := &failingHooks{in: in, calls: map[string]int{}}
			v := newVirtual(t, func(cfg *asyncio.RunnerConfig) { cfg.Loop.Hooks = hooks })
			var log []string
			equal(t, "error", v.run(func(ctx context.Context) error { log = program(ctx); return nil }), nil)
			equalAll(t, "what happened", log, want)
			equalAll(t, "reports", v.messages(), []string{"panic in a callback: boom"})
			v.close(t)
			equal(t, "calls after the panic", hooks.after, 0)
			if n := strings.Count(out.String(), "hooks are removed, since one has panicked"); n != 1 || !strings.Contains(out.String(), "broken hook") {
				t.Errorf("the log is %s", out)
			}
		})
	}
}

// Whoever ignores the error of record.Create has no recorder. The program goes on without one.
func TestNilRecorder(t *testing.T) {
	for _, when := range []string{"from the beginning", "set later"} {
		out := captureLog(t)
		var missing *record.Recorder
		v := newVirtual(t, func(cfg *asyncio.RunnerConfig) {
			if when == "from the beginning" {
				cfg.Loop.Hooks = missing
			}
		})
		err := v.run(func(ctx context.Context) error {
			if when == "set later" {
				v.loop.SetHooks(missing)
			}
			return asyncio.Sleep(ctx, time.Second)
		})
		equal(t, when, err, nil)
		if n := strings.Count(out.String(), "hooks are removed, since one has panicked"); n != 1 {
			t.Errorf("the log is %s", out)
		}
	}
}

// outsideHooks panic on the goroutine of a thread-safe call.
type outsideHooks struct{ asyncio.NopHooks }

func (outsideHooks) Outside() (int64, uint32) { panic("broken hook") }

// That of another goroutine does not harm the call.
func TestOutsideThatPanics(t *testing.T) {
	logged := make(chan string, 1)
	logger := slog.New(slog.NewTextHandler(writerFunc(func(line []byte) (int, error) {
		logged <- string(line)
		return len(line), nil
	}), nil))
	r, err := asyncio.NewRunner(asyncio.RunnerConfig{IgnoreSignals: true, Loop: asyncio.LoopConfig{Hooks: outsideHooks{}, Logger: logger}})
	equal(t, "NewRunner", err, nil)
	err = r.Run(func(ctx context.Context) error {
		called := asyncio.NewFuture[string](r.Loop())
		go func() { _ = r.Loop().CallSoonThreadsafe(func() { _ = called.SetResult("called") }) }()
		v, err := called.Await(ctx)
		equal(t, "callback", v, "called")
		if line := <-logged; !strings.Contains(line, "hooks are removed") {
			t.Errorf("the log is %s", line)
		}
		for r.Loop().Hooks() != nil && err == nil {
			err = asyncio.Sleep(ctx, 0)
		}
		return err
	})
	equal(t, "error", err, nil)
	equal(t, "Close", r.Close(), nil)
}
