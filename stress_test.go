// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"flag"
	"io"
	"math/rand/v2"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/record"
	"github.com/gocurtain/asyncio/selector"
	"github.com/gocurtain/asyncio/trace"
)

var seed = flag.Uint64("seed", 0, "the seed of TestStress; 0 for another one each time")

// TestStress does many operations of all kinds at once, and looks after each batch whether
// something is left behind. ASYNCIO_STRESS says how many; the proof of the project is a million
// under the race detector.
func TestStress(t *testing.T) {
	count := 50_000
	if testing.Short() {
		count = 20_000
	}
	if text := os.Getenv("ASYNCIO_STRESS"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		count = n
	}
	start := *seed
	if start == 0 {
		start = rand.Uint64() | 1
	}
	t.Logf("%d operations; to repeat: -run TestStress -seed %d", count, start)
	// With hooks a task is never handed over directly, so both ways are worth a half.
	t.Run("plain", func(t *testing.T) { stressLoop(t, start, count/2, nil) })
	t.Run("hooked", func(t *testing.T) { stressLoop(t, start, count/2, newWakeChecker(t)) })
}

func stressLoop(t *testing.T, seed uint64, count int, hooks *wakeChecker) {
	const batch = 1000
	real := newSelector(t)
	clock := &virtualClock{}
	cfg := asyncio.RunnerConfig{IgnoreSignals: true, Loop: asyncio.LoopConfig{
		Clock:    clock,
		Selector: &jumpingSelector{Selector: real, clock: clock},
		ExceptionHandler: func(_ *asyncio.Loop, ec asyncio.ExceptionContext) {
			t.Errorf("reported: %s: %v", ec.Message, ec.Err)
		},
	}}
	if hooks != nil {
		cfg.Loop.Hooks = hooks
	}
	r, err := asyncio.NewRunner(cfg)
	if err != nil {
		t.Fatal(err)
	}
	s := &stress{t: t, l: r.Loop(), random: rand.New(rand.NewPCG(seed, 1))}
	err = r.Run(func(ctx context.Context) error {
		for s.ops < count && !t.Failed() {
			s.batch(ctx, s.ops+batch)
			if hooks != nil {
				hooks.settled()
			}
		}
		return nil
	})
	equal(t, "error", err, nil)
	equal(t, "Close", r.Close(), nil)
}

// jumpingSelector waits for other goroutines, but not for the time, which it moves on.
type jumpingSelector struct {
	selector.Selector
	clock *virtualClock
}

func (s *jumpingSelector) Wait(timeout time.Duration, into []selector.Event) ([]selector.Event, error) {
	if timeout > 0 {
		s.clock.advance(timeout)
		timeout = 0
	}
	return s.Selector.Wait(timeout, into)
}

// wakeChecker sees that each wait of a task is ended by exactly one wake-up.
type wakeChecker struct {
	*record.Recorder // the hooks it does not look at
	t                *testing.T
	ready            map[uint64]bool // of a task that has not ended: its next step is scheduled
}

func newWakeChecker(t *testing.T) *wakeChecker {
	rec, err := record.Stream(io.Discard, record.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return &wakeChecker{Recorder: rec, t: t, ready: map[uint64]bool{}}
}

func (c *wakeChecker) TaskCreated(task, parent uint64) { c.ready[task] = true }

func (c *wakeChecker) TaskWoken(task uint64, wake trace.Wake, _ uint64) {
	if ready, live := c.ready[task]; ready || !live {
		c.t.Errorf("task %d is woken by %v; ready: %v, live: %v", task, wake, ready, live)
	}
	c.ready[task] = true
}

func (c *wakeChecker) StepBegin(task uint64) {
	if !c.ready[task] {
		c.t.Errorf("task %d steps, but was not woken", task)
	}
	c.ready[task] = false
}

func (c *wakeChecker) TaskDone(task uint64, _ trace.Outcome, _ error) {
	if _, live := c.ready[task]; !live {
		c.t.Errorf("task %d is done twice", task)
	}
	delete(c.ready, task)
}

// settled is called when only the main task is left.
func (c *wakeChecker) settled() { equal(c.t, "tasks that have not ended", len(c.ready), 1) }

type stress struct {
	t       *testing.T
	l       *asyncio.Loop
	random  *rand.Rand
	ops     int
	outside int // calls on their way from other goroutines
}

// batch does operations, at least until there were limit of them, and checks that nothing is left
// of them.
func (s *stress) batch(ctx context.Context, limit int) {
	var workers []*asyncio.Task[struct{}]
	for i := range 20 {
		from := ctx
		if i%4 == 0 {
			from = s.l.Context()
		}
		workers = append(workers, spawn(from, func(ctx context.Context) error {
			for s.ops < limit {
				if err := s.op(ctx, 3); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	_, err := asyncio.Gather(ctx, workers...)
	equal(s.t, "error", err, nil)
	// A task whose awaiter has gone may still wait to hear from another goroutine: that its future
	// is resolved, or its context cancelled.
	for range 100_000 {
		if s.outside == 0 && s.l.Stats().Tasks == 1 {
			break
		}
		if err := asyncio.Sleep(ctx, time.Microsecond); err != nil { // or for a timer
			s.t.Error(err)
		}
		runtime.Gosched()
	}
	// An error that was awaited late leaves a timer of a second.
	if err := asyncio.Sleep(ctx, time.Hour); err != nil {
		s.t.Error(err)
	}
	stats := s.l.Stats()
	stats.Coroutines = 0
	equal(s.t, "left of the batch", stats, asyncio.LoopStats{Tasks: 1})
	equal(s.t, "contexts below the loop's", asyncio.ScopeInUse(s.l.Context()), false)
	equal(s.t, "contexts below main's", asyncio.ScopeInUse(ctx), false)
}

// op does one operation of any kind, and others within it. Its error is that of a cancellation of
// ctx.
func (s *stress) op(ctx context.Context, depth int) error {
	s.ops++
	kinds := []func(context.Context, int) error{
		s.sleep, s.await, s.cancel, s.timeout, s.gather, s.resolve, s.group, s.waiters, s.std, s.shield, s.asCompleted,
	}
	if depth == 0 {
		return s.sleep(ctx, 0)
	}
	return s.check(ctx, kinds[s.random.IntN(len(kinds))](ctx, depth-1))
}

// check complains of an error that is not that of a cancelled ctx.
func (s *stress) check(ctx context.Context, err error) error {
	if err != nil && !errors.Is(err, ctx.Err()) {
		s.t.Errorf("error %v, that of the context is %v", err, ctx.Err())
	}
	return err
}

func (s *stress) short() time.Duration { return time.Duration(s.random.IntN(4)) * time.Microsecond }

// task creates one that does an operation and returns id.
func (s *stress) task(ctx context.Context, depth, id int) *asyncio.Task[int] {
	return asyncio.CreateTask(ctx, func(ctx context.Context) (int, error) { return id, s.op(ctx, depth) })
}

func (s *stress) sleep(ctx context.Context, _ int) error { return asyncio.Sleep(ctx, s.short()) }

func (s *stress) await(ctx context.Context, depth int) error {
	id := s.ops
	value, err := s.task(ctx, depth, id).Await(ctx)
	if err == nil {
		equal(s.t, "value of a task", value, id)
	}
	return err
}

// settle waits for a task that was cancelled, or may have been with its parent.
func (s *stress) settle(ctx context.Context, task *asyncio.Task[int], id int) {
	value, err := task.Await(context.WithoutCancel(ctx))
	switch {
	case err == nil:
		equal(s.t, "value of a task", value, id)
	case !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded):
		s.t.Errorf("a task that was cancelled: %v", err)
	}
}

func (s *stress) cancel(ctx context.Context, depth int) error {
	id := s.ops
	task := s.task(ctx, depth, id)
	err := s.sleep(ctx, 0)
	for range s.random.IntN(3) {
		task.Cancel(errRun)
	}
	s.settle(ctx, task, id)
	return err
}

func (s *stress) timeout(ctx context.Context, depth int) error {
	inner, timeout := asyncio.NewTimeout(ctx, s.short())
	defer timeout.Stop()
	if s.random.IntN(2) == 0 {
		timeout.Reschedule(s.short())
	}
	if s.random.IntN(2) == 0 {
		if s.op(inner, depth) == nil {
			return nil
		}
	}
	err := forever(inner)
	equal(s.t, "error of a timeout", err, inner.Err())
	if ctx.Err() == nil {
		equal(s.t, "error of a timeout", err, context.DeadlineExceeded)
		equal(s.t, "expired", timeout.Expired(), true)
	}
	return ctx.Err()
}

func (s *stress) gather(ctx context.Context, depth int) error {
	var tasks []*asyncio.Task[int]
	for i := range s.random.IntN(4) {
		tasks = append(tasks, s.task(ctx, depth, i))
	}
	fails := s.random.IntN(3) == 0
	if fails {
		tasks = append(tasks, asyncio.CreateTask(ctx, func(ctx context.Context) (int, error) {
			return 0, errors.Join(errRun, s.sleep(ctx, 0))
		}))
	}
	values, err := asyncio.Gather(ctx, tasks...)
	if err == nil {
		equal(s.t, "gathered", len(values), len(tasks))
		equal(s.t, "without an error", fails, false)
		for i, v := range values {
			equal(s.t, "value", v, i)
		}
	}
	for _, task := range tasks {
		equal(s.t, "done after gather", task.Done(), true)
	}
	if fails && errors.Is(err, errRun) {
		return ctx.Err()
	}
	return err
}

// resolve waits for a future that another goroutine resolves.
func (s *stress) resolve(ctx context.Context, _ int) error {
	id := s.ops
	f := asyncio.NewFuture[int](s.l)
	s.fromOutside(func() { equal(s.t, "SetResult", f.SetResult(id), nil) })
	value, err := f.Await(ctx)
	if err == nil {
		equal(s.t, "value of a future", value, id)
	}
	return err
}

func (s *stress) fromOutside(fn func()) {
	s.outside++
	go func() {
		err := s.l.CallSoonThreadsafe(func() {
			s.outside--
			fn()
		})
		if err != nil {
			s.t.Error(err)
		}
	}()
}

func (s *stress) group(ctx context.Context, depth int) error {
	fails, live := s.random.IntN(3) == 0, 0
	err := asyncio.WithTaskGroup(ctx, func(ctx context.Context, g *asyncio.TaskGroup) error {
		for range s.random.IntN(4) {
			g.Go(func(ctx context.Context) error {
				live++
				defer func() { live-- }()
				return s.op(ctx, depth)
			})
		}
		if fails {
			g.Go(func(ctx context.Context) error { return errors.Join(errRun, s.sleep(ctx, 0)) })
		}
		if s.random.IntN(4) == 0 {
			g.Cancel()
		}
		return nil
	})
	equal(s.t, "live after the group", live, 0)
	if fails && errors.Is(err, errRun) {
		return ctx.Err()
	}
	return err
}

// waiters are many at one future, tasks and callbacks; some go before it is resolved.
func (s *stress) waiters(ctx context.Context, _ int) error {
	id := s.ops
	f := asyncio.NewFuture[int](s.l)
	woken, called, taken := 0, 0, 0
	var tasks []*asyncio.Task[int]
	n := 1 + s.random.IntN(5)
	for i := range n {
		tasks = append(tasks, asyncio.CreateTask(ctx, func(ctx context.Context) (int, error) {
			value, err := f.Await(ctx)
			woken++
			return value, err
		}))
		remove := f.AddDoneCallback(func() { called++ })
		if i%2 == 0 && remove() {
			taken++
		}
	}
	if err := s.sleep(ctx, 0); err == nil {
		tasks[s.random.IntN(n)].Cancel(nil)
	}
	set := func() { equal(s.t, "SetResult", f.SetResult(id), nil) }
	if s.random.IntN(2) == 0 {
		s.fromOutside(set)
	} else {
		s.l.CallLater(s.short(), set)
	}
	for _, task := range tasks {
		s.settle(ctx, task, id)
	}
	for !f.Done() || called < n-taken {
		if err := asyncio.Sleep(context.WithoutCancel(ctx), time.Microsecond); err != nil {
			s.t.Error(err)
		}
	}
	if woken > n || called != n-taken {
		s.t.Errorf("of %d waiters %d were woken, of %d callbacks %d called", n, woken, n-taken, called)
	}
	return ctx.Err()
}

// std waits under a context of the standard library that another goroutine cancels.
func (s *stress) std(ctx context.Context, depth int) error {
	inner, cancel := context.WithCancelCause(ctx)
	go cancel(errRun)
	task := s.task(inner, depth, 0)
	err := forever(inner)
	equal(s.t, "error under a std context", err, inner.Err())
	s.settle(ctx, task, 0)
	return ctx.Err()
}

func (s *stress) shield(ctx context.Context, depth int) error {
	id := s.ops
	value, err := asyncio.Shield(ctx, func(ctx context.Context) (int, error) { return id, s.op(ctx, depth) })
	if err == nil {
		equal(s.t, "value of a shielded task", value, id)
	}
	return err
}

func (s *stress) asCompleted(ctx context.Context, depth int) error {
	var tasks []*asyncio.Task[int]
	for i := range s.random.IntN(4) {
		tasks = append(tasks, s.task(ctx, depth, i))
	}
	for task, err := range asyncio.AsCompleted(ctx, tasks...) {
		if err != nil {
			return err
		}
		equal(s.t, "done", task.Done(), true)
		if _, err := task.Result(); err != nil {
			return s.check(ctx, err)
		}
	}
	return nil
}
