// SPDX-License-Identifier: Apache-2.0

package timeline

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gocurtain/asyncio/trace"
	"github.com/gocurtain/asyncio/trace/model"
)

// title is what the lane of a loop is named after: the loops that have run on it, and the thread.
type title struct {
	loop        string // "" = none has run
	first, last string // those that have run, and how many others
	more        int
	thread      string // "" = not told
}

func (d *drawing) loopBegins(l *model.Loop) {
	name := or(l.Name, strconv.FormatUint(l.ID, 10))
	if !strings.HasPrefix(name, "loop") {
		name = "loop " + name
	}
	t := &d.title
	switch {
	case t.first == "":
		t.first, t.loop = name, name
	case name != t.last: // as in a suite of tests, where each has a loop of its own
		t.more++
		t.loop = fmt.Sprintf("%s and %d more", t.first, t.more)
	}
	t.last = name
	d.nameLoopLane()
}

func (d *drawing) threadNamed(e *model.ThreadNamed) {
	d.title.thread = or(e.Name, d.title.thread)
	d.nameLoopLane()
}

// nameLoopLane names the lane by the loop, the thread, or both. Something may have been drawn there
// before: the main task is created before the loop runs.
func (d *drawing) nameLoopLane() {
	name := d.title.loop
	switch {
	case name == "":
		name = cmp.Or(d.title.thread, d.loop.Name)
	case d.title.thread != "":
		name += " in " + d.title.thread
	}
	d.picture.rename(d.loop, name)
}

func timeout(p *model.Poll) string {
	if p.Timeout == trace.Forever {
		return "none"
	}
	return duration(p.Timeout)
}

// readiness says what is ready, and for what.
func readiness(fd uint64, connection string, flags uint8) (name string, of Arg) {
	of = what(or(connection, fmt.Sprintf("fd %d", fd)))
	switch flags & (trace.ReadyRead | trace.ReadyWrite | trace.ReadySignal) {
	case trace.ReadySignal:
		return "signal", number(What, fd)
	case trace.ReadyRead:
		return "readable", of
	case trace.ReadyWrite:
		return "writable", of
	case trace.ReadyRead | trace.ReadyWrite:
		return "readable and writable", of
	}
	return "event", of
}

// doors are the ways to schedule callbacks, and the names of these callbacks' runs.
var doors = map[trace.Origin]struct{ call, run string }{
	trace.OriginSoon:    {"call_soon", "callback"},
	trace.OriginTimer:   {"timer", "timer"},
	trace.OriginOutside: {"outside", "outside callback"},
	trace.OriginReader:  {"add_reader", "reader"},
	trace.OriginWriter:  {"add_writer", "writer"},
	trace.OriginSignal:  {"add_signal_handler", "signal handler"},
	trace.OriginDone:    {"done", "done callback"},
}

// callName is the name of scheduling a callback.
func callName(origin trace.Origin) string { return or(doors[origin].call, "schedule") }

// runName is the name of the run of a callback.
func runName(origin trace.Origin) string { return or(doors[origin].run, "callback") }

func (d *drawing) scheduled(e *model.Scheduled) {
	if e.Linked {
		return // the recording of the caller has the moment
	}
	args := d.place(e.Site, number("handle", e.ID))
	switch e.Origin {
	case trace.OriginOutside:
		d.outsideMoment(e, args)
		return
	case trace.OriginTimer:
		args = append(args, text("due_in", duration(e.Due-min(e.Due, e.Time))))
	}
	d.moment(&e.Moment, d.current(), Cause, callName(e.Origin), args...)
}

// outsideMoment is a moment on the lane of the other goroutines. Their calls come when the loop
// finds them, not in the order of their times, so the lane keeps no order. Calls of the same
// nanosecond are told apart, as far as the last few go.
func (d *drawing) outsideMoment(e *model.Scheduled, args []Arg) {
	t := max(e.Time, d.producer.Start)
	for d.outsideTimes.has(t) {
		t++
	}
	d.outsideTimes.add(t)
	d.picture.show(d.outside)
	d.picture.canvas.Slice(Slice{Lane: d.outside.ID, Start: t, End: t, Name: callName(e.Origin), Category: Cause, Args: args})
	e.Note = note(Point{d.outside.ID, t})
}

// recent remembers the last few times.
type recent struct {
	times [64]uint64
	next  int
}

func (r *recent) has(t uint64) bool {
	for _, x := range r.times {
		if x == t {
			return true
		}
	}
	return false
}

func (r *recent) add(t uint64) {
	r.times[r.next%len(r.times)] = t
	r.next++
}

func (d *drawing) runBegins(r *model.Run) {
	if !r.Known {
		d.begin(&r.Span, d.loop, Callback, "callback", number("handle", r.ID))
		return
	}
	args := d.at(r.Site, number("handle", r.ID))
	switch {
	case r.Due != 0:
		args = append(args, text("late", duration(r.Begin-min(r.Due, r.Begin))))
	case !r.Many:
		args = append(args, text("queued", duration(r.Begin-r.At)))
	}
	name := runName(r.Origin)
	if r.Linked {
		o := d.beginAfter(Point{Time: r.At}, &r.Span, d.loop, Callback, name, args...)
		d.picture.show(o.lane) // the slice itself is drawn when it ends
		return
	}
	from := point(r.Cause.Note)
	o := d.beginAfter(from, &r.Span, d.loop, Callback, name, args...)
	d.arrow(from, runLabel(r), o)
}

// runLabel is the label of the arrow to a callback's run.
func runLabel(r *model.Run) string {
	if r.Cause.Kind == model.ByReadiness {
		label, _ := readiness(r.Cause.By, "", r.Cause.Ready)
		return label
	}
	return callName(r.Origin)
}

func (d *drawing) unscheduled(e *model.Unscheduled) {
	d.moment(&e.Moment, d.current(), Cause, "cancel "+runName(e.Origin), d.place(e.Where, d.about(d.placeOf(e.Site).at, number("handle", e.ID))...)...)
}

// jobBegins notes that the span that has just begun is a job.
func (d *drawing) jobBegins(e *model.JobBegins) {
	o := d.innermost()
	o.arg(number("job", e.Job), text("function", or(e.Function, "unknown")))
	d.picture.show(o.lane) // the slice itself is drawn when it ends
	e.Note = note(o.point())
}

func (d *drawing) callBegins(c *model.Call) {
	name := or(d.placeOf(c.Site).function, "call")
	args := d.place(c.Site)
	if c.Resumed {
		args = append(args, text("resumed", "yes"))
	}
	d.beginHere(&c.Span, Call, name, args...)
}

func (d *drawing) callEnds(c *model.Call) {
	switch {
	case c.Cut != model.Whole:
	case c.Ending == model.Raises:
		d.innermost().arg(text("ends", "raises"))
	case c.Ending == model.Suspends:
		d.innermost().arg(text("ends", "suspends"))
	}
	d.end(&c.Span)
}

func duration[N num](ns N) string { return time.Duration(ns).String() }
