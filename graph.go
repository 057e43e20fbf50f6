// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"fmt"
	"os"
	"reflect"
	"runtime"
	"slices"
	"time"

	"github.com/gocurtain/asyncio/trace"
	"github.com/gocurtain/asyncio/waitgraph"
)

// WaitGraph returns who waits for whom on the loop: its tasks that have not ended, without their
// stacks, which [Task.Stack] has (asyncio I3, I5). Only the loop's goroutine may call it, or any
// goroutine while the loop does not run; others use [Loop.WaitGraphThreadsafe].
//
// What a task waits for has the same number in the graph and in traces; a channel has none.
func (l *Loop) WaitGraph() *waitgraph.Graph {
	l.mustOwn("Loop.WaitGraph")
	return &waitgraph.Graph{PID: os.Getpid(), Runtime: "asyncio " + runtime.Version(), Loops: []waitgraph.Loop{l.graph()}}
}

// WaitGraphThreadsafe is [Loop.WaitGraph] for any goroutine: the loop makes the graph when it next
// runs callbacks. Meanwhile a task of another loop, which passes its ctx, is suspended, and a
// goroutine without a loop is blocked. The loop's own goroutine need not wait, with any ctx (or
// only with a task's ctx, on processors where it cannot tell who it is; see the package comment).
//
// If ctx is cancelled first, the error is ctx.Err(). So give ctx a time limit if the loop may not
// run, or may stand still (its watchdog tells of that). The error is [ErrLoopClosed] if the loop is
// closed, now or before it has answered, and [ErrNoTask] on the goroutine of another loop without a
// task's ctx, where waiting would block that loop.
func (l *Loop) WaitGraphThreadsafe(ctx context.Context) (*waitgraph.Graph, error) {
	return ask(ctx, "Loop.WaitGraphThreadsafe", l, l.WaitGraph)
}

// graph describes the loop and its tasks.
func (l *Loop) graph() waitgraph.Loop {
	g := waitgraph.Loop{ID: l.id, Name: l.name, Ready: l.ready.Len(), Timers: l.timers.Len()}
	if l.current != nil {
		g.Running = l.current.id
	}
	if when, armed := l.timers.Next(); armed {
		g.NextTimer = time.Duration(when) - l.clock.Now()
	}
	owners, begun := l.scopeOwners(), l.begun()
	for t := l.tasks; t != nil; t = t.next {
		g.Tasks = append(g.Tasks, t.info(owners, begun))
	}
	return g
}

// info describes a task; owners are the tasks of scopes, and begun the tasks of groups that have
// begun.
func (t *task) info(owners map[*scope]uint64, begun map[taskGroup][]uint64) waitgraph.Task {
	i := waitgraph.Task{
		ID: t.id, Name: t.Name(), State: waitgraph.Ready, Function: functionAt(t.self.entry()),
		Parent: parentOf(&t.scope, owners), Cancelled: t.cancelledBy(), Origin: t.loop.originOf(t).stack(),
	}
	c := t.coro
	if c == nil {
		if t.does == held {
			i.State, i.Waits = waitgraph.Waiting, waitgraph.Wait{Kind: waitgraph.KindSemaphore, What: t.group.turn()}
			i.WaitsFor = slices.Clone(begun[t.group])
		}
		return i
	}
	i.Woken = waitgraph.Wake{Kind: wakeKinds[c.woken], By: c.wokenBy}
	switch t.does {
	case running:
		i.State = waitgraph.Running
	case waiting:
		i.State, i.Waits = waitgraph.Waiting, c.describeWait()
		if c.on != nil {
			holders, failure := c.holders()
			i.WaitsFor = idsOf(append(c.on.blockers(), holders...))
			i.Waits.What += failure
		}
	}
	return i
}

// holders returns the tasks that hold what its task waits for, as far as that says it. If its
// method panics, the graph must not fail with it: failure is the panic then.
func (s *stack) holders() (tasks []*task, failure string) {
	h, ok := s.what.(Holder)
	if !ok {
		return nil, ""
	}
	defer func() {
		if v := recover(); v != nil {
			failure = fmt.Sprint(" (Holders has panicked: ", v, ")")
		}
	}()
	for _, t := range h.Holders() {
		if v := reflect.ValueOf(t); v.IsValid() && !(v.Kind() == reflect.Pointer && v.IsNil()) {
			tasks = append(tasks, t.base().task)
		}
	}
	return tasks, ""
}

// describeWait says what the task on the stack waits for.
func (s *stack) describeWait() waitgraph.Wait {
	w := waitgraph.Wait{Kind: waitKinds[s.wait], What: s.wait.String()}
	if s.on == nil {
		return w
	}
	w.ID = s.on.traceID()
	if on, ok := s.on.(fmt.Stringer); s.what != nil {
		w.What = partsOf[s.wait] + s.words(s.on)
	} else if ok {
		w.What = partsOf[s.wait] + on.String()
	}
	return w
}

// waitKinds are the kinds of package waitgraph for waits, wakeKinds those for wake-ups. A task that
// yields is ready.
var (
	waitKinds = map[trace.Wait]waitgraph.Kind{
		trace.WaitSleep:     waitgraph.KindTimer,
		trace.WaitFuture:    waitgraph.KindFuture,
		trace.WaitTask:      waitgraph.KindTask,
		trace.WaitGroup:     waitgraph.KindGroup,
		trace.WaitMany:      waitgraph.KindGather,
		trace.WaitLock:      waitgraph.KindLock,
		trace.WaitEvent:     waitgraph.KindEvent,
		trace.WaitCondition: waitgraph.KindCondition,
		trace.WaitSemaphore: waitgraph.KindSemaphore,
		trace.WaitBarrier:   waitgraph.KindBarrier,
		trace.WaitGet:       waitgraph.KindQueue,
		trace.WaitPut:       waitgraph.KindQueue,
		trace.WaitJoin:      waitgraph.KindQueue,
		trace.WaitReceive:   waitgraph.KindChannel,
		trace.WaitSend:      waitgraph.KindChannel,
		trace.WaitRead:      waitgraph.KindSocket,
		trace.WaitWrite:     waitgraph.KindSocket,
		trace.WaitAccept:    waitgraph.KindSocket,
		trace.WaitConnect:   waitgraph.KindSocket,
		trace.WaitDrain:     waitgraph.KindSocket,
		trace.WaitProcess:   waitgraph.KindProcess,
		trace.WaitResolve:   waitgraph.KindObject,
		trace.WaitSignal:    waitgraph.KindObject,
		trace.WaitObject:    waitgraph.KindObject,
	}
	wakeKinds = [...]waitgraph.Kind{
		trace.WakeTimer:  waitgraph.KindTimer,
		trace.WakeFuture: waitgraph.KindFuture,
		trace.WakeTask:   waitgraph.KindTask,
		trace.WakeCancel: waitgraph.KindCancelled,
		trace.WakeObject: waitgraph.KindObject,
	}
	partsOf = map[trace.Wait]string{
		trace.WaitGet:     "an item of ",
		trace.WaitPut:     "room in ",
		trace.WaitJoin:    "the work of ",
		trace.WaitRead:    "input from ",
		trace.WaitWrite:   "room to write to ",
		trace.WaitAccept:  "a connection at ",
		trace.WaitConnect: "a connection to ",
		trace.WaitDrain:   "the output to ",
		trace.WaitProcess: "the end of ",
		trace.WaitResolve: "the address of ",
		trace.WaitSignal:  "signal ",
	}
)

// scopeOwners returns the loop's tasks by their scopes.
func (l *Loop) scopeOwners() map[*scope]uint64 {
	owners := map[*scope]uint64{}
	for t := l.tasks; t != nil; t = t.next {
		owners[&t.scope] = t.id
	}
	return owners
}

// begun returns the tasks that have begun in the groups where others wait for their turn.
func (l *Loop) begun() map[taskGroup][]uint64 {
	begun := map[taskGroup][]uint64{}
	for t := l.tasks; t != nil; t = t.next {
		if t.does == held {
			begun[t.group] = nil
		}
	}
	for t := l.tasks; t != nil; t = t.next {
		if ids, ok := begun[t.group]; ok && t.does != held {
			begun[t.group] = append(ids, t.id)
		}
	}
	return begun
}

// parentOf returns the task with the nearest scope above s.
func parentOf(s *scope, owners map[*scope]uint64) uint64 {
	for up := s.up; up != nil; up = up.up {
		if id := owners[up]; id != 0 {
			return id
		}
	}
	return 0
}

// cancelledBy says who has cancelled t.
func (t *task) cancelledBy() string {
	if !t.scope.cancelled() {
		return ""
	}
	return context.Cause(&t.scope).Error()
}

func idsOf(tasks []*task) []uint64 {
	var ids []uint64
	for _, t := range tasks {
		ids = append(ids, t.id)
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}
