// SPDX-License-Identifier: Apache-2.0

package timeline

import (
	"fmt"
	"strconv"

	"github.com/gocurtain/asyncio/trace"
	"github.com/gocurtain/asyncio/trace/model"
)

// row is where a task is drawn.
type row struct {
	lane   *lane
	shared bool  // the lane is not its own
	rest   *open // between steps: what it waits for, or "ready"
	waited Point // the end of the wait that was over with the latest cause
}

func rowOf(t *model.Task) *row { return t.Tag.(*row) }

func (d *drawing) taskBegins(t *model.Task) {
	r := new(row)
	r.lane, r.shared = d.taskLane()
	if !r.shared {
		r.lane.Name = t.Name()
	}
	t.Tag = r
}

func (d *drawing) taskEnds(t *model.Task) {
	if r := rowOf(t); r.shared {
		d.free = append(d.free, r.lane)
	}
}

func (d *drawing) named(e *model.Named) {
	if r := rowOf(e.Task); !r.shared {
		d.picture.rename(r.lane, e.Task.Name())
	}
}

func (d *drawing) created(e *model.Created) {
	args := d.place(e.Site, what(e.Task.Name()), number("task", e.Task.ID))
	if e.Parent != 0 {
		args = append(args, text("parent", e.ParentName))
	}
	d.moment(&e.Moment, d.current(), Cause, "create", args...)
}

func (d *drawing) readyBegins(r *model.Ready) {
	row := rowOf(r.Task)
	row.rest = d.start(row.lane, r.Begin, Point{}, Ready, Ready, number("task", r.Task.ID))
}

func (d *drawing) readyEnds(r *model.Ready) {
	d.restEnds(r.Task, &r.Span, r.Cause)
	if r.Cut == model.RecordsLost || r.Cut == model.NotRecorded {
		rowOf(r.Task).waited = Point{}
	}
}

func (d *drawing) waitBegins(w *model.Wait) {
	row := rowOf(w.Task)
	name, of := waitsFor(w)
	row.rest = d.start(row.lane, w.Begin, Point{}, Wait, name, d.place(w.Site, d.about(of, number("task", w.Task.ID))...)...)
}

func (d *drawing) waitEnds(w *model.Wait) {
	end := d.restEnds(w.Task, &w.Span, w.Cause)
	if w.Cause.Kind != model.NoCause {
		rowOf(w.Task).waited = end
	}
}

// restEnds ends what a task does between steps, and returns where: at its last nanosecond, which is
// later than the beginning of what ends it. Viewers would miss the end itself, because they round.
func (d *drawing) restEnds(t *model.Task, s *model.Span, cause model.Cause) (end Point) {
	row := rowOf(t)
	row.rest.arg(ending(t)...)
	row.rest.arg(unfinished(s)...)
	d.stop(row.rest, max(s.End, point(cause.Note).Time+2))
	row.rest = nil
	return Point{row.lane.ID, row.lane.last - 1}
}

func (d *drawing) stepBegins(s *model.Step) {
	t, row := s.Task, rowOf(s.Task)
	const name = "step"
	of := "" // what the lane is called
	if row.shared {
		of = t.Name()
	}
	args := d.place(s.Site, d.about(of, number("task", t.ID))...)
	label, because := causeWords(s.Cause)
	if s.Cause.Kind != model.NoCause {
		args = append(args, text("because", because), text("queued", duration(s.Begin-s.Since)))
	}
	from, cancel := point(s.Cause.Note), point(s.Cancel.Note)
	later := from
	if cancel.Time > from.Time {
		later = cancel
	}
	onLoop := d.start(d.loop, s.Begin, later, Step, name, what(t.Name()), number("task", t.ID))
	onLoop.slice.Partner = row.lane.ID
	step := d.start(row.lane, s.Begin, later, Step, name, args...)
	s.Note = note(step.point())
	d.arrow(from, label, step)
	d.arrow(cancel, cancelled, step)
	d.arrowTo(from, label, row.waited)
	d.arrowTo(cancel, cancelled, row.waited)
	row.waited = Point{}
	d.spans = append(d.spans, span{slice: onLoop, step: step, lane: row.lane})
}

// cancelled is the label of the arrows that lead from a cancellation.
const cancelled = "cancel"

func (d *drawing) stepEnds(s *model.Step) {
	step := d.spans[len(d.spans)-1].step
	d.end(&s.Span)
	step.arg(ending(s.Task)...)
	step.arg(unfinished(&s.Span)...)
	d.stop(step, s.End)
}

// ending says how a task has ended, if it has.
func ending(t *model.Task) []Arg {
	if t.Outcome == 0 {
		return nil
	}
	args := []Arg{text("outcome", t.Outcome.String())}
	if t.Error != "" {
		args = append(args, text("error", t.Error))
	}
	return args
}

// waitsFor returns the name of a wait, and what it is for, if that is known. It prefers the
// library's coroutine in which the task waits.
func waitsFor(w *model.Wait) (name, of string) {
	const waits = "waits for"
	if w.In != "" && w.For != trace.WaitMany {
		return "waits in", w.In
	}
	switch w.For {
	case trace.WaitYield:
		return "yields", ""
	case trace.WaitSleep:
		if w.On == 0 {
			return sleep, "" // one that was found
		}
		return sleep, duration(w.On)
	case trace.WaitFuture:
		return waits, fmt.Sprintf("future %d", w.On)
	case trace.WaitTask:
		return waits, w.OnName
	case trace.WaitGroup:
		return waits, "its group"
	case trace.WaitMany:
		return waits, "several"
	case trace.WaitReceive:
		return "receives from a channel", ""
	case trace.WaitSend:
		return "sends to a channel", ""
	}
	if o, ok := objects[w.For]; ok {
		return waits, o.part + o.noun + " " + orNumber(w.Words, w.On)
	}
	if name, ok := outside[w.For]; ok {
		return name, w.Words
	}
	return "waits", ""
}

// sleep is the name of a sleep, and of the arming of its timer.
const sleep = "sleep"

// objects are what tasks share to work together, by how they wait for it.
var objects = map[trace.Wait]struct{ part, noun string }{
	trace.WaitLock:      {"", "lock"},
	trace.WaitEvent:     {"", "event"},
	trace.WaitCondition: {"", "condition"},
	trace.WaitSemaphore: {"", "semaphore"},
	trace.WaitBarrier:   {"", "barrier"},
	trace.WaitGet:       {"an item of ", "queue"},
	trace.WaitPut:       {"room in ", "queue"},
	trace.WaitJoin:      {"the work of ", "queue"},
	trace.WaitObject:    {"", "object"},
}

// orNumber is the program's words for an object, if it has any, else its number.
func orNumber(words string, id uint64) string {
	if words == "" {
		return strconv.FormatUint(id, 10)
	}
	return words
}

// outside are the waits for what comes from outside of the program, by what they are called.
var outside = map[trace.Wait]string{
	trace.WaitRead:    "waits to read",
	trace.WaitWrite:   "waits to write",
	trace.WaitAccept:  "waits to accept",
	trace.WaitConnect: "waits to connect",
	trace.WaitDrain:   "waits to drain",
	trace.WaitProcess: "waits for a process",
	trace.WaitResolve: "waits for an address",
	trace.WaitSignal:  "waits for a signal",
}

func (d *drawing) sleepBegins(e *model.SleepBegins) {
	d.moment(&e.Moment, d.current(), Cause, sleep, d.place(e.Site, d.about(duration(e.For), number("task", e.Task.ID))...)...)
}

func (d *drawing) woken(e *model.Woken) {
	_, because := causeWords(e.Cause)
	t := e.Task
	d.moment(&e.Moment, d.current(), Cause, "wake", d.place(e.Cause.Site, what(t.Name()), number("task", t.ID), text("because", because))...)
	if armed := point(e.Armed); armed != (Point{}) {
		d.picture.canvas.Arrow(Arrow{From: armed, To: point(e.Note), Label: "timer"})
	}
}

// causeWords say why a task's step was scheduled, and the same with the name of who did it.
func causeWords(c model.Cause) (label, because string) {
	if c.Kind == model.ByCreation {
		return "task created", "task created"
	}
	label = "woken"
	switch c.Wake {
	case trace.WakeYield:
		label = "yield"
	case trace.WakeTimer:
		label = "timer"
	case trace.WakeFuture:
		return "woken by future", fmt.Sprintf("woken by future %d", c.By)
	case trace.WakeTask:
		return "woken by task", "woken by " + c.ByName
	case trace.WakeObject:
		if o, ok := objects[c.Object]; ok {
			label = "woken by " + o.noun
			return label, label + " " + orNumber(c.ByName, c.By)
		}
	case trace.WakeCancel:
		label = "cancelled"
	}
	return label, label
}

func (d *drawing) cancelRequested(e *model.CancelRequested) {
	args := d.place(e.Site, what(e.Name), number("task", e.ID))
	if e.By != 0 {
		args = append(args, text("by", e.ByName))
	}
	if e.Text != "" {
		args = append(args, text("message", e.Text))
	}
	d.moment(&e.Moment, d.current(), Cause, "cancel", args...)
}
