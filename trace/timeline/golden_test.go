// SPDX-License-Identifier: Apache-2.0

package timeline

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/internal/story"
)

// canvas is a Canvas that keeps everything.
type canvas struct {
	processes []Process
	lanes     map[int]Lane
	slices    []Slice
	arrows    []Arrow
	early     []Arrow // of these, the ones whose lanes were not known yet
	counters  []Counter
}

func newCanvas() *canvas { return &canvas{lanes: make(map[int]Lane)} }

func (c *canvas) Process(p Process) { c.processes = append(c.processes, p) }
func (c *canvas) Lane(l Lane)       { c.lanes[l.ID] = l }
func (c *canvas) Counter(n Counter) { c.counters = append(c.counters, n) }

func (c *canvas) Slice(s Slice) {
	s.Args = slices.Clone(s.Args)
	c.slices = append(c.slices, s)
}

func (c *canvas) Arrow(a Arrow) {
	for _, lane := range []int{a.From.Lane, a.To.Lane} {
		if _, ok := c.lanes[lane]; !ok {
			c.early = append(c.early, a)
		}
	}
	c.arrows = append(c.arrows, a)
}

// String writes one line per item: lanes, then all else by its time.
func (c *canvas) String() string {
	var b strings.Builder
	lanes := make([]Lane, 0, len(c.lanes))
	for _, l := range c.lanes {
		lanes = append(lanes, l)
	}
	slices.SortFunc(lanes, func(x, y Lane) int { return cmp.Compare(x.Order, y.Order) })
	for _, l := range lanes {
		fmt.Fprintf(&b, "lane %q\n", l.Name)
	}
	type line struct {
		time uint64
		text string
	}
	var lines []line
	for _, s := range c.slices {
		lines = append(lines, line{s.Start, fmt.Sprintf("%5d %-6s %-10s %s%s", s.Start, length(s), c.lanes[s.Lane].Name, s.Name, argsText(s.Args)) + c.partner(s)})
	}
	for _, a := range c.arrows {
		lines = append(lines, line{a.To.Time, fmt.Sprintf("%5d <- %d  %-10s %s: from %s", a.To.Time, a.From.Time, c.lanes[a.To.Lane].Name, a.Label, c.lanes[a.From.Lane].Name)})
	}
	for _, n := range c.counters {
		lines = append(lines, line{n.Time, fmt.Sprintf("%5d counter %s = %d", n.Time, n.Name, n.Value)})
	}
	slices.SortStableFunc(lines, func(x, y line) int { return cmp.Compare(x.time, y.time) })
	for _, l := range lines {
		b.WriteString(l.text + "\n")
	}
	return b.String()
}

// partner names the lane that shows the same.
func (c *canvas) partner(s Slice) string {
	if s.Partner == 0 {
		return ""
	}
	return fmt.Sprintf(" also on %q", c.lanes[s.Partner].Name)
}

func length(s Slice) string {
	if s.End == s.Start {
		return "."
	}
	return fmt.Sprint("+", s.End-s.Start)
}

func argsText(args []Arg) string {
	var b strings.Builder
	for _, a := range args {
		if a.IsText {
			fmt.Fprintf(&b, " %s=%s", a.Key, a.Text)
		} else {
			fmt.Fprintf(&b, " %s=%d", a.Key, a.Number)
		}
	}
	return b.String()
}

// check verifies the promises of the package comment.
func (c *canvas) check(t *testing.T) {
	t.Helper()
	if len(c.early) > 0 {
		t.Errorf("arrows that came before their lanes: %v", c.early)
	}
	starts, ends := map[Point]bool{}, map[Point]bool{}
	byLane := map[int][]Slice{}
	for _, s := range c.slices {
		if _, ok := c.lanes[s.Lane]; !ok {
			t.Errorf("slice %+v is on an unknown lane", s)
		}
		if s.End < s.Start {
			t.Errorf("slice %+v ends before it starts", s)
		}
		starts[Point{s.Lane, s.Start}] = true
		if s.Category == Wait || s.Category == Ready {
			ends[Point{s.Lane, s.End - 1}] = true
		}
		byLane[s.Lane] = append(byLane[s.Lane], s)
	}
	for _, ss := range byLane {
		checkNesting(t, ss)
	}
	for _, a := range c.arrows {
		if !starts[a.From] || !starts[a.To] && !ends[a.To] {
			t.Errorf("arrow %+v does not join two slices", a)
		}
		if a.From.Time >= a.To.Time {
			t.Errorf("arrow %+v does not lead forward", a)
		}
	}
}

func checkNesting(t *testing.T, ss []Slice) {
	t.Helper()
	used := map[uint64]bool{}
	for _, s := range ss {
		for _, time := range slices.Compact([]uint64{s.Start, s.End}) {
			if used[time] {
				t.Errorf("lane %d: two starts or ends at %d", s.Lane, time)
			}
			used[time] = true
		}
	}
	slices.SortFunc(ss, func(x, y Slice) int { return cmp.Compare(x.Start, y.Start) })
	var stack []Slice
	for _, s := range ss {
		for len(stack) > 0 && stack[len(stack)-1].End < s.Start {
			stack = stack[:len(stack)-1]
		}
		if n := len(stack); n > 0 && s.End > stack[n-1].End {
			t.Errorf("%q and %q overlap on lane %d", stack[n-1].Name, s.Name, s.Lane)
		}
		stack = append(stack, s)
	}
}

// Each file in testdata holds a story: what it is about, a recording in the text form, and the
// picture that is made of it.
func TestPictures(t *testing.T) {
	for _, s := range story.All(t, "testdata") {
		t.Run(s.Name, func(t *testing.T) {
			c := newCanvas()
			if err := NewPicture(c).Draw(story.Source(t, s.Part("trace"))); err != nil {
				t.Fatal(err)
			}
			c.check(t)
			s.Check(t, "picture", c.String())
		})
	}
}
