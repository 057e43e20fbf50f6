// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"fmt"
	"log/slog"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"
)

// debugging is what a loop remembers in debug mode (asyncio M1): where things come from.
// It would cost too much always, since it takes a stack for each task and callback.
type debugging struct {
	mu      sync.Mutex // the watchdog reads, and any goroutine makes futures
	tasks   map[*task]origin
	futures map[*future]origin // those that have not been seen to end well
	prune   int                // so many futures are looked through for those that have ended
	calling origin             // of the callback that runs
}

// origin is where and when something was made.
type origin struct {
	pcs [24]uintptr
	at  time.Duration // on the loop's clock
	// from is that of the callback which made it, nil if none did. It is asked where the
	// stack is all ours: RunCoroutineThreadsafe makes its task in such a callback.
	from *origin
}

// leastPrune is how many futures there are before it is worth looking for those that ended.
const leastPrune = 64

// SetDebug switches debug mode on or off (asyncio M1). With it
//
//   - tasks, futures and callbacks remember the stack on which they were made: reports to
//     the exception handler and of stalls have it (M5, M6), and [Task.String] its first line;
//   - a call from the wrong goroutine shows both stacks (M2);
//   - futures that nobody has resolved, or whose error nobody has asked for, are reported
//     when the loop is closed, with their age (M12);
//   - a loop that is not closed is reported when it is garbage (L6, M14), if debug mode was on
//     when it was made;
//   - the loop logs when it is made and closed, at the level debug (M11).
//
// What was made before is not known. Any goroutine may call it.
func (l *Loop) SetDebug(on bool) {
	if !on {
		l.debug.Store(nil)
		return
	}
	l.debug.CompareAndSwap(nil, &debugging{tasks: map[*task]origin{}, futures: map[*future]origin{}})
}

// Debug reports whether debug mode is on. Any goroutine may call it.
func (l *Loop) Debug() bool { return l.debug.Load() != nil }

// openDebug prepares debug mode for a new loop.
func (l *Loop) openDebug(cfg *LoopConfig) error {
	on, err := debugFromEnvironment()
	if err != nil {
		return err
	}
	if !on && !cfg.Debug {
		return nil
	}
	l.SetDebug(true)
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

// origin is the caller's, without the innermost frames, which are ours.
func (l *Loop) origin(skip int) origin {
	o := origin{at: l.clock.Now()}
	runtime.Callers(skip, o.pcs[:])
	return o
}

// String is the stack, a line for each call, innermost first, "" if it is unknown. What
// belongs to this package and to the Go runtime is left out.
func (o origin) String() string {
	var lines []string
	for f := range programFrames(o.pcs[:]) {
		lines = append(lines, fmt.Sprintf("%s (%s:%d)", f.Function, f.File, f.Line))
	}
	if len(lines) == 0 && o.from != nil {
		return o.from.String()
	}
	return strings.Join(lines, "\n")
}

// first is the innermost line of the stack.
func (o origin) first() string {
	line, _, _ := strings.Cut(o.String(), "\n")
	return line
}

func (d *debugging) made(t *task, o origin) {
	d.mu.Lock()
	if from := d.calling; t.loop.current == nil && from.pcs[0] != 0 {
		o.from = &from
	}
	d.tasks[t] = o
	d.mu.Unlock()
}

// wrap makes a callback remember where it was scheduled. If it panics, that is still
// known when the panic is reported.
func (d *debugging) wrap(fn func(), o origin) func() {
	return func() {
		d.setCalling(o)
		fn()
		d.setCalling(origin{})
	}
}

func (d *debugging) setCalling(o origin) {
	d.mu.Lock()
	d.calling = o
	d.mu.Unlock()
}

// remember makes fn know where it was scheduled or added, in debug mode.
func (l *Loop) remember(fn func()) func() {
	if d := l.debug.Load(); d != nil {
		return d.wrap(fn, l.origin(3))
	}
	return fn
}

// madeFuture notes a future, until it is seen to have ended well.
func (d *debugging) madeFuture(f *future, o origin) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.futures[f] = o
	if len(d.futures) < max(d.prune, leastPrune) {
		return
	}
	if l := f.loop; l.owner.Load() == nobody || !l.mine() {
		return // only the loop's goroutine may look into them
	}
	maps.DeleteFunc(d.futures, func(f *future, _ origin) bool { return f.endedWell() })
	d.prune = 2 * len(d.futures)
}

// endedWell reports whether nothing has to be said about f.
func (f *future) endedWell() bool {
	return f.state == finished && (f.err == nil || f.observed || f.cut)
}

// forget lets go of a task that has ended.
func (d *debugging) forget(t *task) {
	d.mu.Lock()
	delete(d.tasks, t)
	d.mu.Unlock()
}

// originOf is where a task was created, if that is known.
func (l *Loop) originOf(t *task) origin {
	d := l.debug.Load()
	if d == nil {
		return origin{}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.tasks[t]
}

// originOfRunning is where what runs comes from: t or, if that is nil, the callback.
func (l *Loop) originOfRunning(t *task) string {
	d := l.debug.Load()
	if d == nil {
		return ""
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if t != nil {
		return d.tasks[t].String()
	}
	return d.calling.String()
}

// reportFutures reports the futures that are left when the loop is closed.
func (l *Loop) reportFutures(d *debugging) {
	d.mu.Lock()
	left := maps.Clone(d.futures)
	d.mu.Unlock()
	maps.DeleteFunc(left, func(f *future, _ origin) bool { return f.endedWell() })
	byAge := slices.SortedFunc(maps.Keys(left), func(a, b *future) int { return int(left[a].at - left[b].at) })
	for _, f := range byAge {
		ec := ExceptionContext{Message: "a future was never resolved", Err: f.err, Origin: left[f].String(), Age: l.clock.Now() - left[f].at}
		if f.state == finished {
			ec.Message = "nobody has asked for the error of a future"
		}
		l.report(ec)
	}
}

// log is where the loop's reports go: to the logger it was given, else to the default
// one, under the name asyncio.
func (l *Loop) log() *slog.Logger {
	if l.logger != nil {
		return l.logger
	}
	return slog.Default().With("logger", "asyncio")
}
