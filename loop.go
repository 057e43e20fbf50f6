// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"fmt"
	"log/slog"
	"math"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/gocurtain/asyncio/internal/coro"
	"github.com/gocurtain/asyncio/internal/ring"
	"github.com/gocurtain/asyncio/internal/sys"
	"github.com/gocurtain/asyncio/internal/timerheap"
	"github.com/gocurtain/asyncio/selector"
	"github.com/gocurtain/asyncio/trace"
)

// How long ready work may put off a look at the descriptors (step 2). A poll costs
// more than many callbacks; but a chain of callbacks must not starve I/O.
const (
	maxSkippedPolls = 16
	maxPollDelay    = 100 * time.Microsecond
)

// idleCoros is how many parked coroutines a loop keeps when it has time to free some.
const idleCoros = 1024

// idleReady is the largest ready queue that a loop keeps when it sleeps.
const idleReady = 16384

// LoopConfig says how a loop is made. The zero value is the ordinary loop.
type LoopConfig struct {
	// Name is shown in traces; "" for loop-<id>.
	Name string
	// Selector and Waker, if not nil, are used instead of the best ones of the system
	// ([selector.New], [selector.NewWaker]). The loop closes them. If both are nil in a bubble
	// of testing/synctest, or on a system without selectors, the loop has timers and is woken
	// by other goroutines, but AddReader and AddWriter fail with [errors.ErrUnsupported]
	// ([selector.NewChannel]).
	Selector selector.Selector
	Waker    selector.Waker
	// Clock is used for all timers, nil for the monotonic clock.
	Clock Clock
	// Hooks are told what the loop does. Nil for what the environment asks for: a
	// recording if ASYNCIO_TRACE names a directory, else nothing.
	Hooks Hooks
	// Order, if not nil, decides which of the handles that are ready runs next; it is for
	// tests, see package asynciotest. Nil for the order in which they became ready.
	Order Order
	// ExceptionHandler gets the errors that nobody else can; nil for one that logs
	// them (asyncio H1). It runs on the loop's goroutine.
	ExceptionHandler func(*Loop, ExceptionContext)
	// Debug switches debug mode on, as ASYNCIO_DEBUG=1 does; see [Loop.SetDebug].
	Debug bool
	// Profile shows tasks to the tools of the Go runtime: on its stack each task has the pprof
	// label task=<name>, beside those in its context, and while the execution tracer runs
	// each task is a task there and each of its steps a region. It costs a microsecond a task.
	Profile bool
	// StallThreshold is how long a callback or step may hold the loop before that is
	// reported: 0 for [DefaultStallThreshold], or for never if there is a Clock, whose
	// time stalls are not measured in; negative for never.
	StallThreshold time.Duration
	// StallHandler gets the reports of stalls; nil for [Loop.LogStall]. See
	// [Loop.SetStallHandler] for who calls it.
	StallHandler func(Stall)
	// Logger is where the loop logs; nil for [slog.Default] with the attribute
	// logger=asyncio.
	Logger *slog.Logger
}

// Clock tells the loop's time. Now must never go backwards; its zero is arbitrary. Any
// goroutine may call it: the Deadline of a context needs it.
type Clock interface {
	Now() time.Duration
}

// Loop runs callbacks and tasks, one at a time, on the goroutine that runs it, and
// waits for timers and descriptors in between (asyncio L1 to L16). Make one with
// [NewLoop], or let [Run] do it.
//
// Unless its comment says otherwise, a method may be called only by the loop's
// goroutine (that is, by its callbacks and tasks) while the loop runs, and by one
// goroutine at a time while it does not. A call from another goroutine is detected
// and refused, where goroutines can be told apart (see the package comment): functions
// that return an error return [ErrWrongGoroutine], the others panic with it.
type Loop struct {
	id       uint64
	name     string
	selector selector.Selector
	waker    selector.Waker
	clock    Clock
	hooks    Hooks
	order    Order
	// simulated: it has a clock or an order of its own, so what it does must depend on the
	// program alone. Then nothing is left to goroutines of ours, see settle.
	simulated bool
	choices   []ReadyHandle // for order, used again
	endHooks  func() error
	handler   func(*Loop, ExceptionContext)

	// owner identifies the goroutine that runs the loop's code at the moment: the
	// one in Run, or a task's coroutine; nobody while the loop does not run, 0 in a zero
	// value. Other goroutines read it, to find that they are not it.
	owner   atomic.Uintptr
	runsOn  atomic.Pointer[stack] // whose G owner is, nil while that is being exchanged
	home    *stack                // the goroutine in Run
	running bool
	closed  atomic.Bool

	ready    ring.Ring[readyEntry]
	batch    int            // handles of this turn that are still to run
	inTurn   bool           // between beginTurn and endTurn
	due      []timerheap.ID // timers of this turn
	timers   timerheap.Heap[timerEntry]
	now      time.Duration // the loop's time, good for one callback
	nowValid bool
	stopping bool

	watches  int // descriptors watched, without the waker
	events   []selector.Event
	skipped  int // turns since the last poll
	polledAt time.Duration
	turns    uint64

	outside   outside
	signals   signals
	profile   bool
	logger    *slog.Logger
	executor  *defaultExecutor // nil until it is needed
	jobs      int              // jobs in executors that will report back
	heldUp    heldUpJobs       // those that wait themselves
	exchanges int              // operations on channels since the last yield for them

	exchanging []*exchange // of tasks that wait, in order; only in a simulated loop

	current  *task
	thread   coro.Thread // on which the coroutines were made
	tasks    *task       // those that have not ended, in order of creation
	taskLast *task
	live     int
	tree     tree // its root is the loop's own context
	trees    trees
	coros    []*stack
	failed   []failure

	debug    atomic.Pointer[debugging] // nil if debug mode is off
	unclosed runtime.Cleanup
	stall    stallWatch
	latency  latency // last, as it is large
}

// readyEntry is what the ready queue holds: a callback, a task's step, or, if both are
// nil, a timer that is due and can still be cancelled, or a callback that was.
type readyEntry struct {
	fn   func()
	task *task
	ref  uint64 // the handle's id for traces; for a timer, one more than its place in Loop.due
}

// timerEntry is what a timer does: call fn, or wake task.
type timerEntry struct {
	fn   func()
	task *task
	ref  uint64
}

var lastLoopID atomic.Uint64

// NewLoop makes a loop. It costs three descriptors' system calls: the selector, the
// waker, and the registration of one with the other.
func NewLoop(cfg LoopConfig) (*Loop, error) {
	l := &Loop{
		id:       lastLoopID.Add(1),
		name:     cfg.Name,
		selector: cfg.Selector,
		waker:    cfg.Waker,
		clock:    cfg.Clock,
		hooks:    cfg.Hooks,
		order:    cfg.Order,
		handler:  cfg.ExceptionHandler,
		logger:   cfg.Logger,
		profile:  cfg.Profile,
	}
	l.setOwner(nowhere)
	l.simulated = l.clock != nil || l.order != nil
	l.watchStalls(&cfg)
	if l.name == "" {
		l.name = fmt.Sprintf("loop-%d", l.id)
	}
	if l.clock == nil {
		l.clock = monotonic{}
		l.latency.turnsLeft = sampleEvery
	} else {
		l.latency.turnsLeft = noSamples
	}
	l.tree.loop = l
	l.tree.root.parent, l.tree.root.tree, l.tree.root.owned = context.Background(), &l.tree, true
	if err := l.open(&cfg); err != nil {
		l.closeFiles()
		return nil, fmt.Errorf("asyncio: NewLoop: %w", err)
	}
	return l, nil
}

func (l *Loop) open(cfg *LoopConfig) (err error) {
	if l.hooks == nil {
		if l.hooks, l.endHooks, err = hooksFromEnvironment(l.name); err != nil {
			return err
		}
	}
	if l.selector == nil && l.waker == nil && (inBubble() || len(selector.Names()) == 0) {
		l.selector, l.waker = selector.NewChannel()
	}
	if l.selector == nil {
		if l.selector, err = selector.New(); err != nil {
			return err
		}
	}
	if l.waker == nil {
		if l.waker, err = selector.NewWaker(); err != nil {
			return err
		}
	}
	if err := l.selector.Register(l.waker.FD(), selector.Readable, nil); err != nil {
		return err
	}
	return l.openDebug(cfg)
}

func (l *Loop) closeFiles() {
	// These close what is at hand; there is nobody left to tell of a failure.
	if l.selector != nil {
		_ = l.selector.Close()
	}
	if l.waker != nil {
		_ = l.waker.Close()
	}
	if l.endHooks != nil {
		_ = l.endHooks()
	}
}

// runTurns runs turns until the loop is stopping, or the selector fails, or a callback
// panics; in that last case it is called again, and goes on in the middle of the
// turn. So the price of the recover is paid once a run, not once a callback.
//
// A turn has the steps of the package comment. With once it is one turn, or what is
// left of it.
func (l *Loop) runTurns(once bool) (panicked bool, err error) {
	panicked = true
	defer func() {
		if !panicked {
			return
		}
		if v := recover(); v != nil {
			l.reportPanic(v)
		}
	}()
	for {
		if !l.inTurn {
			if err := l.beginTurn(); err != nil {
				return false, err
			}
		}
		l.runReady() // 5
		l.endTurn()
		if l.stopping || once {
			return false, nil
		}
	}
}

// beginTurn is a turn up to the point where callbacks run.
func (l *Loop) beginTurn() error {
	if l.jobs > 0 && l.ready.Len() == 0 {
		// A short blocking function is over before the loop has fallen asleep, and need not
		// wake it (BenchmarkToThread).
		runtime.Gosched()
	}
	if l.outside.pending.Load() {
		l.takeOutside()
	}
	if l.simulated {
		l.settle()
	}
	if h := l.hooks; h != nil {
		l.turns++
		h.TurnBegin(l.turns, l.ready.Len())
	}
	if timeout, poll := l.pollTimeout(); poll { // 1
		if err := l.poll(timeout); err != nil { // 2 and 3
			l.endTurn()
			return err
		}
	}
	if l.timers.Len() > 0 {
		l.expireTimers() // 4
	}
	l.batch = l.ready.Len()
	l.inTurn = true
	return nil
}

// settle does what goroutines of ours are there for otherwise: it tells the loop what has
// happened in the meantime. An ordinary loop can wait for them; a simulated one must not let
// its clock jump while they are on their way, nor leave it to chance how far they are.
func (l *Loop) settle() {
	l.tellTrees()
	if len(l.exchanging) > 0 {
		l.settleExchanges()
	}
}

// unsettled reports whether settle may have something to do after each step.
func (l *Loop) unsettled() bool { return l.trees.first != nil || len(l.exchanging) > 0 }

func (l *Loop) endTurn() {
	l.inTurn = false
	if l.batch == 0 { // else a callback has left by Goexit, and the next turn runs the rest
		l.due = l.due[:0]
	}
	if l.hooks != nil {
		l.tellTurnEnd()
	}
}

// tellTurnEnd stands apart, so that endTurn is inlined.
func (l *Loop) tellTurnEnd() { l.hooks.TurnEnd(l.turns) }

// pollTimeout decides how long the poll may wait, negative for no limit, and whether
// there is to be one at all.
func (l *Loop) pollTimeout() (timeout time.Duration, poll bool) {
	if l.ready.Len() > 0 || l.stopping {
		return 0, l.pollIsDue()
	}
	when, armed := l.timers.Next()
	if !armed {
		return -1, true
	}
	return until(time.Duration(when), l.clock.Now()), true
}

// until is the time from now to when, at least 0. It does not run over.
func until(when, now time.Duration) time.Duration {
	switch wait := when - now; {
	case when <= now:
		return 0
	case wait < 0:
		return math.MaxInt64
	default:
		return wait
	}
}

// pollIsDue says whether the loop, with work at hand, looks at the descriptors
// first. If none is watched it need not: other goroutines are heard without a poll.
func (l *Loop) pollIsDue() bool {
	if l.watches == 0 {
		return false
	}
	l.skipped++
	if l.skipped >= maxSkippedPolls {
		return true
	}
	return l.clock.Now()-l.polledAt >= maxPollDelay
}

// poll waits for descriptors and queues the callbacks of those that are ready.
func (l *Loop) poll(timeout time.Duration) error {
	h := l.hooks
	if timeout != 0 {
		l.ready.Trim(idleReady)
		l.latency.pushedAt = 0 // another task has run it meanwhile (handOff)
		l.attend()             // a stall does not last while the loop waits
		if l.trimCoros() || !l.outside.fallAsleep() {
			timeout = 0
		}
	}
	if h != nil {
		h.PollBegin(timeout)
	}
	var err error
	l.events, err = l.selector.Wait(timeout, l.events)
	l.outside.wakeUp()
	l.stall.dog.awake()
	if h != nil {
		h.PollEnd(len(l.events))
	}
	if err != nil {
		return fmt.Errorf("asyncio: waiting for events: %w", err)
	}
	l.skipped = 0
	l.latency.turnsLeft -= pollWeight
	if l.watches > 0 {
		l.polledAt = l.clock.Now()
	}
	l.dispatchReady()
	l.takeOutside()
	return nil
}

// dispatchReady queues the callbacks of the descriptors that are ready.
func (l *Loop) dispatchReady() {
	for i := range l.events {
		e := &l.events[i]
		if w, ok := e.Key.Data.(*watch); ok {
			w.ready(e.Ready)
			continue
		}
		// Not a watch: the waker. What it announced is in l.outside.
		_ = l.waker.Drain()
	}
	clear(l.events)
}

// expireTimers queues the timers that are due, earliest first, equal ones in the
// order they were armed.
func (l *Loop) expireTimers() {
	now := int64(l.clock.Now())
	for {
		id, ok := l.timers.PopDue(now)
		if !ok {
			return
		}
		timer := l.timers.Get(id)
		if t := timer.task; t != nil {
			l.timers.Cancel(id)
			l.wake(t, trace.WakeTimer, nil)
			continue
		}
		l.due = append(l.due, id)
		l.ready.Push(readyEntry{ref: uint64(len(l.due))})
	}
}

// runReady runs exactly the handles that were ready when the turn's poll was over; what
// they schedule waits for the next turn, so descriptors and timers get theirs in between.
func (l *Loop) runReady() {
	if l.latency.turnsLeft--; l.latency.turnsLeft <= 0 || l.order != nil {
		l.runSlowly()
		return
	}
	for l.batch > 0 {
		l.batch--
		l.attend()
		l.nowValid = false
		// As runEntry, which would be a call (BenchmarkCallSoon).
		e := l.ready.Pop()
		switch {
		case e.task != nil:
			l.step(e.task)
		case e.fn != nil:
			l.call(e.fn, e.ref)
		case e.ref != 0:
			l.callTimer(l.due[e.ref-1])
		}
	}
}

// runSlowly is runReady for a loop with an order, and for turns that are measured.
func (l *Loop) runSlowly() {
	switch {
	case l.order != nil:
		l.runOrdered()
	case l.latency.pushedAt != 0:
		l.takeDelay()
		l.runReady()
	default:
		l.runSampled()
	}
}

// runEntry runs one callback or step.
func (l *Loop) runEntry(e readyEntry) {
	l.attend()
	l.nowValid = false
	switch {
	case e.task != nil:
		l.step(e.task)
	case e.fn != nil:
		l.call(e.fn, e.ref)
	case e.ref != 0:
		l.callTimer(l.due[e.ref-1])
	}
}

// callTimer runs the callback of a timer that is due, unless it was cancelled meanwhile.
func (l *Loop) callTimer(id timerheap.ID) {
	if timer, ok := l.timers.Take(id); ok {
		l.call(timer.fn, timer.ref)
	}
}

// call runs one callback.
func (l *Loop) call(fn func(), ref uint64) {
	l.setOwner(l.home)
	if l.hooks != nil {
		l.callHooked(fn, ref)
		return
	}
	fn()
}

func (l *Loop) callHooked(fn func(), ref uint64) {
	h := l.hooks
	h.HandleBegin(ref)
	defer h.HandleEnd(ref) // also if fn panics
	fn()
}

// setOwner says on which stack the loop's code runs from now on. Most often it is
// the one that it did before, and an atomic store is not free.
func (l *Loop) setOwner(s *stack) {
	if l.runsOn.Load() != s {
		l.enterStack(s)
	}
}

func (l *Loop) enterStack(s *stack) {
	l.runsOn.Store(s)
	if l.owner.Load() != s.G {
		l.owner.Store(s.G)
	}
}

// leaveStack comes before a change of what the watchdog reads of the stack that the code runs
// on. Either the watchdog finds no stack then, or the loop finds it reading, and waits.
func (l *Loop) leaveStack() {
	if l.runsOn.Load() != nil {
		l.runsOn.Store(nil)
	}
	l.attend()
}

// access returns nil if the caller may use the loop, else ErrWrongGoroutine or
// ErrLoopClosed. One load and one compare, so it is always on (M2 is on in debug mode only).
func (l *Loop) access() error {
	if l.mine() {
		return nil
	}
	return l.refusal()
}

func (l *Loop) mine() bool {
	owner := l.owner.Load()
	return owner == nobody || owner == sys.CurrentG()
}

// isMade tells a loop from a zero value.
func (l *Loop) isMade() bool { return l.id != 0 }

func (l *Loop) refusal() error {
	switch {
	case l.closed.Load():
		return ErrLoopClosed
	case !l.isMade():
		return errZeroLoop
	default:
		return ErrWrongGoroutine
	}
}

// mustBeOpen is the check of everything that schedules (L5, S14).
func (l *Loop) mustBeOpen(op string) {
	if !l.mine() {
		panic(l.refuse(op, l.refusal()))
	}
}

// mustOwn is the check of what is harmless on a closed loop.
func (l *Loop) mustOwn(op string) {
	if err := l.access(); err != nil && err != ErrLoopClosed {
		panic(l.refuse(op, err))
	}
	l.usesAll()
}

// takeCoro returns an idle coroutine.
func (l *Loop) takeCoro() *stack {
	last := len(l.coros) - 1
	if last < 0 {
		return newStack()
	}
	c := l.coros[last]
	l.coros[last] = nil
	l.coros = l.coros[:last]
	return c
}

func (l *Loop) giveCoro(c *stack) {
	if c.Dead() {
		l.attend()
		l.setOwner(l.home)
		c.Bury()
		return
	}
	l.leaveStack()
	c.task, c.under, c.given = nil, nil, false
	l.coros = append(l.coros, c)
}

// trimCoros frees some of the coroutines that a burst of tasks has left, a few at a
// time and only when the loop would otherwise sleep. It reports whether more remain.
func (l *Loop) trimCoros() bool {
	// The runtime may use the identity of one that ends again: it must not be the owner's.
	l.setOwner(l.home)
	for range 64 {
		if len(l.coros) <= idleCoros {
			return false
		}
		l.takeCoro().Stop()
	}
	return true
}

// RunForever runs the loop until Stop (L1). At least one turn runs. The error is
// [ErrLoopClosed], [ErrLoopRunning] if it or another loop runs on this goroutine,
// [ErrOtherThread], or that of a selector that failed.
func (l *Loop) RunForever() error {
	if err := l.begin(); err != nil {
		return opError("Loop.RunForever", err)
	}
	defer l.end()
	for {
		if panicked, err := l.runTurns(false); !panicked {
			return err
		}
	}
}

// loopsRunning holds the loops that run in this process, to find out whether one
// runs on the calling goroutine.
var loopsRunning sync.Map // *Loop -> nil

// mayRun is the check before a run. Any goroutine may call it.
func (l *Loop) mayRun() error {
	switch {
	case l.closed.Load():
		return ErrLoopClosed
	case !l.isMade():
		return errZeroLoop
	case l.owner.Load() != nobody || l.running:
		return ErrLoopRunning
	case onRunningLoop():
		return ErrLoopRunning
	}
	return l.checkThread()
}

func (l *Loop) begin() error {
	if err := l.mayRun(); err != nil {
		return err
	}
	l.enterThread()
	loopsRunning.Store(l, nil)
	if l.order != nil {
		orderedLoops.Add(1)
	}
	l.stall.dog.awake()
	l.running = true
	l.home = homeStack()
	l.setOwner(l.home)
	if h := l.hooks; h != nil {
		h.LoopBegin(l.id, l.name)
	}
	return nil
}

func (l *Loop) end() {
	if l.inTurn {
		l.endTurn() // a callback has left by runtime.Goexit
	}
	if h := l.hooks; h != nil {
		h.LoopEnd(l.id)
	}
	l.running, l.stopping = false, false
	l.attend()
	l.setOwner(nowhere)
	l.leaveThread()
	loopsRunning.Delete(l)
	if l.order != nil {
		orderedLoops.Add(-1)
	}
}

// RunUntilComplete runs the loop until aw is done, and returns its result (L2). The
// error is [ErrLoopStopped] if Stop came first, and as for RunForever.
func RunUntilComplete[T any](l *Loop, aw Awaitable[T]) (T, error) {
	var zero T
	f := aw.base()
	if f.loop != l {
		return zero, opError("RunUntilComplete", ErrOtherLoop)
	}
	if err := l.mayRun(); err != nil {
		return zero, opError("RunUntilComplete", err)
	}
	if err := l.runUntil(f); err != nil {
		return zero, err
	}
	return aw.Result()
}

func (l *Loop) runUntil(f *future) error {
	waits := true // the callback may be queued already when the loop is stopped otherwise
	remove := f.AddDoneCallback(func() {
		if waits {
			l.stopping = true
		}
	})
	defer func() {
		waits = false
		remove()
	}()
	if err := l.RunForever(); err != nil {
		return err
	}
	if f.state != finished {
		return opError("RunUntilComplete", ErrLoopStopped)
	}
	return nil
}

// Stop makes the loop return from RunForever at the end of this turn. Called before
// RunForever, it makes that run one turn without waiting (L3). Callbacks that are
// not run by then stay for the next run.
func (l *Loop) Stop() {
	l.mustOwn("Loop.Stop")
	l.stopping = true
}

// IsRunning reports whether the loop runs (L4). Any goroutine may call it.
func (l *Loop) IsRunning() bool {
	_, ok := loopsRunning.Load(l)
	return ok
}

// IsClosed reports whether Close was called (L4). Any goroutine may call it.
func (l *Loop) IsClosed() bool { return l.closed.Load() }

// Close drops all callbacks and timers, and frees what the loop holds (L5). Closing
// twice is no error; closing a running loop is [ErrLoopRunning]. Errors that nobody
// has asked for are reported. Tasks that have not ended are reported too, and lost:
// their stacks cannot be freed. [Runner.Close] cancels them first.
func (l *Loop) Close() error {
	if l.closed.Load() {
		return nil
	}
	if l.isMade() && l.owner.Load() != nobody || l.running {
		return opError("Loop.Close", ErrLoopRunning)
	}
	l.signals.close(l)
	l.closed.Store(true)
	// Deferred: callbacks of futures and the exception handler may panic, or end the goroutine.
	defer l.closeFiles()
	defer func() { l.freeCoros(coro.CurrentThread()) }()
	defer l.closeDebug()
	l.setOwner(closedLoop)
	l.outside.close()
	l.ready.Clear()
	l.timers.Clear()
	l.trees.close()
	l.reportFailed(math.MaxInt64)
	for t := l.tasks; t != nil; t = t.next {
		l.reportTask("task was pending when its loop was closed", t)
	}
	return nil
}

// Name returns the loop's name. Any goroutine may call it.
func (l *Loop) Name() string { return l.name }

// Context returns the loop's own context: for [CreateTask] outside of a task. It
// belongs to no task, so waits refuse it with [ErrNoTask].
func (l *Loop) Context() context.Context {
	if !l.isMade() {
		panic(opError("Loop.Context", errZeroLoop))
	}
	return &l.tree.root
}

// Time reads the loop's clock (L14). Timers that this callback, or this step of a
// task, arms from now on count from this reading.
func (l *Loop) Time() time.Duration {
	l.mustOwn("Loop.Time")
	return l.readClock()
}

func (l *Loop) readClock() time.Duration {
	l.now, l.nowValid = l.clock.Now(), true
	return l.now
}

// time is the loop's time: a reading of the clock that is at most one callback old.
func (l *Loop) time() time.Duration {
	if !l.nowValid || !l.running {
		return l.readClock()
	}
	return l.now
}

// monotonic is the ordinary clock: one read of the vDSO, no system call.
type monotonic struct{}

var clockBase = time.Now()

func (monotonic) Now() time.Duration { return time.Since(clockBase) }

// RunningLoop returns the loop that ctx belongs to, nil if none (L9). Any goroutine may call it.
func RunningLoop(ctx context.Context) *Loop {
	if s, ok := ctx.(*scope); ok {
		return s.tree.loop
	}
	if s, ok := ctx.Value(scopeKey{}).(*scope); ok {
		return s.tree.loop
	}
	return nil
}

func mustLoop(ctx context.Context, op string) *Loop {
	l := RunningLoop(ctx)
	if l == nil {
		panic(opError(op, ErrNoTask))
	}
	l.mustBeOpen(op)
	return l
}

// String shows name and state (L16).
func (l *Loop) String() string {
	state := "idle"
	switch {
	case l.IsClosed():
		state = "closed"
	case l.IsRunning():
		state = "running"
	}
	return fmt.Sprintf("Loop(%s, %s)", l.name, state)
}

func (l *Loop) addTask(t *task) {
	t.prev = l.taskLast
	if l.taskLast == nil {
		l.tasks = t
	} else {
		l.taskLast.next = t
	}
	l.taskLast = t
	l.live++
}

func (l *Loop) removeTask(t *task) {
	if t.prev == nil {
		l.tasks = t.next
	} else {
		t.prev.next = t.next
	}
	if t.next == nil {
		l.taskLast = t.prev
	} else {
		t.next.prev = t.prev
	}
	t.next, t.prev = nil, nil
	l.live--
}
