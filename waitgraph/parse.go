// SPDX-License-Identifier: Apache-2.0

package waitgraph

import (
	"encoding/json"
	"fmt"
	"slices"

	"github.com/gocurtain/asyncio/internal/printable"
)

// maxJSON is how long the JSON of a graph may be, in bytes: room for a million tasks.
const maxJSON = 1 << 28

// UnmarshalJSON reads what MarshalJSON, or another producer of the same shape, has written. It
// skips fields that it does not know. An error is always one line, and leaves g as it was.
func (g *Graph) UnmarshalJSON(text []byte) error {
	read, err := parse(text)
	if err != nil {
		return fmt.Errorf("waitgraph: %s", printable.Line(err.Error()))
	}
	*g = read
	return nil
}

func parse(text []byte) (g Graph, err error) {
	if len(text) > maxJSON {
		return g, fmt.Errorf("%d bytes are more than a graph may have", len(text))
	}
	var j jsonGraph
	if err := json.Unmarshal(text, &j); err != nil {
		return g, err
	}
	if j.Version != Version {
		return g, fmt.Errorf("the graph has version %d, and only version %d is known", j.Version, Version)
	}
	g = Graph{PID: j.PID, Runtime: j.Runtime}
	for _, l := range j.Loops {
		g.Loops = append(g.Loops, l.loop())
	}
	return g, g.link(j)
}

// link checks that the numbers of tasks are unique, and turns their awaited_by into WaitsFor.
func (g *Graph) link(j jsonGraph) error {
	tasks := map[uint64]*Task{}
	for t := range g.Tasks() {
		switch {
		case t.ID == 0:
			return fmt.Errorf("task %q has the number 0", t.Name)
		case tasks[t.ID] != nil:
			return fmt.Errorf("two tasks have the number %d", t.ID)
		case !slices.Contains([]State{Ready, Running, Waiting, Done}, t.State):
			return fmt.Errorf("task %d is in the unknown state %q", t.ID, t.State)
		}
		tasks[t.ID] = t
	}
	for _, l := range j.Loops {
		for _, awaited := range l.Tasks {
			if err := awaited.link(tasks); err != nil {
				return err
			}
		}
	}
	return nil
}

func (j *jsonTask) link(tasks map[uint64]*Task) error {
	for _, id := range j.AwaitedBy {
		by := tasks[id]
		if by == nil {
			return fmt.Errorf("task %d is awaited by task %d, which is not there", j.ID, id)
		}
		if n := len(by.WaitsFor); n > 0 && by.WaitsFor[n-1] == j.ID {
			continue // the same once more
		}
		by.WaitsFor = append(by.WaitsFor, j.ID)
	}
	return nil
}

func (j *jsonLoop) loop() Loop {
	l := Loop{
		ID: j.ID, Name: j.Name, Thread: Thread(orZero(j.Thread)),
		Running: orZero(j.Running), Since: orZero(j.Since).duration(),
		Ready: j.Ready, Timers: j.Timers, NextTimer: orZero(j.NextTimer).duration(),
	}
	for i := range j.Tasks {
		l.Tasks = append(l.Tasks, j.Tasks[i].task())
	}
	return l
}

func (j *jsonTask) task() Task {
	t := Task{
		ID: j.ID, Name: j.Name, State: j.State,
		Function: Frame(orZero(j.Function)), Stack: frames(j.Stack), Origin: frames(j.Origin),
		Parent: orZero(j.Parent), Cancelled: orZero(j.Cancelled),
	}
	if at := j.CreatedAt; at != nil && t.Origin == nil {
		t.Origin = []Frame{{File: at.File, Line: at.Line}}
	}
	if w := j.Waits; w != nil {
		t.Waits = Wait{Kind: w.Kind, What: w.What, ID: orZero(w.ID), For: orZero(w.For).duration()}
	}
	if w := j.Woken; w != nil {
		t.Woken = Wake{Kind: w.Kind, By: orZero(w.By)}
	}
	return t
}

func frames(js []jsonFrame) []Frame {
	var frames []Frame
	for _, j := range js {
		frames = append(frames, Frame(j))
	}
	return frames
}
