// SPDX-License-Identifier: Apache-2.0

package waitgraph

import (
	"encoding/json"
	"math"
	"time"
)

// Version is the version of the JSON of a graph. It rises when a field goes or gets another
// meaning, not when one is added.
const Version = 1

// The types below are the shape of the JSON, which docs/json.md describes. Null means that there is
// no value.
type (
	jsonGraph struct {
		Version int        `json:"version"`
		PID     int        `json:"pid"`
		Runtime string     `json:"runtime"`
		Loops   []jsonLoop `json:"loops"`
	}
	jsonLoop struct {
		ID        uint64        `json:"id"`
		Name      string        `json:"name"`
		Thread    *jsonThread   `json:"thread"`
		Running   *uint64       `json:"running"`
		Since     *milliseconds `json:"since_ms"`
		Ready     int           `json:"ready"`
		Timers    int           `json:"timers"`
		NextTimer *milliseconds `json:"next_timer_ms"`
		Tasks     []jsonTask    `json:"tasks"`
	}
	jsonThread struct {
		ID   uint64 `json:"id"`
		Name string `json:"name"`
	}
	jsonTask struct {
		ID        uint64      `json:"id"`
		Name      string      `json:"name"`
		State     State       `json:"state"`
		Function  *jsonFrame  `json:"function"`
		Stack     []jsonFrame `json:"stack"`
		CreatedAt *jsonPlace  `json:"created_at"`
		Origin    []jsonFrame `json:"origin"`
		Parent    *uint64     `json:"parent"`
		Waits     *jsonWait   `json:"waits"`
		AwaitedBy []uint64    `json:"awaited_by"`
		Woken     *jsonWake   `json:"woken"`
		Cancelled *string     `json:"cancelled"`
	}
	jsonFrame struct {
		Function string `json:"function"`
		File     string `json:"file"`
		Line     int    `json:"line"`
	}
	jsonPlace struct {
		File string `json:"file"`
		Line int    `json:"line"`
	}
	jsonWait struct {
		Kind Kind          `json:"kind"`
		What string        `json:"what"`
		ID   *uint64       `json:"id"`
		For  *milliseconds `json:"for_ms"`
	}
	jsonWake struct {
		Kind Kind    `json:"kind"`
		By   *uint64 `json:"by"`
	}
)

// milliseconds is a duration in milliseconds, rounded to microseconds. So it is exact in a float64,
// whose 53 bits hold the microseconds of 285 years.
type milliseconds float64

const mostMicroseconds = 1 << 53

func inMilliseconds(d time.Duration) milliseconds {
	return milliseconds(float64(d.Round(time.Microsecond).Microseconds()) / 1e3)
}

func (ms milliseconds) duration() time.Duration {
	us := math.Round(float64(ms) * 1e3)
	return time.Duration(min(max(us, -mostMicroseconds), mostMicroseconds)) * time.Microsecond
}

// orNull returns a pointer to v, nil for the zero value.
func orNull[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

// orZero returns what p points to, the zero value for nil.
func orZero[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// MarshalJSON writes the graph as docs/json.md says. The edges between tasks become their
// awaited_by, so an edge to a task outside of the graph is left out.
func (g *Graph) MarshalJSON() ([]byte, error) {
	awaitedBy := map[uint64][]uint64{}
	for t := range g.Tasks() {
		for _, id := range t.WaitsFor {
			awaitedBy[id] = append(awaitedBy[id], t.ID)
		}
	}
	j := jsonGraph{Version: Version, PID: g.PID, Runtime: g.Runtime, Loops: make([]jsonLoop, 0, len(g.Loops))}
	for i := range g.Loops {
		j.Loops = append(j.Loops, g.Loops[i].toJSON(awaitedBy))
	}
	return json.Marshal(j)
}

func (l *Loop) toJSON(awaitedBy map[uint64][]uint64) jsonLoop {
	j := jsonLoop{
		ID: l.ID, Name: l.Name,
		Running: orNull(l.Running), Since: orNull(inMilliseconds(l.Since)),
		Ready: l.Ready, Timers: l.Timers,
		Tasks: make([]jsonTask, 0, len(l.Tasks)),
	}
	if l.Thread != (Thread{}) {
		j.Thread = &jsonThread{l.Thread.ID, l.Thread.Name}
	}
	if l.Timers > 0 {
		next := inMilliseconds(l.NextTimer)
		j.NextTimer = &next
	}
	for i := range l.Tasks {
		t := &l.Tasks[i]
		j.Tasks = append(j.Tasks, t.toJSON(awaitedBy[t.ID]))
	}
	return j
}

func (t *Task) toJSON(awaitedBy []uint64) jsonTask {
	j := jsonTask{
		ID: t.ID, Name: t.Name, State: t.State,
		Stack: framesToJSON(t.Stack), Origin: framesToJSON(t.Origin),
		Parent: orNull(t.Parent), AwaitedBy: append([]uint64{}, awaitedBy...), Cancelled: orNull(t.Cancelled),
	}
	if t.Function != (Frame{}) {
		j.Function = &jsonFrame{t.Function.Function, t.Function.File, t.Function.Line}
	}
	if n := len(t.Origin); n > 0 {
		j.CreatedAt = &jsonPlace{t.Origin[n-1].File, t.Origin[n-1].Line}
	}
	if w := t.Waits; w != (Wait{}) {
		j.Waits = &jsonWait{w.Kind, w.What, orNull(w.ID), orNull(inMilliseconds(w.For))}
	}
	if w := t.Woken; w != (Wake{}) {
		j.Woken = &jsonWake{w.Kind, orNull(w.By)}
	}
	return j
}

func framesToJSON(frames []Frame) []jsonFrame {
	js := make([]jsonFrame, 0, len(frames))
	for _, f := range frames {
		js = append(js, jsonFrame(f))
	}
	return js
}
