// SPDX-License-Identifier: Apache-2.0

package timeline

import (
	"github.com/gocurtain/asyncio/trace"
	"github.com/gocurtain/asyncio/trace/model"
)

// drawing draws one recording.
type drawing struct {
	picture  *Picture
	producer trace.Producer
	model    *model.Recording
	rank     int

	loop         *lane
	outside      *lane
	outsideTimes recent
	title        title

	spans     []span // open, the innermost last
	gap       []*open
	beginning *model.Beginning // until the first slice has begun
	birth     model.Link       // that leads to it

	places map[uint32]*place // those seen lately
	args   []Arg             // of the slice in the making
	drawn  []*open           // for use again

	lanes  int // made so far
	own    int // of them, tasks' own
	shared int
	free   []*lane // shared ones without a task
}

// span is an activity that is drawn on the lane of the loop or of the step around it. A step is
// drawn twice: on the loop's lane, and on its own.
type span struct {
	slice *open
	step  *open // on the task's lane, or nil
	lane  *lane // where what is within it is drawn
}

func newDrawing(p *Picture, producer trace.Producer) *drawing {
	d := &drawing{picture: p, producer: producer, rank: p.recordings, places: make(map[uint32]*place)}
	p.recordings++
	d.loop = d.newLane(LoopLane, "loop")
	d.outside = d.newLane(OutsideLane, "other goroutines")
	if producer.Language == "python" {
		d.outside.Name = "other threads"
	}
	return d
}

// Begins implements [model.Listener].
func (d *drawing) Begins(a model.Activity) {
	switch a := a.(type) {
	case *model.Loop:
		d.loopBegins(a)
	case *model.Turn:
		d.begin(&a.Span, d.loop, Turn, "turn", number(What, a.Number), number("ready", a.Ready))
	case *model.Poll:
		d.begin(&a.Span, d.loop, Poll, "poll", text("timeout", timeout(a)))
	case *model.Run:
		d.runBegins(a)
	case *model.Task:
		d.taskBegins(a)
	case *model.Step:
		d.stepBegins(a)
	case *model.Wait:
		d.waitBegins(a)
	case *model.Ready:
		d.readyBegins(a)
	case *model.Call:
		d.callBegins(a)
	case *model.SystemCall:
		d.beginHere(&a.Span, SystemCall, or(a.Name, "system call"))
	case *model.Section:
		d.beginHere(&a.Span, Span, or(a.Name, "span"))
	case *model.Gap:
		d.gapBegins(a)
	}
}

// Ends implements [model.Listener].
func (d *drawing) Ends(a model.Activity) {
	switch a := a.(type) {
	case *model.Turn:
		d.end(&a.Span)
	case *model.Poll:
		if a.Cut == model.Whole {
			d.innermost().arg(number("events", a.Events))
		}
		d.end(&a.Span)
	case *model.Run:
		d.end(&a.Span)
	case *model.Task:
		d.taskEnds(a)
	case *model.Step:
		d.stepEnds(a)
	case *model.Wait:
		d.waitEnds(a)
	case *model.Ready:
		d.readyEnds(a)
	case *model.Call:
		d.callEnds(a)
	case *model.SystemCall:
		if a.Cut == model.Whole {
			d.innermost().arg(number("result", a.Result))
		}
		d.end(&a.Span)
	case *model.Section:
		d.end(&a.Span)
	case *model.Gap:
		d.gapEnds(a)
	}
}

// Happens implements [model.Listener].
func (d *drawing) Happens(e model.Event) {
	switch e := e.(type) {
	case *model.Beginning:
		d.beginning = e
	case *model.ThreadNamed:
		d.threadNamed(e)
	case *model.BecameReady:
		name, of := readiness(e.FD, e.Name, e.Flags)
		d.moment(&e.Moment, d.loop, Readiness, name, of)
	case *model.Scheduled:
		d.scheduled(e)
	case *model.Unscheduled:
		d.unscheduled(e)
	case *model.Created:
		d.created(e)
	case *model.Named:
		d.named(e)
	case *model.SleepBegins:
		d.sleepBegins(e)
	case *model.Woken:
		d.woken(e)
	case *model.CancelRequested:
		d.cancelRequested(e)
	case *model.Resolved:
		d.moment(&e.Moment, d.current(), Cause, "future resolved", d.place(e.Site, number(What, e.Future), text("outcome", e.Outcome.String()))...)
	case *model.OutsideCall:
		d.moment(&e.Moment, d.current(), Cause, doors[trace.OriginOutside].call, d.place(e.Site, number("handle", e.Handle))...)
	case *model.JobSubmitted:
		d.moment(&e.Moment, d.current(), Cause, submit, d.place(e.Site, number("job", e.Job))...)
	case *model.JobBegins:
		d.jobBegins(e)
	case *model.ProcessStarted:
		d.moment(&e.Moment, d.current(), Cause, "start process", d.place(e.Site, number("process", e.PID))...)
	case *model.ConnectionOpened:
		d.moment(&e.Moment, d.current(), Cause, "connection opened", d.about(e.Name, number("fd", e.FD))...)
	case *model.ConnectionClosed:
		d.connectionClosed(e)
	case *model.Transfer:
		d.moment(&e.Moment, d.current(), SystemCall, transfer(e), d.about(e.Name, number("fd", e.FD), number("bytes", e.Bytes))...)
	case *model.Line:
		d.moment(&e.Moment, d.current(), Line, "line", d.at(e.Site)...)
	case *model.Mark:
		d.moment(&e.Moment, d.current(), Span, or(e.Name, "mark"))
	case *model.Counter:
		d.picture.canvas.Counter(Counter{PID: d.producer.PID, Time: e.Time, Name: or(e.Name, "counter"), Value: e.Value})
	}
}

// Linked implements [model.Listener]. The slices at its ends are drawn when they end; their lanes
// are known by now.
func (d *drawing) Linked(l model.Link) {
	label := ""
	switch l.Kind {
	case model.OutsideLink:
		label = doors[trace.OriginOutside].call
	case model.JobLink:
		label = submit
	case model.ProcessLink:
		if d.beginning == l.Beginning {
			d.birth = l // nothing is drawn yet
			return
		}
		d.drawBirth(l)
		return
	}
	d.arrowTo(point(l.From.Note), label, point(l.To.Note))
}

// drawBirth draws the arrow from where a process was started to its first slice.
func (d *drawing) drawBirth(l model.Link) {
	from, to := point(l.From.Note), point(l.Beginning.Note)
	if from.Time < to.Time {
		d.picture.show(l.Beginning.Tag.(*lane))
		d.arrowTo(from, "process started", to)
	}
}

// submit is the name of giving a job to a pool.
const submit = "submit"

// begin opens a span on a lane.
func (d *drawing) begin(s *model.Span, l *lane, category, name string, args ...Arg) *open {
	return d.beginAfter(Point{}, s, l, category, name, args...)
}

// beginHere opens a span where the code that is running is drawn.
func (d *drawing) beginHere(s *model.Span, category, name string, args ...Arg) {
	l := d.current()
	o := d.start(l, s.Begin, Point{}, category, name, args...)
	s.Note = note(o.point())
	d.spans = append(d.spans, span{slice: o, lane: l})
}

// beginAfter opens a span later than an arrow to it begins.
func (d *drawing) beginAfter(from Point, s *model.Span, l *lane, category, name string, args ...Arg) *open {
	o := d.start(l, s.Begin, from, category, name, args...)
	s.Note = note(o.point())
	d.spans = append(d.spans, span{slice: o, lane: l})
	return o
}

// innermost is the slice of the innermost span.
func (d *drawing) innermost() *open { return d.spans[len(d.spans)-1].slice }

// end draws the innermost span.
func (d *drawing) end(s *model.Span) {
	o := d.innermost()
	d.spans = d.spans[:len(d.spans)-1]
	o.arg(unfinished(s)...)
	d.stop(o, s.End)
}

// What a gap is called.
const (
	recordsLost = "records lost"
	notRecorded = "not recorded"
)

// unfinished says why the own end of a span is not known.
func unfinished(s *model.Span) []Arg {
	switch s.Cut {
	case model.Unfinished:
		return []Arg{text("unfinished", "yes")}
	case model.RecordsLost:
		return []Arg{text("unfinished", recordsLost)}
	case model.NotRecorded:
		return []Arg{text("unfinished", notRecorded)}
	}
	return nil
}

// current returns the lane of the code that is running.
func (d *drawing) current() *lane {
	if n := len(d.spans); n > 0 {
		return d.spans[n-1].lane
	}
	return d.loop
}

// gapBegins starts to draw the gap on the loop's lane and on the lanes that it has interrupted.
func (d *drawing) gapBegins(g *model.Gap) {
	name := recordsLost
	if g.Left {
		name = notRecorded
	}
	d.gap = append(d.gap, d.start(d.loop, g.Begin, Point{}, Lost, name))
	for _, t := range g.Tasks {
		d.gap = append(d.gap, d.start(rowOf(t).lane, g.Begin, Point{}, Lost, name))
	}
}

func (d *drawing) gapEnds(g *model.Gap) {
	for _, o := range d.gap {
		switch {
		case g.Cut != model.Whole:
			continue // what came then belongs to no picture
		case !g.Left:
			o.arg(number("records", g.Records))
		}
		d.stop(o, g.End)
	}
	d.gap = d.gap[:0]
}

func (d *drawing) connectionClosed(e *model.ConnectionClosed) {
	args := d.about(e.Name, number("fd", e.FD))
	if e.Error != "" {
		args = append(args, text("error", e.Error))
	}
	d.moment(&e.Moment, d.current(), Cause, "connection closed", args...)
}

func transfer(e *model.Transfer) string {
	if e.Write {
		return "write"
	}
	return "read"
}

func or(name, unknown string) string {
	if name == "" {
		return unknown
	}
	return name
}
