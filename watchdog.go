// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// The watchdog finds out when one callback or one step of a task holds its loop for too long, and
// says so while it lasts. It is always on, so it must cost a loop nothing that can be measured
// (BenchmarkSleepZero): the loop writes no time and no counter. Instead the watchdog leaves a
// question now and then, and the loop answers it when it begins the next callback or step. Nearly
// always there is no question, and one load tells the loop so. A question that has no answer for as
// long as the threshold is a stall.
//
// Time is counted in looks, not by the clock: a process that was stopped, or a machine that slept
// or had no time for us, makes for one late look, and not for a stall.
//
// A loop that waits for something to happen needs no watch. When all of them wait, no timer runs,
// until the first of them wakes up.

// DefaultStallThreshold is how long a callback or step may hold the loop unless [LoopConfig] or
// [Loop.SetStallThreshold] says otherwise.
const DefaultStallThreshold = 100 * time.Millisecond

// looksPerStall is how many looks go without an answer until that is a stall.
const looksPerStall = 4

// shortestPeriod is the least time between two looks.
const shortestPeriod = time.Millisecond

// Stall is a callback or a step that holds its loop for longer than the threshold.
type Stall struct {
	// Loop is the loop that stands still.
	Loop *Loop
	// Over is false in the report during the stall, true in the one after it.
	Over bool
	// Duration is how long it has lasted; a quarter of the threshold may be missing.
	Duration time.Duration
	// TaskID and TaskName are the id and the name of the task; 0 and "" for a callback.
	TaskID   uint64
	TaskName string
	// Site is where the task's function is, as in [ExceptionContext]; "" for a callback.
	Site string
	// Origin is where the task was created, or the callback scheduled, innermost call first: in
	// debug mode only, as it costs too much otherwise (asyncio M5).
	Origin string
	// Stack is what was running when the report was made: the stack of the task or, for a callback,
	// that of the loop. It is nil if the process has more than ten thousand goroutines, since all
	// must be stopped to find one.
	Stack []byte
}

// String says what stalled and for how long, in one line.
func (s Stall) String() string {
	what := "a callback"
	if s.TaskName != "" {
		what = "task " + s.TaskName
	}
	if s.Over {
		return fmt.Sprintf("%s held the loop for %v", what, s.Duration)
	}
	return fmt.Sprintf("%s has held the loop for %v so far", what, s.Duration)
}

// stallWatch is what the watchdog and a loop share.
type stallWatch struct {
	dog       *watchdog
	threshold atomic.Int64 // in ns; 0 if the loop is not watched
	handler   atomic.Pointer[func(Stall)]

	// state is the question, one of those below. The watchdog asks; the loop answers.
	state      atomic.Uint32
	askedAt    time.Duration // set before the question
	answeredAt atomic.Int64

	missed time.Duration // the watchdog's: the time of the looks without an answer
	report Stall         // the watchdog's until it is reported, then the loop's

	count   atomic.Uint64
	longest atomic.Int64
}

// The values of stallWatch.state.
const (
	// answered: there is no question.
	answered uint32 = iota
	// asked: the loop has not begun anything since.
	asked
	// reading: the watchdog looks at what the loop runs; the loop must not go on before it is
	// through.
	reading
	// reporting: the report is being made.
	reporting
	// reported: the end of the stall is to be reported too, by the loop.
	reported
)

// watchStalls prepares the watch of a new loop.
func (l *Loop) watchStalls(cfg *LoopConfig) {
	l.stall.dog = theWatchdog
	if inBubble() {
		l.stall.dog = &watchdog{now: monotonic{}.Now} // which never looks: time stands still while something runs
	}
	threshold := cfg.StallThreshold
	if threshold == 0 && cfg.Clock == nil {
		threshold = DefaultStallThreshold
	}
	l.stall.threshold.Store(int64(max(threshold, 0)))
	l.SetStallHandler(cfg.StallHandler)
}

// attend is called by the loop when it begins something, or is about to wait, or to run on another
// stack.
func (l *Loop) attend() {
	if l.stall.state.Load() != answered {
		l.answer()
	}
}

func (l *Loop) answer() {
	w := &l.stall
	w.answeredAt.Store(int64(w.dog.now()))
	for {
		switch state := w.state.Load(); state {
		case reading:
			runtime.Gosched()
		case reported:
			// Until there is an answer the watchdog asks nothing, so it leaves the report alone.
			w.state.Store(reporting)
			l.stallIsOver()
		default:
			if w.state.CompareAndSwap(state, answered) {
				return
			}
		}
	}
}

// stallIsOver makes the second report of a stall: for the loop, or for the watchdog if the loop
// went on while the first was being made.
func (l *Loop) stallIsOver() {
	w := &l.stall
	s := w.report
	w.report = Stall{}
	s.Over, s.Duration = true, time.Duration(w.answeredAt.Load())-w.askedAt
	w.longest.Store(max(w.longest.Load(), int64(s.Duration)))
	l.latency.turns.add(s.Duration)
	l.tellStall(s)
}

// look is one look at a loop after a time of period. It reports whether the loop is to be looked at
// again.
func (l *Loop) look(period time.Duration) bool {
	w := &l.stall
	threshold := time.Duration(w.threshold.Load())
	if threshold <= 0 || l.outside.asleep.Load() {
		w.missed = 0
		return false
	}
	switch w.state.Load() {
	case answered:
		w.missed, w.askedAt = 0, w.dog.now()
		w.state.Store(asked)
	case asked:
		if w.missed += period; w.missed >= threshold {
			l.reportStall()
		}
	}
	return true
}

// reportStall is called by the watchdog. Whatever the loop does meanwhile, the reports come in
// order, and both come.
func (l *Loop) reportStall() {
	w := &l.stall
	if !w.state.CompareAndSwap(asked, reading) {
		return // it is just over
	}
	// What the loop has written before it stored its owner is ours to read now: it does not change
	// that before it has left the stack and found that we are through.
	var on *stack
	var t *task
	if owner := l.owner.Load(); owner != 0 { // else goroutines, and so tasks, are unknown
		if on = l.stacks.of(owner); on == nil {
			w.state.Store(asked)
			return // it is just being exchanged
		}
		t = on.task
	}
	s := Stall{Loop: l, Duration: w.dog.now() - w.askedAt}
	if t != nil {
		s.TaskID, s.TaskName, s.Site = t.id, t.Name(), t.site()
	}
	s.Origin = l.originOfRunning(t)
	w.state.Store(asked)
	s.Stack = l.stackOf(on)
	w.report = s
	if !w.state.CompareAndSwap(asked, reporting) {
		return // the stack may be that of something else
	}
	w.count.Add(1)
	l.tellStall(s)
	if !w.state.CompareAndSwap(reporting, reported) {
		l.stallIsOver()
	}
}

// tellStall hands s to the handler, or logs it.
func (l *Loop) tellStall(s Stall) {
	handler := l.stall.handler.Load()
	if handler == nil {
		l.DefaultStallHandler(s)
		return
	}
	defer func() {
		if v := recover(); v != nil {
			l.DefaultStallHandler(s)
			l.log().Error("panic in the stall handler", "loop", l.name, "err", v, "stack", string(debug.Stack()))
		}
	}()
	(*handler)(s)
}

// SetStallThreshold sets how long a callback or step may hold the loop before that is a stall; with
// zero or less nothing is. The report comes after 1 to 1.25 times d. In a bubble of
// testing/synctest, where time stands still meanwhile, nothing is a stall. Any goroutine may call
// it, at any time.
func (l *Loop) SetStallThreshold(d time.Duration) {
	if !l.isMade() {
		panic(opError("Loop.SetStallThreshold", errZeroLoop))
	}
	l.stall.threshold.Store(int64(max(d, 0)))
	l.stall.dog.wake()
}

// SetStallHandler makes handler the function that gets the two reports of a stall; nil restores
// [Loop.DefaultStallHandler]. A goroutine of the watchdog calls it while the loop stands still.
// That goroutine or the loop's calls it after the stall. Two calls for one loop never overlap. The
// handler must not wait for the loop, and no loop is watched while it runs. Any goroutine may call
// SetStallHandler.
func (l *Loop) SetStallHandler(handler func(Stall)) {
	if handler == nil {
		l.stall.handler.Store(nil)
		return
	}
	l.stall.handler.Store(&handler)
}

// DefaultStallHandler logs a stall as a warning (asyncio M4, but while it lasts). Any goroutine may
// call it.
func (l *Loop) DefaultStallHandler(s Stall) {
	args := []any{"loop", l.name, "duration", s.Duration}
	if s.TaskName != "" {
		args = append(args, "task", s.TaskName, "site", s.Site)
	}
	if s.Origin != "" {
		args = append(args, "origin", s.Origin)
	}
	if !s.Over && s.Stack != nil {
		args = append(args, "stack", string(s.Stack))
	}
	l.log().Warn(s.String(), args...)
}

// A watchdog looks at loops. There is one for the process; tests have others.
type watchdog struct {
	now    func() time.Duration
	timer  *time.Timer // nil if a test says when to look
	parked atomic.Bool // no loop is awake, so no look is to come

	mu     sync.Mutex    // one look at a time
	period time.Duration // until the next look
}

// theWatchdog is made with the process and not with the first loop: a timer that is made within a
// bubble of testing/synctest has the bubble's time.
var theWatchdog = func() *watchdog {
	w := &watchdog{now: monotonic{}.Now}
	w.parked.Store(true)
	w.timer = time.AfterFunc(time.Hour, w.look)
	w.timer.Stop()
	return w
}()

// awake is called by a loop that begins to run or has waited.
func (w *watchdog) awake() {
	if w.parked.Load() {
		w.wake()
	}
}

// wake does nothing in a bubble, where a timer that is not the bubble's would be set by the
// bubble's time, and ring decades later: in the whole process nothing would be watched.
func (w *watchdog) wake() {
	if inBubble() {
		return
	}
	if w.parked.CompareAndSwap(true, false) && w.timer != nil {
		w.timer.Reset(w.shortest())
	}
}

// shortest is the time between looks that the loops need, at most that for the default threshold: a
// loop that begins to run need not wait for longer until it is looked at.
func (w *watchdog) shortest() time.Duration {
	least := DefaultStallThreshold
	for l := range loopsRunning.Range {
		s := &l.(*Loop).stall
		if threshold := time.Duration(s.threshold.Load()); s.dog == w && threshold > 0 {
			least = min(least, threshold)
		}
	}
	return max(least/looksPerStall, shortestPeriod)
}

// look looks at each loop that runs. If none is awake, it is the last look: parked is set before
// the loops are looked at again, and a loop that wakes up does it the other way round, so one of
// the two sees the other.
func (w *watchdog) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.period = w.shortest()
	if !w.lookAround() {
		w.parked.Store(true)
		if !w.anyAwake() || !w.parked.CompareAndSwap(true, false) {
			return
		}
	}
	if w.timer != nil {
		w.timer.Reset(w.period)
	}
}

func (w *watchdog) lookAround() (again bool) {
	for l := range loopsRunning.Range {
		if l := l.(*Loop); l.stall.dog == w && l.look(w.period) {
			again = true
		}
	}
	return again
}

func (w *watchdog) anyAwake() bool {
	for l := range loopsRunning.Range {
		if l := l.(*Loop); l.stall.dog == w && l.stall.threshold.Load() > 0 && !l.outside.asleep.Load() {
			return true
		}
	}
	return false
}
