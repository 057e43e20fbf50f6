// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/gocurtain/asyncio/trace"
)

// TaskState is what a task does at a moment.
type TaskState string

// The states of a task that has not ended.
const (
	TaskReady   TaskState = "ready"   // its next step is to come
	TaskRunning TaskState = "running" // it is the current task
	TaskWaiting TaskState = "waiting" // for something, see TaskInfo.Wait
)

// TaskInfo is a task in a [WaitGraph].
type TaskInfo struct {
	ID   uint64
	Name string
	// Site is where the task's function is, as "file:line"; for a method that was taken as
	// a value, whose line Go does not keep, its name.
	Site  string
	State TaskState
	// Wait is how a task waits, 0 if it does not; what it waits for has the number On, the
	// same for all who wait for it and in traces (0 if it has none), and is described by What.
	Wait trace.Wait
	On   uint64
	What string
	// WaitsFor are the tasks that it waits for, by their ids, in rising order: the task that
	// it awaits, the holder of the lock, the tasks of the group or among those gathered.
	WaitsFor []uint64
	// Parent is the task whose context its own comes from, 0 if that is none or has ended.
	Parent uint64
	// WokenBy is the task that ended its last wait (0 for none, a timer, or a callback), and
	// Woken how.
	WokenBy uint64
	Woken   trace.Wake
	// Cancelled says who has cancelled the task, where and why; "" if nobody has.
	Cancelled string
	// Origin is the stack on which it was created, innermost call first; in debug mode only.
	Origin string
}

// WaitGraph is who waits for whom on a loop at one moment (asyncio I3, I5). It is a copy:
// any goroutine may use it, at any time.
type WaitGraph struct {
	Loop  string
	Tasks []TaskInfo // those that have not ended, in order of creation
}

// WaitGraph returns who waits for whom. Only the loop's goroutine may call it, or any
// while the loop does not run; others use [CaptureWaitGraph].
func (l *Loop) WaitGraph() *WaitGraph {
	l.mustOwn("Loop.WaitGraph")
	owners := map[*scope]uint64{}
	for t := l.tasks; t != nil; t = t.next {
		owners[&t.scope] = t.id
	}
	g := &WaitGraph{Loop: l.name}
	for t := l.tasks; t != nil; t = t.next {
		g.Tasks = append(g.Tasks, t.info(owners))
	}
	return g
}

// CaptureWaitGraph is [Loop.WaitGraph] for any goroutine: the loop makes the graph when it
// next runs callbacks. A task of another loop that passes its ctx is suspended meanwhile, a
// goroutine without a loop blocked; the loop's own goroutine need not wait, whatever its ctx
// (only with a task's, where it cannot tell who it is; see the package comment).
//
// If ctx ends before, its error is returned; so give a limit to one who asks a loop that may
// not run, or stand still, which is best asked by its watchdog. The error is [ErrLoopClosed]
// if the loop is closed, now or before it has answered, and [ErrNoTask] on the goroutine of
// another loop without a task's ctx, where waiting would block that loop.
func CaptureWaitGraph(ctx context.Context, l *Loop) (*WaitGraph, error) {
	return capture(ctx, "CaptureWaitGraph", l, l.WaitGraph)
}

// info describes a task; owners are the tasks of scopes.
func (t *task) info(owners map[*scope]uint64) TaskInfo {
	i := TaskInfo{
		ID: t.id, Name: t.Name(), Site: t.site(), State: TaskReady,
		Parent: parentOf(&t.scope, owners), Cancelled: t.cancelledBy(), Origin: t.loop.originOf(t).String(),
	}
	c := t.coro
	if c == nil {
		return i
	}
	i.WokenBy, i.Woken = c.wokenBy, c.woken
	switch t.does {
	case running:
		i.State = TaskRunning
	case waiting:
		i.State, i.Wait, i.What = TaskWaiting, c.wait, c.wait.String()
		if c.on != nil {
			i.On = c.on.traceID()
			i.WaitsFor = idsOf(c.on.blockers())
			if s, ok := c.on.(fmt.Stringer); ok {
				i.What = s.String()
			}
		}
	}
	return i
}

// parentOf is the task whose scope is the nearest above s.
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

// Task returns the task with an id, and whether there is one.
func (g *WaitGraph) Task(id uint64) (TaskInfo, bool) {
	i := slices.IndexFunc(g.Tasks, func(t TaskInfo) bool { return t.ID == id })
	if i < 0 {
		return TaskInfo{}, false
	}
	return g.Tasks[i], true
}

// Cycles returns the ways in which tasks wait for each other in a circle, each once and
// beginning with its oldest task: deadlocks, unless a timeout, a cancellation or somebody
// from outside ends one of the waits.
func (g *WaitGraph) Cycles() [][]TaskInfo {
	s := cycleSearch{graph: g, state: map[uint64]int{}}
	for _, t := range g.Tasks {
		s.visit(t)
	}
	return s.found
}

// cycleSearch is a search in depth. Each circle is found where it closes.
type cycleSearch struct {
	graph *WaitGraph
	state map[uint64]int // 0 for new, 1 for on the path, 2 for done
	path  []TaskInfo
	found [][]TaskInfo
}

func (s *cycleSearch) visit(t TaskInfo) {
	switch s.state[t.ID] {
	case 1:
		begin := slices.IndexFunc(s.path, func(p TaskInfo) bool { return p.ID == t.ID })
		cycle := slices.Clone(s.path[begin:])
		oldest := 0
		for i := range cycle {
			if cycle[i].ID < cycle[oldest].ID {
				oldest = i
			}
		}
		s.found = append(s.found, slices.Concat(cycle[oldest:], cycle[:oldest]))
		return
	case 2:
		return
	}
	s.state[t.ID] = 1
	s.path = append(s.path, t)
	for _, id := range t.WaitsFor {
		if next, ok := s.graph.Task(id); ok {
			s.visit(next)
		}
	}
	s.path = s.path[:len(s.path)-1]
	s.state[t.ID] = 2
}

// Deadlock returns an error that names the circles in which tasks wait, nil if there is none.
func (g *WaitGraph) Deadlock() error {
	var errs []error
	for _, cycle := range g.Cycles() {
		var waits []string
		for _, t := range cycle {
			waits = append(waits, fmt.Sprintf("%s waits for %s", t.Name, t.What))
		}
		errs = append(errs, fmt.Errorf("%w: %s", ErrDeadlock, strings.Join(waits, "; ")))
	}
	return errors.Join(errs...)
}

// String is the graph as a tree, below each task those that it waits for (asyncio I4); a
// task that several wait for is shown below the first.
func (g *WaitGraph) String() string {
	p := treePrinter{graph: g, shown: map[uint64]bool{}}
	fmt.Fprintf(&p.out, "%s: %d tasks\n", g.Loop, len(g.Tasks))
	awaited := map[uint64]bool{}
	for _, t := range g.Tasks {
		for _, id := range t.WaitsFor {
			awaited[id] = true
		}
	}
	for _, t := range g.Tasks {
		if !awaited[t.ID] {
			p.print(t, "", "")
		}
	}
	for _, t := range g.Tasks { // what is left waits in a circle
		if !p.shown[t.ID] {
			p.print(t, "", "")
		}
	}
	if err := g.Deadlock(); err != nil {
		fmt.Fprintln(&p.out, err)
	}
	return p.out.String()
}

type treePrinter struct {
	graph *WaitGraph
	shown map[uint64]bool
	out   strings.Builder
}

// print prints a task and those below it; first is before its own line, rest before the others.
func (p *treePrinter) print(t TaskInfo, first, rest string) {
	if p.shown[t.ID] {
		fmt.Fprintf(&p.out, "%s%s (see above)\n", first, t.Name)
		return
	}
	p.shown[t.ID] = true
	fmt.Fprintf(&p.out, "%s%s\n", first, t.line())
	for i, id := range t.WaitsFor {
		below, ok := p.graph.Task(id)
		switch {
		case !ok:
		case i == len(t.WaitsFor)-1:
			p.print(below, rest+"└── ", rest+"    ")
		default:
			p.print(below, rest+"├── ", rest+"│   ")
		}
	}
}

// line says in one line what a task does.
func (t TaskInfo) line() string {
	line := t.Name + ": " + string(t.State)
	if t.State == TaskWaiting {
		line += " for " + t.What
	}
	if t.Cancelled != "" {
		line += ", cancelled: " + t.Cancelled
	}
	return line
}
