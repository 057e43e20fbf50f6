// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/selector"
	"github.com/gocurtain/asyncio/trace"
	"github.com/gocurtain/asyncio/trace/validate"
)

// logHooks writes down what a loop tells, one line a call, indented by the spans that are open. Ids
// become h1, f1 and T1, in the order in which they appear.
type logHooks struct {
	asyncio.NopHooks
	clock   *virtualClock // if not nil, its time begins each line
	lines   []string
	open    []string // the spans that are open
	broken  string   // the first span that ended within another one
	names   map[uint64]string
	count   map[string]int
	outside atomic.Int64
}

var _ asyncio.Hooks = (*logHooks)(nil)

func (h *logHooks) line(format string, args ...any) {
	indent := strings.Repeat("  ", len(h.open))
	if h.clock != nil {
		indent = fmt.Sprintf("%6v  %s", h.clock.Now(), indent)
	}
	h.lines = append(h.lines, indent+fmt.Sprintf(format, args...))
}

func (h *logHooks) begin(span string, format string, args ...any) {
	h.line(format, args...)
	h.open = append(h.open, span)
}

func (h *logHooks) end(span string) {
	last := len(h.open) - 1
	if last >= 0 && h.open[last] == span {
		h.open = h.open[:last]
		return
	}
	if h.broken == "" {
		h.broken = fmt.Sprintf("the end of %q within %q", span, h.open)
	}
}

// unbalanced says what is wrong with the spans; they have all ended by now.
func (h *logHooks) unbalanced() string {
	if h.broken == "" && len(h.open) > 0 {
		return fmt.Sprintf("still open: %q", h.open)
	}
	return h.broken
}

// name is what the log calls an id of a kind: h for handles, f for futures, T for tasks.
func (h *logHooks) name(kind string, id uint64) string {
	if id == 0 {
		return "-"
	}
	if kind == "T" {
		id |= 1 << 63 // tasks have numbers of their own
	}
	if h.names == nil {
		h.names, h.count = map[uint64]string{}, map[string]int{}
	}
	if h.names[id] == "" {
		h.count[kind]++
		h.names[id] = fmt.Sprint(kind, h.count[kind])
	}
	return h.names[id]
}

func (h *logHooks) LoopBegin(_ uint64, name string) { h.begin("loop", "loop %s", name) }
func (h *logHooks) LoopEnd(uint64)                  { h.end("loop") }
func (h *logHooks) LoopFound(_ uint64, name string) { h.begin("loop", "loop %s found", name) }
func (h *logHooks) LoopLeft(uint64)                 { h.end("loop"); h.line("loop left") }
func (h *logHooks) TaskFound(task, parent uint64, name string, wait trace.Wait, on uint64, _ string) {
	who, of, state := h.name("T", task), h.name("T", parent), "ready"
	switch {
	case wait == trace.WaitTask:
		state = "waits for " + h.name("T", on)
	case wait != 0:
		state = wait.String() + " " + h.name("o", on)
	}
	h.line("%s found: %q, child of %s, %s", who, name, of, state)
}
func (h *logHooks) TurnBegin(turn uint64, ready int) {
	h.begin("turn", "turn %d, %d ready", turn, ready)
}
func (h *logHooks) TurnEnd(uint64) { h.end("turn") }
func (h *logHooks) PollBegin(timeout time.Duration) {
	if timeout < 0 {
		h.begin("poll", "poll for ever")
		return
	}
	h.begin("poll", "poll for %v", timeout)
}
func (h *logHooks) PollEnd(events int) { h.end("poll"); h.line("polled: %d", events) }
func (h *logHooks) Ready(fd int, flags uint8, handle uint64) {
	what := map[uint8]string{trace.ReadyRead: "readable", trace.ReadyWrite: "writable", trace.ReadySignal: "signal"}
	h.line("fd %d is %s: %s", fd, what[flags], h.name("h", handle))
}

func (h *logHooks) HandleScheduled(handle uint64, origin trace.Origin, delay time.Duration) {
	if origin == trace.OriginTimer {
		h.line("%s scheduled: %v in %v", h.name("h", handle), origin, delay)
		return
	}
	h.line("%s scheduled: %v", h.name("h", handle), origin)
}
func (h *logHooks) HandleScheduledOutside(handle uint64, _ int64, _ uint32) {
	h.line("%s scheduled outside", h.name("h", handle))
}
func (h *logHooks) HandleBegin(handle uint64) {
	h.begin(h.name("h", handle), "%s runs", h.name("h", handle))
}
func (h *logHooks) HandleEnd(handle uint64)       { h.end(h.name("h", handle)) }
func (h *logHooks) HandleCancelled(handle uint64) { h.line("%s cancelled", h.name("h", handle)) }

func (h *logHooks) TaskCreated(task, parent uint64) {
	h.line("%s created by %s", h.name("T", task), h.name("T", parent))
}
func (h *logHooks) TaskNamed(task uint64, name string) {
	h.line("%s is called %s", h.name("T", task), name)
}
func (h *logHooks) StepBegin(task uint64) {
	h.begin(h.name("T", task), "%s steps", h.name("T", task))
}
func (h *logHooks) StepEnd(task uint64, done bool) {
	h.end(h.name("T", task))
	if done {
		h.line("%s has ended", h.name("T", task))
	}
}
func (h *logHooks) TaskWaits(task uint64, wait trace.Wait, on uint64, _ string) {
	what := ""
	switch wait {
	case trace.WaitSleep:
		what = fmt.Sprint(" ", time.Duration(on))
	case trace.WaitFuture, trace.WaitGroup:
		what = " " + h.name("f", on)
	case trace.WaitTask:
		what = " " + h.name("T", on)
	case trace.WaitYield, trace.WaitMany:
	default:
		what = " " + h.name("o", on)
	}
	h.line("%s waits: %v%s", h.name("T", task), wait, what)
}
func (h *logHooks) TaskWoken(task uint64, wake trace.Wake, by uint64) {
	what := ""
	switch wake {
	case trace.WakeFuture:
		what = " " + h.name("f", by)
	case trace.WakeTask:
		what = " " + h.name("T", by)
	case trace.WakeObject:
		what = " " + h.name("o", by)
	}
	h.line("%s woken: %v%s", h.name("T", task), wake, what)
}
func (h *logHooks) TaskCancelled(task, by uint64, cause error) {
	why := ""
	if cause != nil {
		why = ": " + cause.Error()
	}
	h.line("%s cancelled by %s%s", h.name("T", task), h.name("T", by), why)
}
func (h *logHooks) TaskDone(task uint64, outcome trace.Outcome, err error) {
	what := ""
	if outcome == trace.OutcomeError {
		what = fmt.Sprintf(" %T", err)
	}
	h.line("%s done: %v%s", h.name("T", task), outcome, what)
}
func (h *logHooks) FutureResolved(future uint64, outcome trace.Outcome) {
	h.line("%s resolved: %v", h.name("f", future), outcome)
}
func (h *logHooks) Outside() (at int64, site uint32) { return h.outside.Add(1), 7 }

// program uses a bit of everything; it returns what happened, in order.
func program(ctx context.Context) (log []string) {
	l := asyncio.RunningLoop(ctx)
	note := func(format string, args ...any) { log = append(log, fmt.Sprintf(format, args...)) }
	one := func(i int) func(ctx context.Context) (int, error) {
		return func(ctx context.Context) (int, error) {
			note("%d begins", i)
			if err := asyncio.Sleep(ctx, time.Duration(i%3)*time.Millisecond); err != nil {
				return 0, err
			}
			v, err := asyncio.CreateTask(ctx, func(context.Context) (int, error) { note("%d's child", i); return i, nil }).Await(ctx)
			note("%d ends", i)
			return v, err
		}
	}
	var tasks []*asyncio.Task[int]
	for i := range 6 {
		tasks = append(tasks, asyncio.CreateTask(ctx, one(i)))
		l.CallSoon(func() { note("callback %d", i) })
	}
	l.CallLater(time.Millisecond, func() { note("timer") })
	l.CallLater(time.Millisecond, func() { note("never") }).Cancel()
	l.CallSoon(func() { note("never") }).Cancel()
	_ = l.CallSoonThreadsafe(func() { note("outside") })
	values, err := asyncio.Gather(ctx, tasks...)
	note("gathered %v %v", values, err)
	err = asyncio.WithTaskGroup(ctx, func(ctx context.Context, g *asyncio.TaskGroup) error {
		g.Go(func(ctx context.Context) error { err := forever(ctx); note("cut %v", err); return err })
		g.Go(func(ctx context.Context) error { _ = asyncio.Sleep(ctx, time.Millisecond); return errRun })
		return nil
	})
	note("group %v", err)
	inner, cancel := asyncio.WithTimeout(ctx, time.Millisecond)
	note("timeout %v", forever(inner))
	cancel()
	f := asyncio.NewFuture[int](l)
	f.AddDoneCallback(func() { note("done callback") })
	l.CallSoon(func() { _ = f.SetResult(3); panic("boom") })
	v, err := f.Await(ctx)
	note("future %d %v", v, err)
	victim := asyncio.CreateTask(ctx, one(2))
	_ = asyncio.Sleep(ctx, 0)
	victim.Cancel(nil)
	_, err = victim.Await(ctx)
	note("victim %v", err)
	return log
}

// Whoever looks changes nothing.
func TestHooksDoNotChangeBehaviour(t *testing.T) {
	var logs [2][]string
	hooks := &logHooks{}
	for i, h := range []asyncio.Hooks{nil, hooks} {
		v := newVirtual(t, func(cfg *asyncio.RunnerConfig) { cfg.Loop.Hooks = h })
		err := v.run(func(ctx context.Context) error { logs[i] = program(ctx); return nil })
		equal(t, "error", err, nil)
		equalAll(t, "reports", v.messages(), []string{"panic in a callback: boom"})
		v.close(t)
	}
	equalAll(t, "with hooks", logs[1], logs[0])
	if problem := hooks.unbalanced(); problem != "" {
		t.Error(problem)
	}
	equal(t, "calls of Outside", hooks.outside.Load(), 1)
}

// A span that has begun ends, however its code is left.
func TestHookSpansAreBalanced(t *testing.T) {
	for _, c := range []struct {
		name string
		main func(ctx context.Context, l *asyncio.Loop)
	}{
		{"panic in a callback", func(ctx context.Context, l *asyncio.Loop) { l.CallSoon(func() { panic("boom") }) }},
		{"panic in a timer", func(ctx context.Context, l *asyncio.Loop) { l.CallLater(0, func() { panic("boom") }) }},
		{"Stop", func(ctx context.Context, l *asyncio.Loop) { l.Stop() }},
		{"Goexit in a task", func(ctx context.Context, l *asyncio.Loop) {
			_, _ = spawn(ctx, func(context.Context) error { exit(); return nil }).Await(ctx)
		}},
		{"panic in a task", func(ctx context.Context, l *asyncio.Loop) {
			defer func() { _ = recover() }()
			_, _ = spawn(ctx, func(context.Context) error { panic("boom") }).Await(ctx)
		}},
		{"expired timeout", func(ctx context.Context, l *asyncio.Loop) {
			ctx, cancel := asyncio.WithTimeout(ctx, time.Second)
			defer cancel()
			_ = forever(ctx)
		}},
		{"Goexit in a callback", func(ctx context.Context, l *asyncio.Loop) { l.CallSoon(exit) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			hooks := &logHooks{}
			v := newVirtual(t, func(cfg *asyncio.RunnerConfig) { cfg.Loop.Hooks = hooks })
			onGoroutine(func() {
				_ = v.run(func(ctx context.Context) error {
					c.main(ctx, v.loop)
					return asyncio.Sleep(ctx, time.Second)
				})
			})
			v.close(t)
			if problem := hooks.unbalanced(); problem != "" {
				t.Errorf("%s\n%s", problem, strings.Join(hooks.lines, "\n"))
			}
			for _, line := range hooks.lines {
				if strings.Contains(line, "- runs") {
					t.Errorf("a callback without an id ran:\n%s", strings.Join(hooks.lines, "\n"))
					break
				}
			}
		})
	}
}

// recordings returns the problems of all recordings in dir, and their text.
func recordings(t *testing.T, dir string) (texts []string) {
	t.Helper()
	sources, err := trace.FollowAll(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, src := range sources {
		problems, err := validate.Records(src)
		if err != nil {
			t.Error(err)
		}
		for _, p := range problems {
			t.Errorf("%d: %v", src.Producer().ID, p)
		}
		src.Close()
	}
	sources, err = trace.FollowAll(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, src := range sources {
		var text strings.Builder
		if err := trace.WriteText(&text, src); err != nil {
			t.Error(err)
		}
		equal(t, "closed", src.Closed(), true)
		src.Close()
		texts = append(texts, text.String())
	}
	return texts
}

// A program is recorded because the environment says so, and its recording is whole.
func TestRunIsRecorded(t *testing.T) {
	for _, sites := range []string{"", "0"} {
		t.Run("sites="+sites, func(t *testing.T) {
			dir := t.TempDir()
			t.Setenv("ASYNCIO_TRACE", dir)
			t.Setenv("ASYNCIO_TRACE_SITES", sites)
			silence(t)
			err := asyncio.Run(func(ctx context.Context) error { program(ctx); return errRun })
			equal(t, "error", err, errRun)
			texts := recordings(t, dir)
			if len(texts) != 1 {
				t.Fatalf("%d recordings", len(texts))
			}
			for _, want := range []string{"LoopBegin", "LoopEnd", "TurnBegin", "PollEnd", "HandleScheduled", "HandleCancelled",
				"origin=timer", "origin=outside", "origin=done", "TaskCreated", "TaskWoken", "TaskCancelled", "TaskDone", "FutureResolved"} {
				if !strings.Contains(texts[0], want) {
					t.Errorf("no %s in the recording", want)
				}
			}
			equal(t, "sites", strings.Contains(texts[0], "hooks_test.go"), sites == "")
		})
	}
}

// Each loop of a process has a recording of its own.
func TestLoopsAreRecordedSeparately(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("ASYNCIO_TRACE", dir)
	const n = 3
	errs := make(chan error, n)
	for range n {
		go func() { errs <- asyncio.Run(func(ctx context.Context) error { return asyncio.Sleep(ctx, 0) }) }()
	}
	for range n {
		equal(t, "error", <-errs, nil)
	}
	equal(t, "recordings", len(recordings(t, dir)), n)
	files, err := os.ReadDir(dir)
	equal(t, "error", err, nil)
	equal(t, "files", len(files), n)
}

// A call that comes too late for a loop may still ask its hooks where it was made.
func TestOutsideCallAfterRecording(t *testing.T) {
	t.Setenv("ASYNCIO_TRACE", t.TempDir())
	l, err := asyncio.NewLoop(asyncio.LoopConfig{})
	if err != nil {
		t.Fatal(err)
	}
	begun, over := make(chan struct{}), make(chan error)
	go func() {
		close(begun)
		for {
			if err := l.CallSoonThreadsafe(func() {}); err != nil {
				over <- err
				return
			}
		}
	}()
	<-begun
	equal(t, "Close", l.Close(), nil)
	if err := <-over; !errors.Is(err, asyncio.ErrLoopClosed) {
		t.Errorf("error: %v", err)
	}
}

// A poll that fails has ended, too.
func TestHooksOfFailingPoll(t *testing.T) {
	hooks := &logHooks{}
	l, err := asyncio.NewLoop(asyncio.LoopConfig{Hooks: hooks, Selector: failingSelector(), Waker: fakeWaker()})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.RunForever(); !errors.Is(err, errRun) {
		t.Errorf("error: %v", err)
	}
	equal(t, "Close", l.Close(), nil)
	if problem := hooks.unbalanced(); problem != "" {
		t.Error(problem)
	}
	equal(t, "a poll", slices.ContainsFunc(hooks.lines, func(s string) bool { return strings.Contains(s, "poll for ever") }), true)
}

var _ selector.Selector = (*brokenSelector)(nil)
