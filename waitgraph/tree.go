// SPDX-License-Identifier: Apache-2.0

package waitgraph

import (
	"fmt"
	"strings"

	"github.com/gocurtain/asyncio/internal/printable"
)

// String draws the graph as a tree, loop by loop, with the tasks that a task waits for below it. A
// task that several wait for is shown below the first of them. Names are shortened, and what a
// terminal would not print is escaped.
func (g *Graph) String() string {
	p := treePrinter{tasks: g.byID(), awaited: map[uint64]bool{}, shown: map[*Task]bool{}}
	for t := range g.Tasks() {
		for _, id := range t.WaitsFor {
			p.awaited[id] = true
		}
	}
	for i := range g.Loops {
		p.loop(&g.Loops[i])
	}
	if err := g.Deadlock(); err != nil {
		fmt.Fprintln(&p.out, err)
	}
	return p.out.String()
}

// maxDepth is how deep a tree is drawn. What lies deeper gets a tree of its own.
const maxDepth = 50

type treePrinter struct {
	tasks   map[uint64]*Task
	awaited map[uint64]bool
	shown   map[*Task]bool
	out     strings.Builder
}

func (p *treePrinter) loop(l *Loop) {
	fmt.Fprintf(&p.out, "%s: %d tasks\n", l.title(), len(l.Tasks))
	for i := range l.Tasks {
		if t := &l.Tasks[i]; !p.awaited[t.ID] {
			p.task(t, "", "", 0)
		}
	}
	for i := range l.Tasks { // what is left waits in a circle, lies too deep, or was one too many
		if t := &l.Tasks[i]; !p.shown[t] {
			p.task(t, "", "", 0)
		}
	}
}

// task prints a task and the tasks below it; first comes before its own line, rest before the
// others.
func (p *treePrinter) task(t *Task, first, rest string, depth int) {
	switch {
	case p.shown[t]:
		fmt.Fprintf(&p.out, "%s%s (see above)\n", first, t.name())
		return
	case depth > maxDepth:
		fmt.Fprintf(&p.out, "%s%s (see below)\n", first, t.name())
		return
	}
	p.shown[t] = true
	fmt.Fprintf(&p.out, "%s%s\n", first, t.line())
	below, more := p.below(t)
	for i, b := range below {
		if i == len(below)-1 && more == 0 {
			p.task(b, rest+"└── ", rest+"    ", depth+1)
		} else {
			p.task(b, rest+"├── ", rest+"│   ", depth+1)
		}
	}
	if more > 0 {
		fmt.Fprintf(&p.out, "%s└── and %d more\n", rest, more)
	}
}

// maxBelow is how many tasks are shown below one that waits for them.
const maxBelow = 100

// below returns the tasks that t waits for, and how many more there are.
func (p *treePrinter) below(t *Task) (tasks []*Task, more int) {
	for _, id := range t.WaitsFor {
		switch b := p.tasks[id]; {
		case b == nil:
		case len(tasks) < maxBelow:
			tasks = append(tasks, b)
		default:
			more++
		}
	}
	return tasks, more
}

// line says in one line what a task does.
func (t *Task) line() string {
	line := t.name() + ": " + printable.Line(string(t.State))
	if t.State == Waiting {
		line += " for " + t.what()
	}
	if t.Cancelled != "" {
		line += ", cancelled: " + printable.Line(t.Cancelled)
	}
	return line
}

func (l *Loop) title() string {
	switch {
	case l.Name != "":
		return printable.Line(l.Name)
	case l.Thread.Name != "":
		return "loop in " + printable.Line(l.Thread.Name)
	default:
		return fmt.Sprintf("loop %d", l.ID)
	}
}

func (t *Task) name() string {
	if t.Name == "" {
		return fmt.Sprintf("task %d", t.ID)
	}
	return printable.Line(t.Name)
}

// what says what a task waits for.
func (t *Task) what() string {
	switch {
	case t.Waits.What != "":
		return printable.Line(t.Waits.What)
	case t.Waits.Kind != "":
		return printable.Line(string(t.Waits.Kind))
	default:
		return "something"
	}
}
