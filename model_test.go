// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/trace"
)

// The model test lets random trees of tasks, groups, timeouts, gathers and cancellations run on
// virtual time, and checks what must hold of each wait, task and group, whatever happens.
// ASYNCIO_TEST_SEED=N runs one seed again.

func TestModel(t *testing.T) {
	if text := os.Getenv("ASYNCIO_TEST_SEED"); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		runModel(t, seed)
		return
	}
	first := rand.Uint64()
	for i := range uint64(150) {
		if runModel(t, first+i); t.Failed() {
			t.Fatalf("run it again with ASYNCIO_TEST_SEED=%d", first+i)
		}
	}
}

// model is one run.
type model struct {
	t       *testing.T
	rand    *rand.Rand
	v       *virtual
	left    int // tasks that may still be created
	created int
	ended   int
	log     []string // what happened, to compare two runs
	tasks   []*asyncio.Task[int]
	futures []*asyncio.Future[int]
}

var errModel = errors.New("model")

func runModel(t *testing.T, seed uint64) {
	t.Helper()
	// Somebody who watches must not change anything either.
	watch := &wakeHooks{t: t, waiting: map[uint64]bool{}}
	a, b := playModel(t, seed, nil), playModel(t, seed, watch)
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			t.Errorf("two runs differ at %d: %q and %q", i, a[i], b[i])
			return
		}
	}
	equal(t, "length of the two runs", len(a), len(b))
	equal(t, "unbalanced", watch.unbalanced(), "")
	equal(t, "tasks that still wait", len(watch.waiting), 0)
}

// wakeHooks check that each wait is ended by one wake-up, before the next step.
type wakeHooks struct {
	logHooks
	t       *testing.T
	waiting map[uint64]bool
}

func (h *wakeHooks) TaskWaits(task uint64, wait trace.Wait, on uint64, words string) {
	h.logHooks.TaskWaits(task, wait, on, words)
	equal(h.t, "waits already", h.waiting[task], false)
	h.waiting[task] = true
}

func (h *wakeHooks) TaskWoken(task uint64, wake trace.Wake, by uint64) {
	h.logHooks.TaskWoken(task, wake, by)
	equal(h.t, "is woken in a wait", h.waiting[task], true)
	delete(h.waiting, task)
}

func (h *wakeHooks) StepBegin(task uint64) {
	h.logHooks.StepBegin(task)
	equal(h.t, "a step of a task that waits", h.waiting[task], false)
}

func playModel(t *testing.T, seed uint64, hooks asyncio.Hooks) []string {
	t.Helper()
	m := &model{t: t, rand: rand.New(rand.NewPCG(seed, 0)), left: 60}
	m.v = newVirtual(t, func(cfg *asyncio.RunnerConfig) { cfg.Loop.Hooks = hooks })
	err := m.v.run(func(ctx context.Context) error {
		for range 5 {
			m.futures = append(m.futures, asyncio.NewFuture[int](m.v.loop))
		}
		for m.left > 0 {
			m.act(ctx, 0)
		}
		// The end of the world: what nobody else ends is cancelled.
		for _, task := range m.tasks {
			task.Cancel(errModel)
		}
		_, _, err := asyncio.Wait(context.WithoutCancel(ctx), asyncio.AllCompleted, m.tasks...)
		return err
	})
	equal(t, "error", err, nil)
	m.v.close(t)
	equal(t, "ended", m.ended, m.created)
	for _, task := range m.tasks {
		equal(t, "done", task.Done(), true)
	}
	return m.log
}

func (m *model) note(format string, args ...any) {
	m.log = append(m.log, fmt.Sprintf("%v: %s", m.v.clock.Now(), fmt.Sprintf(format, args...)))
}

func (m *model) d() time.Duration { return time.Duration(m.rand.IntN(20)) }

// body is what a task does: some things, one after the other.
func (m *model) body(name int, depth int) func(ctx context.Context) (int, error) {
	m.created++
	m.left--
	var self *asyncio.AnyTask
	return func(ctx context.Context) (int, error) {
		task := asyncio.CurrentTask(ctx)
		if self != nil {
			m.t.Errorf("task %d begins twice", name)
		}
		self = &task
		m.note("%d begins", name)
		defer func() {
			if asyncio.CurrentTask(ctx) != task {
				m.t.Errorf("task %d is not the current one at its end", name)
			}
			m.note("%d ends", name)
		}()
		for range 1 + m.rand.IntN(3) {
			if err := m.act(ctx, depth); err != nil && m.rand.IntN(4) > 0 {
				return 0, err
			}
			if asyncio.CurrentTask(ctx) != task {
				m.t.Errorf("task %d is not the current one", name)
			}
		}
		switch m.rand.IntN(12) {
		case 0:
			return 0, errModel
		case 1:
			panic(errModel)
		}
		return name, nil
	}
}

// spawn creates a task, by ctx or in g.
func (m *model) spawn(ctx context.Context, g group, depth int) *asyncio.Task[int] {
	fn := m.body(m.created, depth+1)
	var task *asyncio.Task[int]
	if g != nil {
		task = asyncio.CreateTaskIn(g, fn)
	} else {
		task = asyncio.CreateTask(ctx, fn)
	}
	task.AddDoneCallback(func() { m.ended++ })
	m.tasks = append(m.tasks, task)
	return task
}

// wait checks a wait: its error is that of its context, or comes from what it waited for.
func (m *model) wait(ctx context.Context, what string, own func(err error) bool, wait func() error) error {
	before := ctx.Err()
	err := wait()
	m.note("%s: %s", what, brief(err))
	switch {
	case before != nil && !errors.Is(err, before):
		m.t.Errorf("%s under a cancelled context: %v", what, err)
	case err != nil && ctx.Err() == nil && !own(err):
		m.t.Errorf("%s under a context that is not cancelled: %v", what, err)
	}
	return err
}

// brief is err without stacks and ids, which differ from run to run.
func brief(err error) string {
	var p *asyncio.PanicError
	switch {
	case errors.As(err, &p):
		return "panic"
	case err != nil:
		return err.Error()
	}
	return "ok"
}

func never(error) bool  { return false }
func always(error) bool { return true }

// guard catches the panics that come from awaited tasks.
func guard(fn func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = v.(*asyncio.PanicError)
			if !errors.Is(err, errModel) {
				panic(v)
			}
		}
	}()
	return fn()
}

// act does one thing.
func (m *model) act(ctx context.Context, depth int) error {
	if depth > 5 || m.left <= 0 {
		return m.sleep(ctx)
	}
	switch m.rand.IntN(13) {
	case 0:
		m.spawn(ctx, nil, depth)
		return nil
	case 1:
		m.spawn(context.WithoutCancel(ctx), nil, depth)
		return nil
	case 2:
		task := m.spawn(ctx, nil, depth)
		return m.wait(ctx, "await", always, func() error {
			return guard(func() error { return second(task.Await(ctx)) })
		})
	case 3, 4:
		return m.group(ctx, depth)
	case 5, 6:
		return m.timeout(ctx, depth)
	case 7:
		return m.gather(ctx, depth)
	case 8:
		return m.wait(ctx, "Wait", never, func() error {
			_, _, err := asyncio.Wait(ctx, asyncio.FirstCompleted, m.spawn(ctx, nil, depth), m.spawn(ctx, nil, depth))
			return err
		})
	case 9:
		if len(m.tasks) > 0 {
			victim := m.tasks[m.rand.IntN(len(m.tasks))]
			ended := victim.Done()
			equal(m.t, "Cancel", victim.Cancel(errModel), !ended)
			m.note("cancels %v", !ended)
		}
		return nil
	case 10:
		return m.future(ctx)
	case 11:
		return m.shield(ctx)
	default:
		return m.sleep(ctx)
	}
}

func (m *model) sleep(ctx context.Context) error {
	d, start := m.d(), m.v.clock.Now()
	return m.wait(ctx, "sleep", never, func() error {
		err := asyncio.Sleep(ctx, d)
		if slept := m.v.clock.Now() - start; err == nil && slept != d || slept > d {
			m.t.Errorf("slept %v, wanted %v: %v", slept, d, err)
		}
		return err
	})
}

func (m *model) group(ctx context.Context, depth int) error {
	var mine []*asyncio.Task[int]
	err := guard(func() error {
		return asyncio.WithTaskGroup(ctx, func(ctx context.Context, g group) error {
			for range m.rand.IntN(4) {
				mine = append(mine, m.spawn(ctx, g, depth))
			}
			if m.rand.IntN(5) == 0 {
				g.Cancel()
			}
			if m.rand.IntN(3) == 0 {
				return nil
			}
			return m.act(ctx, depth+1)
		})
	})
	m.note("group: %s", brief(err))
	for _, task := range mine {
		if !task.Done() {
			m.t.Errorf("%v is in a group that has ended", task)
		}
	}
	return err
}

func (m *model) timeout(ctx context.Context, depth int) error {
	d := m.d() - 2
	scoped, timeout := asyncio.NewTimeout(ctx, d)
	defer timeout.Stop()
	err := m.act(scoped, depth+1)
	if m.rand.IntN(4) == 0 {
		timeout.Reschedule(m.d())
		err = m.act(scoped, depth+1)
	}
	if ctx.Err() == nil && timeout.Expired() != (scoped.Err() != nil) {
		m.t.Errorf("expired %v, but the context's error is %v", timeout.Expired(), scoped.Err())
	}
	return err
}

func (m *model) gather(ctx context.Context, depth int) error {
	var tasks []*asyncio.Task[int]
	for range 1 + m.rand.IntN(3) {
		tasks = append(tasks, m.spawn(ctx, nil, depth))
	}
	return m.wait(ctx, "gather", always, func() error {
		err := guard(func() error {
			values, err := asyncio.Gather(ctx, tasks...)
			if err == nil {
				equal(m.t, "values", len(values), len(tasks))
			}
			return err
		})
		for _, task := range tasks {
			if !task.Done() {
				m.t.Errorf("%v goes on after its gather", task)
			}
		}
		return err
	})
}

// future waits for one of the shared futures, or provides a result.
func (m *model) future(ctx context.Context) error {
	i := m.rand.IntN(len(m.futures))
	f := m.futures[i]
	switch m.rand.IntN(3) {
	case 0:
		_ = f.SetResult(i)
		m.futures[i] = asyncio.NewFuture[int](m.v.loop)
		return nil
	case 1:
		f.Cancel()
		m.futures[i] = asyncio.NewFuture[int](m.v.loop)
		return nil
	}
	// Somebody may never provide it.
	scoped, cancel := asyncio.WithTimeout(ctx, 30)
	defer cancel()
	return m.wait(scoped, "future", func(err error) bool { return f.Cancelled() }, func() error {
		value, err := f.Await(scoped)
		if err == nil && value != i {
			m.t.Errorf("future %d: %d", i, value)
		}
		return err
	})
}

func (m *model) shield(ctx context.Context) error {
	d := m.d()
	return m.wait(ctx, "shield", never, func() error {
		_, err := asyncio.Shield(ctx, func(ctx context.Context) (int, error) { return 0, asyncio.Sleep(ctx, d) })
		return err
	})
}
