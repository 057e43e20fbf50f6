// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/trace"
	"github.com/gocurtain/asyncio/waitgraph"
)

// waitIn makes a task that waits in q, with its name for what, and notes that it was woken.
func waitIn(ctx context.Context, q *asyncio.WaitQueue, name string, woken *[]string) *asyncio.Task[struct{}] {
	task := spawn(ctx, func(ctx context.Context) error {
		err := q.Wait(ctx, trace.WaitObject, asyncio.Words(name))
		if err == nil {
			*woken = append(*woken, name)
		}
		return err
	})
	task.SetName(name)
	return task
}

func TestWaitQueueIsFair(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var q asyncio.WaitQueue
		var woken []string
		tasks := map[string]*asyncio.Task[struct{}]{}
		for _, name := range []string{"a", "b", "c", "d"} {
			tasks[name] = waitIn(ctx, &q, name, &woken)
		}
		yield(t, ctx)
		equal(t, "Len", q.Len(), 4)
		equal(t, "WakeOne", q.WakeOne(), asyncio.AnyTask(tasks["a"]))
		equal(t, "Len", q.Len(), 3)
		yield(t, ctx)
		equalAll(t, "woken", woken, []string{"a"})
		equal(t, "WakeAll", q.WakeAll(), 3)
		equal(t, "WakeOne of an empty queue", q.WakeOne(), nil)
		equal(t, "WakeAll of an empty queue", q.WakeAll(), 0)
		yield(t, ctx)
		equalAll(t, "woken", woken, []string{"a", "b", "c", "d"})
	})
}

// Whoever is cancelled before it is woken is passed over, wherever it stands; whoever was woken
// before was woken.
func TestWaitQueueUnderCancellation(t *testing.T) {
	for cancelled := range 3 {
		inVirtual(t, func(ctx context.Context) {
			var q asyncio.WaitQueue
			var woken []string
			names := []string{"a", "b", "c"}
			var tasks []*asyncio.Task[struct{}]
			for _, name := range names {
				tasks = append(tasks, waitIn(ctx, &q, name, &woken))
			}
			yield(t, ctx)
			tasks[cancelled].Cancel(nil)
			equal(t, "Len", q.Len(), 2) // also before it has left
			left := slices.DeleteFunc(slices.Clone(tasks), func(task *asyncio.Task[struct{}]) bool { return task == tasks[cancelled] })
			equal(t, "WakeOne", q.WakeOne(), asyncio.AnyTask(left[0]))
			left[0].Cancel(nil) // too late
			equal(t, "WakeOne", q.WakeOne(), asyncio.AnyTask(left[1]))
			equal(t, "WakeOne", q.WakeOne(), nil)
			yield(t, ctx)
			equalAll(t, "woken", woken, slices.Delete(slices.Clone(names), cancelled, cancelled+1))
			_, err := tasks[cancelled].Await(ctx)
			equal(t, "error", err, context.Canceled)
		})
	}
}

func TestWaitQueueBeforeTheWait(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var q asyncio.WaitQueue
		gone, cancel := context.WithCancel(ctx)
		cancel()
		equal(t, "Enter", q.Enter(gone), context.Canceled)
		equal(t, "Wait", q.Wait(gone, trace.WaitObject, nil), context.Canceled)
		equal(t, "Len", q.Len(), 0)
		equal(t, "Enter", q.Enter(ctx), nil)
		equal(t, "no task", errors.Is(q.Enter(context.Background()), asyncio.ErrNoTask), true)
		equal(t, "no task", errors.Is(q.Wait(asyncio.RunningLoop(ctx).Context(), 0, nil), asyncio.ErrNoTask), true)
		inner := make(chan error)
		go func() {
			inner <- asyncio.Run(func(ctx context.Context) error { return q.Enter(ctx) })
		}()
		equal(t, "another loop", errors.Is(<-inner, asyncio.ErrOtherLoop), true)
	})
}

// A foreign context that was cancelled a moment ago counts, although nobody has told the loop.
func TestWaitQueueUnderForeignContext(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var q asyncio.WaitQueue
		foreign, cancel := context.WithCancel(context.WithoutCancel(ctx))
		var woken []string
		waitIn(foreign, &q, "a", &woken)
		waitIn(ctx, &q, "b", &woken)
		yield(t, ctx)
		cancel()
		asked := ""
		q.WakeIf(func(what fmt.Stringer) bool { asked += what.String(); return true })
		equal(t, "asked for", asked, "b")
		yield(t, ctx)
		equalAll(t, "woken", woken, []string{"b"})
	})
}

// WakeIf gives the first one what it needs, or nobody.
func TestWaitQueueWakeIf(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var q asyncio.WaitQueue
		var woken []string
		for _, name := range []string{"3", "1", "2"} {
			waitIn(ctx, &q, name, &woken)
		}
		yield(t, ctx)
		free := 2
		take := func(what fmt.Stringer) bool {
			n := int(what.String()[0] - '0')
			if n > free {
				return false
			}
			free -= n
			return true
		}
		equal(t, "too few", q.WakeIf(take), nil)
		free = 4
		for q.WakeIf(take) != nil {
		}
		equal(t, "left", free, 0)
		equal(t, "waits still", q.Len(), 1)
		yield(t, ctx)
		equalAll(t, "woken", woken, []string{"3", "1"})
		q.WakeAll()
	})
}

// A task is woken once, whatever WakeIf's function does.
func TestWaitQueueWakeIfMisused(t *testing.T) {
	for name, misuse := range map[string]func(q *asyncio.WaitQueue, first asyncio.AnyTask){
		"wakes":   func(q *asyncio.WaitQueue, _ asyncio.AnyTask) { q.WakeOne() },
		"cancels": func(_ *asyncio.WaitQueue, first asyncio.AnyTask) { first.Cancel(nil) },
	} {
		inVirtual(t, func(ctx context.Context) {
			var q asyncio.WaitQueue
			first := spawn(ctx, func(ctx context.Context) error {
				err := q.Wait(ctx, trace.WaitObject, nil)
				for range 3 {
					_ = asyncio.Sleep(context.WithoutCancel(ctx), time.Second)
				}
				return err
			})
			second := spawn(ctx, func(ctx context.Context) error { return q.Wait(ctx, trace.WaitObject, nil) })
			yield(t, ctx)
			wantPanic(t, asyncio.ErrInvalidState, func() {
				q.WakeIf(func(fmt.Stringer) bool { misuse(&q, first); return true })
			})
			begin := now(ctx)
			_, _ = first.Await(ctx)
			equal(t, name+": time slept", now(ctx)-begin, 3*time.Second)
			equal(t, name+": next", q.WakeOne(), asyncio.AnyTask(second))
		})
	}
}

// gate is something with holders.
type gate struct {
	queue  asyncio.WaitQueue
	keeper asyncio.AnyTask
}

func (g *gate) String() string             { return "the gate" }
func (g *gate) Holders() []asyncio.AnyTask { return []asyncio.AnyTask{g.keeper} }

// The graph of waits has kind, words and holders, and so finds deadlocks.
func TestWaitQueueInGraph(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var g gate
		var lock asyncio.Lock
		lock.SetName("accounts")
		guest := spawn(ctx, func(ctx context.Context) error {
			equal(t, "Acquire", lock.Acquire(ctx), nil)
			return g.queue.Wait(ctx, trace.WaitAccept, &g)
		})
		guest.SetName("guest")
		keeper := spawn(ctx, lock.Acquire)
		keeper.SetName("keeper")
		g.keeper = keeper
		yield(t, ctx)
		graph := asyncio.RunningLoop(ctx).WaitGraph()
		info := graph.Task(guest.ID())
		equal(t, "kind", info.Waits.Kind, waitgraph.KindSocket)
		equal(t, "what", info.Waits.What, "a connection at the gate")
		equalAll(t, "holders", info.WaitsFor, []uint64{keeper.ID()})
		text := fmt.Sprint(graph.Deadlock())
		if want := "guest waits for a connection at the gate; keeper waits for Lock(accounts, locked by guest, 1 waiting)"; !strings.HasSuffix(text, want) {
			t.Errorf("the deadlock is %s, want %s", text, want)
		}
		g.queue.SetName("north")
		info = asyncio.RunningLoop(ctx).WaitGraph().Task(guest.ID())
		equal(t, "what, with a name", info.Waits.What, "a connection at north: the gate")
		guest.Cancel(nil)
		keeper.Cancel(nil)
	})
}

// rude is a Stringer and a Holder that does what call says.
type rude struct{ call func() []asyncio.AnyTask }

func (r rude) String() string             { r.call(); return "rude" }
func (r rude) Holders() []asyncio.AnyTask { return r.call() }

// Neither a trace nor the graph of waits fails with the methods of what tasks wait for.
func TestWaitQueueOfRudeThings(t *testing.T) {
	var hooks wordHooks
	r, err := asyncio.NewRunner(asyncio.RunnerConfig{Loop: asyncio.LoopConfig{Hooks: &hooks}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for _, c := range []struct {
		name, want string
		call       func(main asyncio.AnyTask) []asyncio.AnyTask
	}{
		{"panics", "String has panicked: no (Holders has panicked: no)", func(asyncio.AnyTask) []asyncio.AnyTask { panic("no") }},
		{"nils", "rude", func(main asyncio.AnyTask) []asyncio.AnyTask {
			return []asyncio.AnyTask{nil, (*asyncio.Task[int])(nil), main}
		}},
	} {
		err := r.Run(func(ctx context.Context) error {
			var q, other asyncio.WaitQueue
			main := asyncio.CurrentTask(ctx)
			task := spawn(ctx, func(ctx context.Context) error {
				return q.Wait(ctx, trace.WaitObject, rude{func() []asyncio.AnyTask { return c.call(main) }})
			})
			yield(t, ctx)
			info := asyncio.RunningLoop(ctx).WaitGraph().Task(task.ID())
			equal(t, c.name, info.Waits.What, c.want)
			if c.name == "nils" {
				equalAll(t, "holders", info.WaitsFor, []uint64{main.ID()})
			}
			equal(t, "other", other.WakeOne(), nil)
			equal(t, "woken", q.WakeOne(), asyncio.AnyTask(task))
			return second(task.Await(ctx))
		})
		equal(t, "error", err, nil)
	}
}

// A wait that is none at a queue is one for an object, also in the graph and in traces.
func TestWaitQueueOfOddKinds(t *testing.T) {
	var hooks wordHooks
	r, err := asyncio.NewRunner(asyncio.RunnerConfig{Loop: asyncio.LoopConfig{Hooks: &hooks}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	err = r.Run(func(ctx context.Context) error {
		for _, kind := range []trace.Wait{0, trace.WaitYield, trace.WaitSleep, trace.WaitTask, trace.WaitMany, trace.WaitObject + 1, 255} {
			var q asyncio.WaitQueue
			hooks.waits = nil
			task := spawn(ctx, func(ctx context.Context) error { return q.Wait(ctx, kind, asyncio.Words("it")) })
			yield(t, ctx)
			equal(t, kind.String(), asyncio.RunningLoop(ctx).WaitGraph().Task(task.ID()).Waits.Kind, waitgraph.KindObject)
			equal(t, kind.String(), hooks.waits[len(hooks.waits)-1], "object it")
			q.WakeAll()
			equal(t, "error", second(task.Await(ctx)), nil)
		}
		return nil
	})
	equal(t, "error", err, nil)
}

// Each thing that tasks meet at says its name.
func TestNames(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		things := []interface {
			SetName(name string)
			Name() string
			String() string
		}{
			new(asyncio.Lock), new(asyncio.Event), new(asyncio.Condition), asyncio.NewSemaphore(1), asyncio.NewBoundedSemaphore(1),
			asyncio.NewBarrier(1), asyncio.NewQueue[int](1), asyncio.NewLIFOQueue[int](1), asyncio.NewPriorityQueue[int](1),
			new(asyncio.WaitQueue),
		}
		for _, thing := range things {
			unnamed := thing.String()
			equal(t, unnamed, thing.Name(), "")
			thing.SetName("x")
			equal(t, unnamed, thing.Name(), "x")
			equal(t, "String", thing.String(), strings.ReplaceAll(unnamed, "(", "(x, "))
			thing.SetName("a\nb\x1b")
			equal(t, "String", thing.String(), strings.ReplaceAll(unnamed, "(", `(a\nb\x1b, `))
			thing.SetName("")
			equal(t, "String", thing.String(), unnamed)
		}
	})
}

// wordHooks keeps what tasks wait for.
type wordHooks struct {
	asyncio.NopHooks
	waits []string
}

func (h *wordHooks) TaskWaits(_ uint64, wait trace.Wait, _ uint64, words string) {
	h.waits = append(h.waits, strings.TrimSpace(fmt.Sprint(wait, " ", words)))
}

// Hooks get the names of what tasks wait for, and what was passed to Wait.
func TestWordsInHooks(t *testing.T) {
	var hooks wordHooks
	r, err := asyncio.NewRunner(asyncio.RunnerConfig{Loop: asyncio.LoopConfig{Hooks: &hooks}})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	err = r.Run(func(ctx context.Context) error {
		queue := asyncio.NewQueue[int](0)
		queue.SetName("jobs")
		var condition asyncio.Condition
		condition.SetName("stock")
		var event asyncio.Event
		var own asyncio.WaitQueue
		for _, wait := range []func(ctx context.Context) error{
			func(ctx context.Context) error { _, err := queue.Get(ctx); return err },
			func(ctx context.Context) error { return condition.Do(ctx, condition.Wait) },
			event.Wait,
			func(ctx context.Context) error { return own.Wait(ctx, trace.WaitConnect, asyncio.Words("example.org")) },
		} {
			spawn(ctx, wait)
		}
		return asyncio.Sleep(ctx, 0)
	})
	equal(t, "error", err, nil)
	equalAll(t, "waits", hooks.waits, []string{"yield", "get jobs", "condition stock", "event", "connect example.org"})
}
