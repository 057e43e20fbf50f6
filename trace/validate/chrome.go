// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// Chrome reads a timeline in the Trace Event Format, in object or array form, and returns its
// problems: what a viewer would refuse, drop, or bind to the wrong slice. The error is about the
// JSON. It holds the whole file in memory.
func Chrome(file []byte) ([]Problem, error) {
	events, err := decodeChrome(file)
	if err != nil {
		return nil, err
	}
	c := chromeChecker{lanes: make(map[lane][]slice), sliceEnds: make(map[moment]bool), flows: make(map[flow]*ends)}
	for i, e := range events {
		c.index = i
		c.event(e)
	}
	for _, at := range c.laneOrder() {
		c.nesting(at, c.lanes[at])
	}
	c.arrows()
	c.partners()
	slices.SortStableFunc(c.problems, func(a, b Problem) int { return cmp.Compare(uint(a.Index), uint(b.Index)) })
	return c.problems[:min(len(c.problems), maxProblems)], nil
}

func decodeChrome(file []byte) ([]chromeEvent, error) {
	var events []chromeEvent
	if strings.HasPrefix(strings.TrimSpace(string(file[:min(len(file), 16)])), "[") {
		err := json.Unmarshal(file, &events)
		return events, err
	}
	var object struct{ TraceEvents []chromeEvent }
	err := json.Unmarshal(file, &object)
	return object.TraceEvents, err
}

type chromeEvent struct {
	Ph, Name, Cat, ID, Bp string
	Pid, Tid              *int64
	Ts, Dur               *float64
	Args                  json.RawMessage
}

type lane struct{ pid, tid int64 }

// slice is a slice with its event's number and times in ns.
type slice struct {
	index      int
	name       string
	start, end int64
}

// flow is what the two events of an arrow share.
type flow struct{ cat, name, id string }

// ends are an arrow's events.
type ends struct{ start, end *point }

type point struct {
	index int
	at    lane
	time  int64
}

// moment is a time on a lane.
type moment struct {
	at   lane
	time int64
}

type chromeChecker struct {
	index     int
	lanes     map[lane][]slice
	sliceEnds map[moment]bool // an arrow may lead to the last nanosecond of a slice
	flows     map[flow]*ends
	doubles   []double
	problems  []Problem
}

func (c *chromeChecker) problem(index int, format string, args ...any) {
	c.problems = append(c.problems, Problem{index, fmt.Sprintf(format, args...)})
}

func (c *chromeChecker) event(e chromeEvent) {
	if strings.ContainsFunc(e.Name+e.Cat, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		c.problem(c.index, "%q has control characters", e.Name)
	}
	if e.Pid == nil || e.Tid == nil || *e.Pid < 0 || *e.Tid < 0 || *e.Pid > math.MaxUint32 || *e.Tid > math.MaxUint32 {
		c.problem(c.index, "%s %q has no good pid and tid", e.Ph, e.Name)
		return
	}
	if e.Ph == "M" {
		return
	}
	if e.Ts == nil || *e.Ts < 0 {
		c.problem(c.index, "%s %q has no good ts", e.Ph, e.Name)
		return
	}
	at, time := lane{*e.Pid, *e.Tid}, nanoseconds(*e.Ts)
	switch e.Ph {
	case "X":
		c.slice(e, at, time)
	case "s", "f":
		c.flow(e, point{c.index, at, time})
	case "C", "i":
	default:
		c.problem(c.index, "%q is an unexpected ph", e.Ph)
	}
}

func nanoseconds(micros float64) int64 { return int64(math.Round(micros * 1000)) }

func (c *chromeChecker) slice(e chromeEvent, at lane, time int64) {
	if e.Dur == nil || *e.Dur < 0 {
		c.problem(c.index, "slice %q has no good dur", e.Name)
		return
	}
	end := time + nanoseconds(*e.Dur)
	c.lanes[at] = append(c.lanes[at], slice{c.index, e.Name, time, end})
	c.sliceEnds[moment{at, end}] = true
	if e.Cat == "step" {
		c.double(e, at, c.lanes[at][len(c.lanes[at])-1])
	}
}

// double is a slice that names another lane, which shows the same.
type double struct {
	slice
	partner lane
}

// double notes the lane that a step names, if it does. Other traces may have any arguments.
func (c *chromeChecker) double(e chromeEvent, at lane, s slice) {
	var args struct{ Lane *int64 }
	if json.Unmarshal(e.Args, &args) == nil && args.Lane != nil {
		c.doubles = append(c.doubles, double{s, lane{at.pid, *args.Lane}})
	}
}

// partners checks that lanes which are named show the same: a slice of the same name, at the same
// time but for the nanoseconds by which starts and ends are told apart.
func (c *chromeChecker) partners() {
	for _, d := range c.doubles {
		if !c.shows(d.partner, d.slice) {
			c.problem(d.index, "%q is not on tid %d, which its argument names", d.name, d.partner.tid)
		}
	}
}

// shows reports whether a lane has a slice like one of another lane. Lanes are sorted by now.
func (c *chromeChecker) shows(at lane, like slice) bool {
	ss := c.lanes[at]
	end, _ := slices.BinarySearchFunc(ss, like.end+maxShift, func(s slice, t int64) int { return cmp.Compare(s.start, t) })
	for _, s := range slices.Backward(ss[:end]) {
		if s.name == like.name && s.end+maxShift >= like.start {
			return true
		}
	}
	return false
}

// maxShift is by how many nanoseconds two pictures of one step may differ.
const maxShift = 1000

func (c *chromeChecker) flow(e chromeEvent, p point) {
	key := flow{e.Cat, e.Name, e.ID}
	f := c.flows[key]
	if f == nil {
		f = new(ends)
		c.flows[key] = f
	}
	end := &f.start
	if e.Ph == "f" {
		end = &f.end
		if e.Bp != "e" {
			c.problem(c.index, "the end of arrow %s has no bp:\"e\"", e.ID)
		}
	}
	if *end != nil {
		c.problem(c.index, "arrow %s has two events %q", e.ID, e.Ph)
	}
	if !strings.HasPrefix(e.ID, "0x") {
		c.problem(c.index, "arrow %q has no hexadecimal id", e.ID)
	}
	*end = &p
}

func (c *chromeChecker) laneOrder() []lane {
	return slices.SortedFunc(maps.Keys(c.lanes), func(a, b lane) int {
		return cmp.Or(cmp.Compare(a.pid, b.pid), cmp.Compare(a.tid, b.tid))
	})
}

// nesting checks that the slices of a lane lie within or beside each other, and that no two of
// their starts and ends coincide: viewers differ there.
func (c *chromeChecker) nesting(at lane, ss []slice) {
	slices.SortStableFunc(ss, func(a, b slice) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(b.end, a.end))
	})
	var stack []slice
	for _, s := range ss {
		for len(stack) > 0 && stack[len(stack)-1].end < s.start {
			stack = stack[:len(stack)-1]
		}
		if n := len(stack); n > 0 {
			switch outer := stack[n-1]; {
			case outer.start == s.start || outer.end == s.end || outer.end == s.start:
				c.problem(s.index, "%q and %q on tid %d share a start or end", outer.name, s.name, at.tid)
			case outer.end < s.end:
				c.problem(s.index, "%q and %q on tid %d overlap", outer.name, s.name, at.tid)
			}
		}
		stack = append(stack, s)
		if len(stack) == 513 {
			c.problem(s.index, "%q on tid %d lies deeper than 512 slices", s.name, at.tid)
		}
	}
}

func (c *chromeChecker) arrows() {
	for key, f := range c.flows {
		switch {
		case f.start == nil:
			c.problem(f.end.index, "arrow %s ends, but does not start", key.id)
			continue
		case f.end == nil:
			c.problem(f.start.index, "arrow %s starts, but does not end", key.id)
			continue
		case f.end.time <= f.start.time:
			c.problem(f.end.index, "arrow %s leads %d ns back", key.id, f.start.time-f.end.time)
		}
		if !c.startsAt(f.start) {
			c.problem(f.start.index, "arrow %s leaves no slice that starts there", key.id)
		}
		if p := f.end; !c.startsAt(p) && !c.sliceEnds[moment{p.at, p.time + 1}] {
			c.problem(p.index, "arrow %s leads to no slice that starts or ends there", key.id)
		}
	}
}

// startsAt reports whether a slice starts at a point. Lanes are sorted by now.
func (c *chromeChecker) startsAt(p *point) bool {
	_, found := slices.BinarySearchFunc(c.lanes[p.at], p.time, func(s slice, t int64) int { return cmp.Compare(s.start, t) })
	return found
}
