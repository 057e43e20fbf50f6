// SPDX-License-Identifier: Apache-2.0

package timeline

import (
	"fmt"

	"github.com/gocurtain/asyncio/trace/model"
)

// lane is a lane while it is drawn on.
type lane struct {
	Lane
	shown bool
	last  uint64 // the latest start or end on it
}

// at returns the time of a new start or end: t, or just after the last one.
func (l *lane) at(t uint64) uint64 {
	l.last = max(t, l.last+1)
	return l.last
}

// open is a slice that has not ended yet.
type open struct {
	lane  *lane
	slice Slice
}

func (o *open) point() Point { return Point{o.lane.ID, o.slice.Start} }

func (o *open) arg(args ...Arg) { o.slice.Args = append(o.slice.Args, args...) }

// note is a point for the model to keep, and point is the way back.
func note(p Point) model.Note { return model.Note{uint64(p.Lane), p.Time} }

func point(n model.Note) Point { return Point{int(n[0]), n[1]} }

// lanesPerRecording bounds the ranks of one recording's lanes.
const lanesPerRecording = 1 << 20

func (d *drawing) newLane(kind LaneKind, name string) *lane {
	l := &lane{Lane: Lane{
		ID:    d.picture.nextLane(),
		PID:   d.producer.PID,
		Kind:  kind,
		Name:  name,
		Order: d.rank*lanesPerRecording + min(d.lanes, lanesPerRecording-1),
	}}
	if kind != LoopLane {
		l.Loop = d.loop.ID
	}
	d.lanes++
	return l
}

// show tells the canvas about a lane that is drawn on for the first time, which is when its name is
// known.
func (p *Picture) show(l *lane) {
	if l.shown {
		return
	}
	l.shown = true
	p.canvas.Lane(l.Lane)
}

// rename gives a lane another name.
func (p *Picture) rename(l *lane, name string) {
	l.Name = name
	if l.shown {
		p.canvas.Lane(l.Lane)
	}
}

// start opens a slice at a time, but later than an arrow to it begins.
func (d *drawing) start(l *lane, t uint64, from Point, category, name string, args ...Arg) *open {
	o := d.newOpen()
	o.lane = l
	o.slice = Slice{
		Lane: l.ID, Start: l.at(max(t, from.Time+1)),
		Name: name, Category: category, Args: append(o.slice.Args[:0], args...),
	}
	if d.beginning != nil {
		d.begun(o)
	}
	return o
}

// begun notes where the recording begins in the picture.
func (d *drawing) begun(o *open) {
	d.beginning.Note, d.beginning.Tag = note(o.point()), o.lane
	d.beginning = nil
	if d.birth.Beginning != nil {
		d.drawBirth(d.birth)
	}
}

// newOpen reuses a slice that was drawn, if there is one: their arguments would be most of what a
// long recording allocates.
func (d *drawing) newOpen() *open {
	n := len(d.drawn)
	if n == 0 {
		return new(open)
	}
	o := d.drawn[n-1]
	d.drawn = d.drawn[:n-1]
	return o
}

// stop ends a slice at a time.
func (d *drawing) stop(o *open, t uint64) {
	o.slice.End = o.lane.at(t)
	d.draw(o)
}

// draw draws a slice, which must not be used after it.
func (d *drawing) draw(o *open) {
	d.picture.show(o.lane)
	d.picture.canvas.Slice(o.slice)
	d.drawn = append(d.drawn, o)
}

// moment draws an event: a slice of no length.
func (d *drawing) moment(m *model.Moment, l *lane, category, name string, args ...Arg) {
	o := d.start(l, m.Time, Point{}, category, name, args...)
	o.slice.End = o.slice.Start
	m.Note = note(o.point())
	d.draw(o)
}

// arrow draws an arrow to the start of a slice, if its other end is known.
func (d *drawing) arrow(from Point, label string, to *open) {
	d.picture.show(to.lane) // the slice itself is drawn when it ends
	d.arrowTo(from, label, to.point())
}

// arrowTo draws an arrow if both ends are known.
func (d *drawing) arrowTo(from Point, label string, to Point) {
	if from != (Point{}) && from.Time < to.Time {
		d.picture.canvas.Arrow(Arrow{From: from, To: to, Label: label})
	}
}

// ownRows is how many tasks of a recording have a lane of their own. Later tasks share lanes, one
// after the other.
const ownRows = 1000

// taskLane returns a lane for a new task; shared says that other tasks may use it, too.
func (d *drawing) taskLane() (l *lane, shared bool) {
	if d.own < ownRows {
		d.own++
		return d.newLane(TaskLane, ""), false
	}
	if n := len(d.free); n > 0 {
		l = d.free[n-1]
		d.free = d.free[:n-1]
		return l, true
	}
	d.shared++
	return d.newLane(TaskLane, fmt.Sprintf("tasks #%d", d.shared)), true
}
