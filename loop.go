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
	"github.com/gocurtain/asyncio/internal/printable"
	"github.com/gocurtain/asyncio/internal/ring"
	"github.com/gocurtain/asyncio/internal/timerheap"
	"github.com/gocurtain/asyncio/selector"
)

// LoopConfig says how a loop is made. The zero value is the ordinary loop.
type LoopConfig struct {
	// Name is shown in traces; "" for loop-<id>.
	Name string
	// Selector and Waker, if not nil, are used instead of the best ones of the system
	// ([selector.New], [selector.NewWaker]). The loop closes them. If both are nil in a bubble of
	// testing/synctest, or on a system without selectors, the loop watches no descriptors:
	// AddReader and AddWriter fail with [errors.ErrUnsupported] ([selector.NewChannel]).
	Selector selector.Selector
	Waker    selector.Waker
	// Clock is used for all timers, nil for the monotonic clock.
	Clock Clock
	// Hooks are told what the loop does. Nil for what the environment asks for: a recording if
	// ASYNCIO_TRACE names a directory, else nothing.
	Hooks Hooks
	// Order, if not nil, decides which ready handle runs next; it is for tests, see package
	// asynciotest. Nil means the order in which they became ready.
	Order Order
	// ExceptionHandler gets the errors that no caller receives; nil means one that logs them
	// (asyncio H1). It runs on the loop's goroutine.
	ExceptionHandler func(*Loop, ExceptionContext)
	// Debug switches debug mode on, as ASYNCIO_DEBUG=1 does; see [Loop.SetDebug].
	Debug bool
	// Profile shows tasks to the tools of the Go runtime. Each task has the pprof label
	// task=<name>, beside those in its context. While the execution tracer runs, each task is a
	// task there and each of its steps a region. It costs a microsecond for each task.
	Profile bool
	// StallThreshold is how long a callback or step may hold the loop before that is reported. 0
	// means [DefaultStallThreshold], or never if there is a Clock, since stalls are not measured in
	// its time. A negative value means never.
	StallThreshold time.Duration
	// StallHandler gets the reports of stalls; nil for [Loop.DefaultStallHandler]. See
	// [Loop.SetStallHandler] for who calls it.
	StallHandler func(Stall)
	// Logger is where the loop logs; nil for [slog.Default] with the attribute logger=asyncio.
	Logger *slog.Logger
}

// Loop runs callbacks and tasks, one at a time, on the goroutine that runs it, and waits for timers
// and descriptors in between (asyncio L1 to L16). Make one with [NewLoop], or let [Run] do it.
//
// Unless its comment says otherwise, only the loop's goroutine (that is, its callbacks and tasks)
// may call a method while the loop runs, and only one goroutine at a time while it does not. A call
// from another goroutine is refused, where goroutines can be told apart (see the package comment):
// functions that return an error return [ErrWrongGoroutine], the others panic with it.
type Loop struct {
	id       uint64
	name     string
	selector selector.Selector
	waker    selector.Waker
	clock    Clock
	hooks    Hooks
	order    Order
	// simulated: it has a clock or an order of its own, so what it does must depend on the program
	// alone. Then nothing is left to goroutines of ours, see settle.
	simulated bool
	choices   []Choice // for order, used again
	endHooks  func() error
	handler   func(*Loop, ExceptionContext)

	// owner identifies the goroutine that runs the loop's code at the moment: the one in Run, or a
	// task's coroutine; nobody while the loop does not run, 0 in a zero value. Other goroutines
	// read it, to find that they are not it.
	owner   atomic.Uintptr
	runsOn  *stack // whose G owner is, nil if that is none's
	stacks  knownStacks
	home    *stack // the goroutine in Run
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

	outside outside
	profile bool
	logger  *slog.Logger

	signals  closer    // *signals, nil until one is wanted
	executor jobsEnder // *defaultExecutor, nil until it is needed
	jobs     int       // jobs in executors that will report back
	operated int       // operations on channels since the last yield for them
	exchange settler   // *exchanges, nil but in a simulated loop whose tasks have waited for channels

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

// What a loop does with those of its parts that only some programs need.
type (
	// closer ends with the loop.
	closer interface{ close() }
	// jobsEnder waits for the loop's jobs at the end of a run.
	jobsEnder interface{ endJobs(l *Loop) error }
	// settler has something to settle between two turns, see [Loop.settle].
	settler interface {
		settle()
		unsettled() bool
	}
)

var lastLoopID atomic.Uint64

// NewLoop makes a loop. It costs a few system calls: to make the selector and the waker, and to
// register the waker with the selector.
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
	l.disown(nobody)
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
	l.hooks = guardHooks(l.hooks, l.hooksFailed)
	l.outside.hooks = l.hooks
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

// RunForever runs the loop until Stop (L1). At least one turn runs. The error is [ErrLoopClosed],
// [ErrLoopRunning] if it runs already or another loop runs on this goroutine, [ErrOtherThread], or
// the selector's error.
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

// loopsRunning holds the loops that run in this process, to find out whether one runs on the
// calling goroutine.
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
	l.disown(nobody)
	l.stacks.remove(l.home)
	l.leaveThread()
	loopsRunning.Delete(l)
	if l.order != nil {
		orderedLoops.Add(-1)
	}
}

// RunUntilComplete runs the loop until aw is done, and returns its result (L2). The error is
// [ErrLoopStopped] if Stop came first; otherwise it fails as RunForever does.
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

// Stop makes RunForever return at the end of this turn. If Stop comes before RunForever, that runs
// one turn without waiting (L3). Callbacks that are not run by then stay for the next run.
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

// Close drops all callbacks and timers, and frees what the loop holds (L5). Closing twice is no
// error. If the loop runs, the error is [ErrLoopRunning]. Errors that nobody has asked for are
// reported. Tasks that have not ended are reported too, and lost: their stacks cannot be freed.
// [Runner.Close] cancels them first.
func (l *Loop) Close() error {
	if l.closed.Load() {
		return nil
	}
	if l.isMade() && l.owner.Load() != nobody || l.running {
		return opError("Loop.Close", ErrLoopRunning)
	}
	if l.signals != nil {
		l.signals.close()
	}
	l.closed.Store(true)
	// Deferred: callbacks of futures and the exception handler may panic, or end the goroutine.
	defer l.closeFiles()
	defer func() { l.freeCoros(coro.CurrentThread()) }()
	defer l.closeDebug()
	l.disown(closedLoop)
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

// Context returns the loop's own context, for [CreateTask] outside of a task. It belongs to no
// task, so a wait under it fails with [ErrNoTask].
func (l *Loop) Context() context.Context {
	if !l.isMade() {
		panic(opError("Loop.Context", errZeroLoop))
	}
	return &l.tree.root
}

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
	return fmt.Sprintf("Loop(%s, %s)", printable.Line(l.name), state)
}

// openDebug prepares debug mode for a new loop.
func (l *Loop) openDebug(cfg *LoopConfig) error {
	on, err := debugFromEnvironment()
	if err != nil {
		return err
	}
	if !on && !cfg.Debug {
		return nil
	}
	l.debug.Store(newDebugging())
	l.log().Debug("loop made", "loop", l.name, "selector", l.selector.Name())
	made, name, logger := l.origin(3), l.name, l.log()
	l.unclosed = runtime.AddCleanup(l, func(struct{}) {
		logger.Warn("a loop was never closed", "loop", name, "origin", made.String())
	}, struct{}{})
	return nil
}

// closeDebug reports what was left, and ends debug mode.
func (l *Loop) closeDebug() {
	d := l.debug.Load()
	if d == nil {
		return
	}
	l.unclosed.Stop()
	l.reportFutures(d)
	l.log().Debug("loop closed", "loop", l.name)
}
