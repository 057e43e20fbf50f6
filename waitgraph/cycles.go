// SPDX-License-Identifier: Apache-2.0

package waitgraph

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrDeadlock is wrapped by the error of [Graph.Deadlock].
var ErrDeadlock = errors.New("tasks wait for each other in a circle")

// maxCycles bounds how many circles are searched for, and maxNamed how many tasks of a circle an
// error names: a graph may come from anywhere.
const (
	maxCycles = 100
	maxNamed  = 20
)

// Deadlock returns an error that names the circles in which tasks wait, nil if there is none.
func (g *Graph) Deadlock() error {
	var errs []error
	for _, cycle := range g.Cycles() {
		var waits []string
		for _, t := range cycle[:min(len(cycle), maxNamed)] {
			waits = append(waits, t.name()+" waits for "+t.what())
		}
		if more := len(cycle) - len(waits); more > 0 {
			waits = append(waits, fmt.Sprintf("and %d more", more))
		}
		errs = append(errs, fmt.Errorf("%w: %s", ErrDeadlock, strings.Join(waits, "; ")))
	}
	return errors.Join(errs...)
}

// Cycles returns the circles in which tasks wait for each other, each once, beginning with its task
// of the least number. They are deadlocks, unless a timeout, a cancellation or somebody from
// outside ends one of the waits. It returns at most a hundred.
func (g *Graph) Cycles() [][]*Task {
	s := cycleSearch{tasks: g.byID(), places: map[*Task]int{}}
	for t := range g.Tasks() {
		if s.from(t); len(s.found) == maxCycles {
			break
		}
	}
	return s.found
}

// cycleSearch is a search in depth. Each circle is found where it closes.
type cycleSearch struct {
	tasks  map[uint64]*Task
	path   []visit
	places map[*Task]int // on the path, from 1 on; left if it is done with
	found  [][]*Task
}

// left is the place of a task that the search is done with.
const left = -1

// visit is a task on the path, and how many of those that it waits for have been seen.
type visit struct {
	task *Task
	seen int
}

func (s *cycleSearch) from(t *Task) {
	s.enter(t)
	for len(s.path) > 0 && len(s.found) < maxCycles {
		last := &s.path[len(s.path)-1]
		if last.seen == len(last.task.WaitsFor) {
			s.places[last.task] = left
			s.path = s.path[:len(s.path)-1]
			continue
		}
		next := s.tasks[last.task.WaitsFor[last.seen]]
		last.seen++
		if next != nil {
			s.enter(next)
		}
	}
}

// enter goes on to a task, unless the search has been there.
func (s *cycleSearch) enter(t *Task) {
	switch place := s.places[t]; {
	case place > 0:
		s.found = append(s.found, cycle(s.path[place-1:]))
	case place == 0:
		s.path = append(s.path, visit{task: t})
		s.places[t] = len(s.path)
	}
}

// cycle returns the tasks of a closed path, from the least number on.
func cycle(path []visit) []*Task {
	tasks := make([]*Task, len(path))
	least := 0
	for i, v := range path {
		tasks[i] = v.task
		if v.task.ID < tasks[least].ID {
			least = i
		}
	}
	return slices.Concat(tasks[least:], tasks[:least])
}
