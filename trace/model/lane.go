// SPDX-License-Identifier: Apache-2.0

package model

import (
	"cmp"
	"fmt"

	"github.com/gocurtain/asyncio/trace"
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

// lanesPerBuilder bounds the ranks of one builder's lanes.
const lanesPerBuilder = 1 << 20

func (b *Builder) newLane(kind LaneKind, name string) *lane {
	l := &lane{Lane: Lane{
		ID:    b.picture.nextLane(),
		PID:   b.producer.PID,
		Kind:  kind,
		Name:  name,
		Order: b.rank*lanesPerBuilder + min(b.lanes, lanesPerBuilder-1),
	}}
	if kind != LoopLane {
		l.Loop = b.loop.ID
	}
	b.lanes++
	return l
}

// show tells the sink about a lane that is drawn on for the first time, which
// is when its name is known.
func (p *Picture) show(l *lane) {
	if l.shown {
		return
	}
	l.shown = true
	p.sink.Lane(l.Lane)
}

// start opens a slice now, but later than an arrow to it begins.
func (b *Builder) start(l *lane, from Point, name string, args ...Arg) *open {
	o := b.newOpen()
	o.lane = l
	o.slice = Slice{
		Lane: l.ID, Start: l.at(max(b.now, from.Time+1)),
		Name: name, Category: b.category(name), Args: append(o.slice.Args[:0], args...),
	}
	if !b.drawn {
		b.drawn = true
		b.picture.recordingBegins(b.producer, o)
	}
	return o
}

// newOpen returns one that was drawn, if there is one: their arguments would be most of
// what a long recording allocates.
func (b *Builder) newOpen() *open {
	n := len(b.drawnOpens)
	if n == 0 {
		return new(open)
	}
	o := b.drawnOpens[n-1]
	b.drawnOpens = b.drawnOpens[:n-1]
	return o
}

// categories are those of the slices that a record of a kind starts; the others are
// moments at which something was caused.
var categories = [256]string{
	trace.KindTurnBegin:    Turn,
	trace.KindPollBegin:    Poll,
	trace.KindReady:        Readiness,
	trace.KindHandleBegin:  Callback,
	trace.KindStepBegin:    Step,
	trace.KindStepEnd:      Wait,
	trace.KindCallBegin:    Call,
	trace.KindLine:         Line,
	trace.KindSyscallBegin: SystemCall,
	trace.KindRead:         SystemCall,
	trace.KindWrite:        SystemCall,
	trace.KindSpanBegin:    Span,
	trace.KindMark:         Span,
	trace.KindLost:         Lost,
}

func (b *Builder) category(name string) string {
	if name == Ready {
		return Ready
	}
	return cmp.Or(categories[b.kind], Cause)
}

// stop ends a slice at a time.
func (b *Builder) stop(o *open, t uint64) {
	o.slice.End = o.lane.at(t)
	b.draw(o)
}

// draw draws a slice, which is not to be used any more.
func (b *Builder) draw(o *open) {
	b.picture.show(o.lane)
	b.picture.sink.Slice(o.slice)
	b.drawnOpens = append(b.drawnOpens, o)
}

// moment draws a slice of no length, now.
func (b *Builder) moment(l *lane, name string, args ...Arg) Point {
	o := b.startMoment(l, name, args...)
	at := o.point()
	b.draw(o)
	return at
}

// startMoment leaves the drawing to the caller.
func (b *Builder) startMoment(l *lane, name string, args ...Arg) *open {
	o := b.start(l, Point{}, name, args...)
	o.slice.End = o.slice.Start
	return o
}

// arrow draws an arrow to the start of a slice, if its other end is known.
func (b *Builder) arrow(from Point, label string, to *open) {
	b.picture.show(to.lane) // the slice itself is drawn when it ends
	b.arrowTo(from, label, to.point())
}

// arrowTo draws an arrow if both ends are known.
func (b *Builder) arrowTo(from Point, label string, to Point) {
	if from != (Point{}) && from.Time < to.Time {
		b.picture.sink.Arrow(Arrow{From: from, To: to, Label: label})
	}
}

// ownRows is how many tasks of a producer have a lane of their own. The lanes
// of later ones are shared by tasks that follow each other.
const ownRows = 1000

// taskLane returns a lane for a new task; shared says that it is not its own.
func (b *Builder) taskLane() (l *lane, shared bool) {
	if b.own < ownRows {
		b.own++
		return b.newLane(TaskLane, ""), false
	}
	if n := len(b.free); n > 0 {
		l = b.free[n-1]
		b.free = b.free[:n-1]
		return l, true
	}
	b.shared++
	return b.newLane(TaskLane, fmt.Sprintf("tasks #%d", b.shared)), true
}
