// SPDX-License-Identifier: Apache-2.0

package model

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"github.com/gocurtain/asyncio/trace"
)

// task is a task that has not ended.
type task struct {
	id      uint64
	given   string // its name, "" = none
	calls   string // the name of its function, "" = unknown
	lane    *lane
	shared  bool         // the lane is not its own
	site    uint32       // what its next step is about: creation, or the wait
	running *span        // its open step
	rest    *open        // between steps: what it waits for, or "ready"
	waits   trace.Record // the wait its step has announced
	waitsIn string       // the library's coroutine in which it waits, "" = none
	sleep   Point        // where it armed the timer of its sleep
	from    Point        // where its next step comes from
	label   string       // of the arrow from there
	because string       // the same, with names
	waited  Point        // the end of the wait that was over with this
	cancel  Point        // where it was cancelled, if it has not run since
	since   uint64       // when it became ready
	seen    int          // Builder.losses at its last record
}

func (t *task) name() string {
	switch {
	case t.given != "":
		return t.given
	case t.calls != "" && t.id >= trace.FirstUnnumberedTask:
		return t.calls
	case t.calls != "":
		return defaultName(t.id) + " " + t.calls
	}
	return defaultName(t.id)
}

func defaultName(id uint64) string {
	if id >= trace.FirstUnnumberedTask {
		return "a task"
	}
	return "Task-" + strconv.FormatUint(id, 10)
}

// forget drops what a gap in the records has made doubtful.
func (t *task) forget() {
	t.from, t.label, t.because, t.since = Point{}, "", "", 0
	t.waits, t.waitsIn, t.site = trace.Record{}, "", 0
	t.sleep, t.waited, t.cancel = Point{}, Point{}, Point{}
}

// shortFunction is a function's name without the path of its package, and without the
// Python function in which it is defined.
func shortFunction(name string) string {
	const locals = "<locals>."
	if i := strings.LastIndex(name, locals); i >= 0 {
		return name[i+len(locals):]
	}
	return shortName(name)
}

// known returns a task, and makes it up if its creation was lost.
func (b *Builder) known(id uint64) *task {
	t := b.tasks[id]
	if t == nil {
		t = &task{id: id}
		t.lane, t.shared = b.taskLane()
		if !t.shared {
			t.lane.Name = t.name()
		}
		b.tasks[id] = t
	}
	t.seen = b.losses
	return t
}

func (b *Builder) remove(t *task) {
	delete(b.tasks, t.id)
	if t.shared {
		b.free = append(b.free, t.lane)
	}
}

// nameOf names any task, also one that is gone.
func (b *Builder) nameOf(id uint64) string {
	if t := b.tasks[id]; t != nil {
		return t.name()
	}
	return defaultName(id)
}

func (b *Builder) taskCreated(rec trace.Record) {
	t := b.known(rec.A)
	args := b.place(rec.Site, what(t.name()), number("task", rec.A))
	if rec.B != 0 {
		args = append(args, text("parent", b.nameOf(rec.B)))
	}
	b.late, b.lateTask = b.startMoment(b.current(), "create", args...), t
	t.site = rec.Site
	b.schedule(t, b.late.point(), "task created", "task created")
}

func (b *Builder) taskName(rec trace.Record) {
	t := b.known(rec.A)
	if rec.Flags&trace.NameFunction != 0 {
		t.calls = shortFunction(b.string(rec.B))
	} else {
		t.given = b.string(rec.B)
	}
	if t.shared {
		return
	}
	t.lane.Name = t.name()
	if t.lane.shown {
		b.picture.sink.Lane(t.lane.Lane)
	}
}

// schedule makes a task ready: its next step comes from a moment. A task that
// is running, or ready already, stays so.
func (b *Builder) schedule(t *task, from Point, label, because string) {
	if t.from != (Point{}) {
		return
	}
	t.from, t.label, t.because, t.since = from, label, because, b.now
	if t.running == nil {
		t.waited = b.closeRest(t)
		t.rest = b.start(t.lane, Point{}, Ready, number("task", t.id))
	}
}

// closeRest ends what a task is at between steps, and returns where: its last nanosecond,
// later than the beginning of what ends it. The end itself viewers miss by their rounding.
func (b *Builder) closeRest(t *task, args ...Arg) (end Point) {
	if t.rest == nil {
		return Point{}
	}
	t.rest.arg(args...)
	l := t.rest.lane
	b.stop(t.rest, max(b.now, t.from.Time+2))
	end = Point{l.ID, l.last - 1}
	t.rest = nil
	return end
}

func (b *Builder) stepBegin(rec trace.Record) {
	t := b.known(rec.A)
	if t.running != nil {
		b.end(trace.KindStepBegin, t.id, text("unfinished", "yes"))
	}
	b.closeRest(t)
	const name = "step"
	of := "" // what the lane is called
	if t.shared {
		of = t.name()
	}
	args := b.place(t.site, b.about(of, number("task", t.id))...)
	if t.because != "" {
		args = append(args, text("because", t.because), text("queued", duration(b.now-t.since)))
	}
	from := t.from
	if t.cancel.Time > from.Time {
		from = t.cancel
	}
	t.running = b.newSpan(rec)
	t.running.task = t
	t.running.slices = append(t.running.slices,
		b.start(b.loop, from, name, what(t.name()), number("task", t.id)),
		b.start(t.lane, from, name, args...))
	t.running.slices[0].slice.Partner = t.lane.ID
	b.stepArrows(t, t.running.slices[1])
	b.push(t.running)
	t.forget()
}

// cancelled is the label of the arrows that lead from a cancellation.
const cancelled = "cancel"

// stepArrows draws the arrows to a step and to the end of the wait before it.
func (b *Builder) stepArrows(t *task, step *open) {
	b.arrow(t.from, t.label, step)
	b.arrow(t.cancel, cancelled, step)
	b.arrowTo(t.from, t.label, t.waited)
	b.arrowTo(t.cancel, cancelled, t.waited)
}

func (b *Builder) stepEnd(rec trace.Record) {
	t := b.tasks[rec.A]
	if t == nil || t.running == nil {
		return
	}
	step := t.running.slices[1]
	if rec.Flags&trace.StepDone != 0 {
		b.lastStep(t, step)
		return
	}
	b.end(trace.KindStepBegin, t.id)
	if t.from != (Point{}) { // it was woken before it suspended
		t.rest = b.start(t.lane, Point{}, Ready, number("task", t.id))
		return
	}
	name, of := t.waitsFor(b)
	t.rest = b.start(t.lane, Point{}, name, b.place(t.waits.Site, b.about(of, number("task", t.id))...)...)
}

// lastStep ends a task. The drawing of its step waits for the outcome, which
// may be the next record.
func (b *Builder) lastStep(t *task, step *open) {
	s := t.running
	s.slices = s.slices[:1]
	b.end(trace.KindStepBegin, t.id)
	step.slice.End = step.lane.at(b.now)
	b.late, b.lateTask = step, t
	b.remove(t)
}

// waitsFor says how a wait is called, and what for it is, if that is known.
func (b *Builder) waitsFor(rec trace.Record) (name, of string) {
	const waits = "waits for"
	switch trace.Wait(rec.Aux) {
	case trace.WaitYield:
		return "yields", ""
	case trace.WaitSleep:
		return "sleep", duration(rec.B)
	case trace.WaitFuture:
		return waits, fmt.Sprintf("future %d", rec.B)
	case trace.WaitTask:
		return waits, b.nameOf(rec.B)
	case trace.WaitGroup:
		return waits, "its group"
	case trace.WaitMany:
		return waits, "several"
	case trace.WaitReceive:
		return "receives from a channel", ""
	case trace.WaitSend:
		return "sends to a channel", ""
	}
	if o, ok := objects[trace.Wait(rec.Aux)]; ok {
		return waits, fmt.Sprintf("%s%s %d", o.part, o.noun, rec.B)
	}
	return "waits", ""
}

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
}

// waitsFor prefers the library's coroutine in which the task waits.
func (t *task) waitsFor(b *Builder) (name, of string) {
	if t.waitsIn != "" && trace.Wait(t.waits.Aux) != trace.WaitMany {
		return "waits in", t.waitsIn
	}
	return b.waitsFor(t.waits)
}

func (b *Builder) taskWaitsIn(rec trace.Record) {
	b.known(rec.A).waitsIn = b.stringOr(rec.B, "")
}

func (b *Builder) taskWaits(rec trace.Record) {
	t := b.known(rec.A)
	t.waits, t.site = rec, rec.Site
	if trace.Wait(rec.Aux) == trace.WaitSleep {
		name, of := b.waitsFor(rec)
		t.sleep = b.moment(b.current(), name, b.place(rec.Site, b.about(of, number("task", t.id))...)...)
	}
}

func (b *Builder) taskWoken(rec trace.Record) {
	t := b.known(rec.A)
	label, because := b.wokenBy(rec)
	at := b.moment(b.current(), "wake", b.place(rec.Site, what(t.name()), number("task", t.id), text("because", because))...)
	if trace.Wake(rec.Aux) == trace.WakeTimer && rec.B == 0 && t.sleep != (Point{}) {
		// The timer is no callback, which would have an arrow of its own.
		b.picture.sink.Arrow(Arrow{From: t.sleep, To: at, Label: "timer"})
	}
	b.schedule(t, at, label, because)
}

// wokenBy says how a task was woken, and the same with the name of who did it.
func (b *Builder) wokenBy(rec trace.Record) (label, because string) {
	switch trace.Wake(rec.Aux) {
	case trace.WakeYield:
		label = "yield"
	case trace.WakeTimer:
		label = "timer"
	case trace.WakeFuture:
		return "woken by future", fmt.Sprintf("woken by future %d", rec.B)
	case trace.WakeTask:
		return "woken by task", "woken by " + b.nameOf(rec.B)
	case trace.WakeObject:
		if o, ok := objects[trace.Wait(b.known(rec.A).waits.Aux)]; ok {
			return "woken by " + o.noun, fmt.Sprintf("woken by %s %d", o.noun, rec.B)
		}
	case trace.WakeCancel:
		label = "cancelled"
	}
	label = cmp.Or(label, "woken")
	return label, label
}

func (b *Builder) taskCancelText(rec trace.Record) { b.cancelText = b.stringOr(rec.B, "") }

func (b *Builder) taskCancelled(rec trace.Record) {
	args := b.place(rec.Site, what(b.nameOf(rec.A)), number("task", rec.A))
	if rec.B != 0 {
		args = append(args, text("by", b.nameOf(rec.B)))
	}
	if b.cancelText != "" {
		args = append(args, text("message", b.cancelText))
		b.cancelText = ""
	}
	at := b.moment(b.current(), "cancel", args...)
	if t := b.tasks[rec.A]; t != nil {
		t.cancel = at
	}
}

// taskDone comes within the last step, or right after it (see complete), or
// for a task that never ran.
func (b *Builder) taskDone(rec trace.Record) {
	t := b.tasks[rec.A]
	switch {
	case t == nil:
	case t.running != nil:
		t.running.slices[1].arg(b.ending(rec)...)
	default:
		b.closeRest(t, b.ending(rec)...)
		b.remove(t)
	}
}

// ending says how a task ended.
func (b *Builder) ending(rec trace.Record) []Arg {
	args := []Arg{outcome(rec)}
	if rec.B != 0 {
		args = append(args, text("error", b.string(rec.B)))
	}
	return args
}

func outcome(rec trace.Record) Arg { return text("outcome", trace.Outcome(rec.Flags).String()) }

func (b *Builder) futureResolved(rec trace.Record) {
	b.moment(b.current(), "future resolved", b.place(rec.Site, number(What, rec.A), outcome(rec))...)
}
