// SPDX-License-Identifier: Apache-2.0

package model

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/gocurtain/asyncio/trace"
)

func (b *Builder) loopBegin(rec trace.Record) {
	name := b.stringOr(rec.B, strconv.FormatUint(rec.A, 10))
	if !strings.HasPrefix(name, "loop") {
		name = "loop " + name
	}
	switch {
	case b.firstLoop == "":
		b.firstLoop, b.loopName = name, name
	case name != b.lastLoop: // as in a suite of tests, where each has a loop of its own
		b.moreLoops++
		b.loopName = fmt.Sprintf("%s and %d more", b.firstLoop, b.moreLoops)
	}
	b.lastLoop = name
	b.nameLoopLane()
	b.around = len(b.spans)
}

func (b *Builder) threadName(rec trace.Record) {
	b.thread = b.stringOr(rec.B, b.thread)
	b.nameLoopLane()
}

// nameLoopLane names the lane by the loop, the thread, or both. Something may have been
// drawn there before: the main task is created before the loop runs.
func (b *Builder) nameLoopLane() {
	switch {
	case b.loopName == "":
		b.loop.Name = cmp.Or(b.thread, b.loop.Name)
	case b.thread == "":
		b.loop.Name = b.loopName
	default:
		b.loop.Name = b.loopName + " in " + b.thread
	}
	if b.loop.shown {
		b.picture.sink.Lane(b.loop.Lane)
	}
}

// loopEnd closes what has begun since the loop did. Around it may be a job that runs it.
func (b *Builder) loopEnd(trace.Record) {
	for len(b.spans) > b.around {
		b.closeInnermost()
	}
}

func (b *Builder) turnBegin(rec trace.Record) {
	b.begin(rec, b.loop, Point{}, "turn", number(What, rec.A), number("ready", rec.B))
}

func (b *Builder) turnEnd(rec trace.Record) { b.end(trace.KindTurnBegin, rec.A) }

func (b *Builder) pollBegin(rec trace.Record) {
	timeout := "none"
	if rec.A != trace.Forever {
		timeout = duration(rec.A)
	}
	rec.A = 0 // polls have no id
	b.begin(rec, b.loop, Point{}, "poll", text("timeout", timeout))
}

func (b *Builder) pollEnd(rec trace.Record) {
	b.end(trace.KindPollBegin, 0, number("events", rec.A))
}

// ready draws the moment that a descriptor became ready; the run of its handle
// is the other end of an arrow.
func (b *Builder) ready(rec trace.Record) {
	label, of := readiness(rec)
	h, known := b.handles[rec.B]
	if !known {
		h.many = true
	}
	h.from, h.label = b.moment(b.loop, label, of), label
	b.handles[rec.B] = h
}

// readiness says what has come, and of what.
func readiness(rec trace.Record) (name string, of Arg) {
	of = what(fmt.Sprintf("fd %d", rec.A))
	switch rec.Flags & (trace.ReadyRead | trace.ReadyWrite | trace.ReadySignal) {
	case trace.ReadySignal:
		return "signal", number(What, rec.A)
	case trace.ReadyRead:
		return "readable", of
	case trace.ReadyWrite:
		return "writable", of
	case trace.ReadyRead | trace.ReadyWrite:
		return "readable and writable", of
	}
	return "event", of
}

// handle is a callback that was scheduled and may still run.
type handle struct {
	origin trace.Origin
	site   uint32
	at     uint64 // when it was scheduled
	due    uint64 // deadline of a timer
	from   Point  // where its next run comes from
	label  string
	many   bool // it may run many times
	linked bool // its arrow comes from another recording
}

// doors are how callbacks come in, and the names of those callbacks' runs.
var doors = map[trace.Origin]struct{ call, run string }{
	trace.OriginSoon:    {"call_soon", "callback"},
	trace.OriginTimer:   {"timer", "timer"},
	trace.OriginOutside: {"outside", "outside callback"},
	trace.OriginReader:  {"add_reader", "reader"},
	trace.OriginWriter:  {"add_writer", "writer"},
	trace.OriginSignal:  {"add_signal_handler", "signal handler"},
	trace.OriginDone:    {"done", "done callback"},
}

func (b *Builder) handleScheduled(rec trace.Record) {
	h := handle{origin: trace.Origin(rec.Aux), site: rec.Site, at: b.now}
	door, known := doors[h.origin]
	if !known {
		door.call = "schedule"
	}
	args := b.place(rec.Site, number("handle", rec.A))
	var at Point
	switch h.origin {
	case trace.OriginOutside:
		if rec.A >= trace.FirstLinkedHandle {
			h.at, h.linked = min(rec.B, b.now), true
			b.handles[rec.A] = h
			return // the recording of the caller has the moment
		}
		h.at = min(rec.B, b.now)
		at = b.outsideMoment(h.at, door.call, args)
	case trace.OriginTimer:
		h.due = rec.B
		args = append(args, text("due_in", duration(rec.B-min(rec.B, b.now))))
		fallthrough
	default:
		at = b.moment(b.current(), door.call, args...)
	}
	switch h.origin {
	case trace.OriginReader, trace.OriginWriter, trace.OriginSignal:
		h.many = true // its arrows come from readiness
	default:
		h.from, h.label = at, door.call
	}
	b.handles[rec.A] = h
}

// outsideMoment is a moment on the lane of the other goroutines. Their calls
// are told when the loop takes them in, not in the order of their times, so the
// lane keeps no order. Calls of the same nanosecond are told apart as far as
// the last few go.
func (b *Builder) outsideMoment(t uint64, name string, args []Arg) Point {
	t = max(t, min(b.producer.Start, maxTime))
	for b.outsideTimes.has(t) {
		t++
	}
	b.outsideTimes.add(t)
	b.picture.show(b.outside)
	b.picture.sink.Slice(Slice{Lane: b.outside.ID, Start: t, End: t, Name: name, Category: Cause, Args: args})
	return Point{b.outside.ID, t}
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

func (b *Builder) handleBegin(rec trace.Record) {
	h, known := b.handles[rec.A]
	if !known {
		b.begin(rec, b.loop, Point{}, "callback", number("handle", rec.A))
		return
	}
	name := cmp.Or(doors[h.origin].run, "callback")
	args := b.at(h.site, number("handle", rec.A))
	switch {
	case h.due != 0:
		args = append(args, text("late", duration(b.now-min(h.due, b.now))))
	case !h.many:
		args = append(args, text("queued", duration(b.now-h.at)))
	}
	if h.linked {
		o := b.begin(rec, b.loop, Point{Time: h.at}, name, args...)
		b.follows(rec, trace.KindOutsideCall, o)
		delete(b.handles, rec.A)
		return
	}
	o := b.begin(rec, b.loop, h.from, name, args...)
	b.arrow(h.from, h.label, o)
	if h.many {
		h.from = Point{}
		b.handles[rec.A] = h
	} else {
		delete(b.handles, rec.A)
	}
}

func (b *Builder) handleEnd(rec trace.Record) { b.end(trace.KindHandleBegin, rec.A) }

func (b *Builder) handleCancelled(rec trace.Record) {
	run, at := "callback", ""
	if h, known := b.handles[rec.A]; known {
		run, at = cmp.Or(doors[h.origin].run, run), b.placeOf(h.site).at
	}
	b.moment(b.current(), "cancel "+run, b.place(rec.Site, b.about(at, number("handle", rec.A))...)...)
	delete(b.handles, rec.A)
}

// string resolves the id of a string that lies in a 64-bit field.
func (b *Builder) string(id uint64) string {
	if id == 0 || id > 1<<32-1 {
		return ""
	}
	return b.names.String(uint32(id))
}

func (b *Builder) stringOr(id uint64, unknown string) string {
	if s := b.string(id); s != "" {
		return s
	}
	return unknown
}

func duration[N num](ns N) string { return time.Duration(ns).String() }
