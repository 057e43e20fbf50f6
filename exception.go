// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"runtime"
	"runtime/debug"
	"slices"
	"time"
)

// ExceptionContext is what the exception handler gets: asyncio's context keys (H2), as far as they
// apply.
type ExceptionContext struct {
	// Message says what went wrong.
	Message string
	// Err is the error, or a [*PanicError]; nil if there is none.
	Err error
	// Task is the task concerned, nil if it was a callback.
	Task AnyTask
	// Site is where the task's function is, as "file:line", "" if there is no task. For a method
	// value it is the method's name, since Go does not keep its place.
	Site string
	// Stack is the stack of a panic.
	Stack []byte
	// Origin is the stack on which the task or future was made, or the callback scheduled,
	// innermost call first: in debug mode only (M5, M6).
	Origin string
	// Age is how long ago that was; in debug mode only.
	Age time.Duration
}

// SetExceptionHandler makes handler the loop's exception handler; nil restores the default one
// (H1).
func (l *Loop) SetExceptionHandler(handler func(*Loop, ExceptionContext)) {
	l.mustOwn("Loop.SetExceptionHandler")
	l.handler = handler
}

// CallExceptionHandler calls the exception handler with ec (H1). If the handler panics, the default
// one gets ec and the panic.
func (l *Loop) CallExceptionHandler(ec ExceptionContext) {
	l.mustOwn("Loop.CallExceptionHandler")
	l.report(ec)
}

// report is CallExceptionHandler for the loop's own use, at times when it has no owner.
func (l *Loop) report(ec ExceptionContext) {
	if l.handler == nil {
		l.DefaultExceptionHandler(ec)
		return
	}
	defer func() {
		if v := recover(); v != nil {
			l.DefaultExceptionHandler(ec)
			l.DefaultExceptionHandler(ExceptionContext{
				Message: "panic in the exception handler",
				Err:     fmt.Errorf("%v", v),
				Stack:   debug.Stack(),
			})
		}
	}()
	l.handler(l, ec)
}

// DefaultExceptionHandler logs ec as an error to the logger of [LoopConfig] (H3).
func (l *Loop) DefaultExceptionHandler(ec ExceptionContext) {
	args := []any{"loop", l.name}
	if ec.Task != nil {
		args = append(args, "task", ec.Task.Name(), "site", ec.Site)
	}
	if ec.Err != nil {
		args = append(args, "err", ec.Err)
	}
	if ec.Origin != "" {
		args = append(args, "origin", ec.Origin)
	}
	if ec.Age != 0 {
		args = append(args, "age", ec.Age)
	}
	if ec.Stack != nil {
		args = append(args, "stack", string(ec.Stack))
	}
	l.log().Error(ec.Message, args...)
}

// reportPanic reports the panic of a callback (S11), from the deferred function that has recovered
// it. A task's panic does not get here.
func (l *Loop) reportPanic(v any) {
	l.report(ExceptionContext{
		Message: "panic in a callback",
		Err:     panicErr(v),
		Stack:   debug.Stack(),
		Origin:  l.originOfRunning(nil),
	})
}

// hooksFailed logs that a hook has panicked, and removes the hooks. Any goroutine may call it.
func (l *Loop) hooksFailed(g *hookGuard, panicked any, stack []byte) {
	l.log().Error("hooks are removed, since one has panicked", "loop", l.name, "err", panicErr(panicked), "stack", string(stack))
	l.postHooks(nil, g, func() {
		if l.hooks == Hooks(g) {
			l.hooks = nil
		}
	})
}

func panicErr(v any) error {
	if err, ok := v.(error); ok {
		return err
	}
	return fmt.Errorf("%v", v)
}

// unobservedGrace is how long an error may wait for somebody to ask for it. Long enough for a task
// to be awaited after another one, short enough to be news.
const unobservedGrace = time.Second

// failure is a task that ended with an error nobody has asked for yet.
type failure struct {
	task *task
	at   time.Duration
}

// unobserved notes a task that has ended with an error, unless that is a cancellation or somebody
// has asked for it. It is reported after the grace time, or when the loop closes, unless somebody
// asks until then (F6 waits for the garbage collector instead, or for ever).
func (l *Loop) unobserved(t *task) {
	if t.observed || t.err == nil || t.cut {
		return
	}
	l.failed = append(l.failed, failure{task: t, at: l.clock.Now()})
	if len(l.failed) == 1 {
		l.watchFailed()
	}
}

// seen notes that somebody has been told the error of a task.
func (t *task) seen() {
	t.observed = true
	if d := t.loop.debug.Load(); d != nil {
		d.forget(t)
	}
}

func (l *Loop) watchFailed() {
	if len(l.failed) == 0 || l.closed.Load() {
		return
	}
	due := l.failed[0].at + unobservedGrace
	l.callAt(due, due-l.clock.Now(), func() {
		l.reportFailed(l.clock.Now() - unobservedGrace)
		l.watchFailed()
	})
}

// reportFailed reports the tasks that failed at limit or before.
func (l *Loop) reportFailed(limit time.Duration) {
	n := 0
	for n < len(l.failed) && l.failed[n].at <= limit {
		t := l.failed[n].task
		n++
		if !t.observed {
			l.reportTask("nobody has awaited a task that failed", t)
		}
		t.seen()
	}
	l.failed = slices.Clone(l.failed[n:])
}

// reportTask reports a task that has ended with an error, or will not end.
func (l *Loop) reportTask(message string, t *task) {
	ec := ExceptionContext{Message: message, Err: t.err, Task: t.self.public(), Site: t.site()}
	if made := l.originOf(t); made.pcs[0] != 0 {
		ec.Origin, ec.Age = made.String(), l.clock.Now()-made.at
	}
	var p *PanicError
	if errors.As(ec.Err, &p) {
		ec.Stack, ec.Err = p.Stack, fmt.Errorf("panic: %v", p.Value)
	}
	l.report(ec)
}

// reportFutures reports the futures that are left when the loop is closed.
func (l *Loop) reportFutures(d *debugging) {
	d.mu.Lock()
	left := maps.Clone(d.futures)
	d.mu.Unlock()
	maps.DeleteFunc(left, func(f unsure, _ origin) bool { return f.endedWell() })
	byAge := slices.SortedFunc(maps.Keys(left), func(a, b unsure) int { return int(left[a].at - left[b].at) })
	for _, u := range byAge {
		f, made := u.(*future), left[u]
		ec := ExceptionContext{Message: "a future was never resolved", Err: f.err, Origin: made.String(), Age: l.clock.Now() - made.at}
		if f.state == finished {
			ec.Message = "nobody has asked for the error of a future"
		}
		l.report(ec)
	}
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

// origin is the caller's, without the innermost frames, which are ours.
func (l *Loop) origin(skip int) origin {
	o := origin{at: l.clock.Now()}
	runtime.Callers(skip, o.pcs[:])
	return o
}

// log is where the loop's reports go: to the logger it was given, else to the default one, under
// the name asyncio.
func (l *Loop) log() *slog.Logger {
	if l.logger != nil {
		return l.logger
	}
	return slog.Default().With("logger", "asyncio")
}
