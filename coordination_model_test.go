// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
)

// The coordination model lets random tasks lock, put, get, notify and meet, under random
// cancellations and timeouts, and checks what must hold whatever happens: one holder, first come
// first served, no permit, item or wake-up lost. ASYNCIO_TEST_SEED=N runs one seed again.

func TestCoordinationModel(t *testing.T) {
	if text := os.Getenv("ASYNCIO_TEST_SEED"); text != "" {
		seed, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		playCoordination(t, seed)
		return
	}
	first := rand.Uint64()
	for i := range uint64(150) {
		if playCoordination(t, first+i); t.Failed() {
			t.Fatalf("run it again with ASYNCIO_TEST_SEED=%d", first+i)
		}
	}
}

// FuzzCoordination is TestCoordinationModel with seeds that the fuzzer finds.
func FuzzCoordination(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(playCoordination)
}

// playCoordination plays a seed with hooks and without, which must make no difference.
func playCoordination(t *testing.T, seed uint64) {
	t.Helper()
	plain := newCoordination(t, seed, nil)
	watch := &wakeHooks{t: t, waiting: map[uint64]bool{}}
	hooked := newCoordination(t, seed, watch)
	equalAll(t, "events of the two runs", hooked.log, plain.log)
	equal(t, "tasks that still wait", len(watch.waiting), 0)
}

const modelPermits = 3

type coordination struct {
	t    *testing.T
	rand *rand.Rand
	loop *asyncio.Loop
	log  []string

	lock      asyncio.Lock
	cond      *asyncio.Condition
	semaphore *asyncio.BoundedSemaphore
	barrier   *asyncio.Barrier
	event     asyncio.Event
	queue     *asyncio.Queue[int]

	lockLine       line
	holders, users int
	puts           int
	got            []int
	numbers        map[int]int // of the barrier: how often each came
	tokens         int         // to be consumed under the condition
	tasks          []*asyncio.Task[struct{}]
}

func newCoordination(t *testing.T, seed uint64, hooks asyncio.Hooks) *coordination {
	t.Helper()
	m := &coordination{
		t:         t,
		rand:      rand.New(rand.NewPCG(seed, 2)),
		semaphore: asyncio.NewBoundedSemaphore(modelPermits),
		barrier:   asyncio.NewBarrier(3),
		queue:     asyncio.NewQueue[int](2),
		numbers:   map[int]int{},
	}
	m.cond = asyncio.NewCondition(&m.lock)
	m.lockLine.t = t
	v := newVirtual(t, func(cfg *asyncio.RunnerConfig) { cfg.Loop.Hooks = hooks })
	m.loop = v.loop
	equal(t, "error", v.run(m.play), nil)
	v.close(t)
	m.check()
	return m
}

// play creates the tasks, cancels some of them, and in the end all.
func (m *coordination) play(ctx context.Context) error {
	for i := range 25 {
		m.tasks = append(m.tasks, spawn(ctx, func(ctx context.Context) error { return m.body(ctx, i) }))
	}
	for range 30 {
		if err := asyncio.Sleep(ctx, m.d()); err != nil {
			return err
		}
		switch m.rand.IntN(3) {
		case 0:
			m.event.Set()
		case 1:
			m.event.Clear()
		}
		m.tasks[m.rand.IntN(len(m.tasks))].Cancel(errModel)
	}
	for _, task := range m.tasks {
		task.Cancel(errModel)
	}
	_, _, err := asyncio.Wait(ctx, asyncio.AllCompleted, m.tasks...)
	return err
}

func (m *coordination) d() time.Duration { return time.Duration(m.rand.IntN(8)) }

func (m *coordination) note(format string, args ...any) {
	m.log = append(m.log, fmt.Sprintf(format, args...))
}

// body does random things until it is cancelled.
func (m *coordination) body(ctx context.Context, name int) error {
	acts := []func(context.Context) error{m.locks, m.consumes, m.produces, m.uses, m.offers, m.gets, m.meets, m.waits}
	for ctx.Err() == nil {
		i := m.rand.IntN(len(acts))
		limited, stop := asyncio.NewTimeout(ctx, m.d()*3)
		err := acts[i](limited)
		m.note("%d does %d: %v", name, i, err)
		if err != nil && limited.Err() == nil {
			m.t.Errorf("act %d under a context that is not cancelled: %v", i, err)
		}
		stop.Stop()
		if err := asyncio.Sleep(ctx, m.d()); err != nil {
			return nil
		}
	}
	return nil
}

// line checks that those who get something come in the order in which they asked.
type line struct {
	t       *testing.T
	waiting []*ticket
}

type ticket struct{ overtaken bool }

func (l *line) ask(ask func() error) error {
	mine := &ticket{}
	l.waiting = append(l.waiting, mine)
	err := ask()
	for i, other := range l.waiting {
		if other == mine {
			l.waiting = slices.Delete(l.waiting, i, i+1)
			break
		}
		// It was cancelled, or else mine has barged.
		other.overtaken = other.overtaken || err == nil
	}
	if err == nil && mine.overtaken {
		l.t.Error("somebody came later and got it first")
	}
	return err
}

func (m *coordination) locks(ctx context.Context) error {
	if err := m.lockLine.ask(func() error { return m.lock.Acquire(ctx) }); err != nil {
		return err
	}
	defer m.lock.Release()
	return m.hold(ctx)
}

func (m *coordination) hold(ctx context.Context) error {
	m.holders++
	equal(m.t, "holders of the lock", m.holders, 1)
	err := asyncio.Sleep(ctx, m.d())
	m.holders--
	return err
}

// consumes waits for a token under the condition.
func (m *coordination) consumes(ctx context.Context) error {
	return m.cond.Do(ctx, func(ctx context.Context) error {
		if err := m.cond.WaitFor(ctx, func() bool { return m.tokens > 0 }); err != nil {
			m.holders++ // it has the lock also after an error
			equal(m.t, "holders of the lock", m.holders, 1)
			m.holders--
			return err
		}
		m.tokens--
		return m.hold(ctx)
	})
}

func (m *coordination) produces(ctx context.Context) error {
	return m.cond.Do(ctx, func(ctx context.Context) error {
		m.tokens++
		m.cond.Notify(1)
		return m.hold(ctx)
	})
}

func (m *coordination) uses(ctx context.Context) error {
	if err := m.semaphore.Acquire(ctx); err != nil {
		return err
	}
	defer m.semaphore.Release()
	m.users++
	defer func() { m.users-- }()
	if m.users > modelPermits {
		m.t.Errorf("%d tasks have a permit", m.users)
	}
	return asyncio.Sleep(ctx, m.d())
}

func (m *coordination) offers(ctx context.Context) error {
	item := m.puts
	m.puts++
	err := m.queue.Put(ctx, item)
	if err != nil {
		m.got = append(m.got, item) // nobody will get it
	}
	if n := m.queue.Len(); n > m.queue.Cap() {
		m.t.Errorf("%d items in a queue for %d", n, m.queue.Cap())
	}
	return err
}

func (m *coordination) gets(ctx context.Context) error {
	item, err := m.queue.Get(ctx)
	if err == nil {
		m.got = append(m.got, item)
		m.queue.TaskDone()
	}
	return err
}

func (m *coordination) meets(ctx context.Context) error {
	number, err := m.barrier.Wait(ctx)
	if err == nil {
		m.numbers[number]++
	}
	return err
}

func (m *coordination) waits(ctx context.Context) error { return m.event.Wait(ctx) }

// check is what must hold when all tasks have ended.
func (m *coordination) check() {
	t := m.t
	for m.queue.Len() > 0 {
		item, err := m.queue.TryGet()
		equal(t, "TryGet", err, nil)
		m.got = append(m.got, item)
		m.queue.TaskDone()
	}
	slices.Sort(m.got)
	for i, item := range m.got {
		equal(t, "item", item, i)
	}
	equal(t, "items", len(m.got), m.puts)
	equal(t, "queue", m.queue.String(), "Queue(0 of 2 items, 0 getting, 0 putting, 0 unfinished)")
	equal(t, "lock", m.lock.String(), "Lock(unlocked)")
	equal(t, "condition", m.cond.String(), "Condition(Lock(unlocked), 0 waiting)")
	equal(t, "semaphore", m.semaphore.String(), "BoundedSemaphore(3 of 3 free, 0 waiting)")
	equal(t, "barrier", m.barrier.String(), "Barrier(0 of 3 waiting)")
	equal(t, "numbers 0 and 1", m.numbers[0], m.numbers[1])
	equal(t, "numbers 0 and 2", m.numbers[0], m.numbers[2])
}
