// SPDX-License-Identifier: Apache-2.0

package model

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gocurtain/asyncio/trace"
)

func (b *Builder) loopBegin(rec trace.Record) {
	b.loopName = b.stringOr(rec.B, strconv.FormatUint(rec.A, 10))
	if !strings.HasPrefix(b.loopName, "loop") {
		b.loopName = "loop " + b.loopName
	}
	b.nameLoopLane()
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
		b.loop.Name = b.thread
	case b.thread == "":
		b.loop.Name = b.loopName
	default:
		b.loop.Name = b.loopName + " in " + b.thread
	}
	if b.loop.shown {
		b.picture.sink.Lane(b.loop.Lane)
	}
}

func (b *Builder) loopEnd(trace.Record) {
	for len(b.spans) > 0 {
		b.closeInnermost()
	}
}

func (b *Builder) turnBegin(rec trace.Record) {
	b.begin(rec, b.loop, Point{}, fmt.Sprintf("turn %d", rec.A), number("ready", rec.B))
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
	label := readiness(rec)
	o := b.moment(b.loop, label)
	b.draw(o)
	h := b.handles[rec.B]
	if h == nil {
		h = &handle{many: true}
		b.handles[rec.B] = h
	}
	h.from, h.label = o.point(), label
}

func readiness(rec trace.Record) string {
	switch rec.Flags & (trace.ReadyRead | trace.ReadyWrite | trace.ReadySignal) {
	case trace.ReadySignal:
		return fmt.Sprintf("signal %d", rec.A)
	case trace.ReadyRead:
		return fmt.Sprintf("fd %d readable", rec.A)
	case trace.ReadyWrite:
		return fmt.Sprintf("fd %d writable", rec.A)
	case trace.ReadyRead | trace.ReadyWrite:
		return fmt.Sprintf("fd %d readable and writable", rec.A)
	}
	return fmt.Sprintf("fd %d ready", rec.A)
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
	h := &handle{origin: trace.Origin(rec.Aux), site: rec.Site, at: b.now}
	door, known := doors[h.origin]
	if !known {
		door.call = "schedule"
	}
	args := b.place(rec.Site, number("handle", rec.A))
	var o *open
	switch h.origin {
	case trace.OriginOutside:
		if rec.A >= trace.FirstLinkedHandle {
			h.at, h.linked = min(rec.B, b.now), true
			b.handles[rec.A] = h
			return // the recording of the caller has the moment
		}
		h.at = min(rec.B, b.now)
		o = b.outsideMoment(h.at, door.call, args)
	case trace.OriginTimer:
		h.due = rec.B
		args = append(args, text("due_in", duration(rec.B-min(rec.B, b.now))))
		fallthrough
	default:
		o = b.moment(b.current(), door.call, args...)
	}
	b.draw(o)
	b.handles[rec.A] = h
	switch h.origin {
	case trace.OriginReader, trace.OriginWriter, trace.OriginSignal:
		h.many = true // its arrows come from readiness
	default:
		h.from, h.label = o.point(), door.call
	}
}

// outsideMoment is a moment on the lane of the other goroutines. Their calls
// are told when the loop takes them in, not in the order of their times, so the
// lane keeps no order. Calls of the same nanosecond are told apart as far as
// the last few go.
func (b *Builder) outsideMoment(t uint64, name string, args []Arg) *open {
	t = max(t, min(b.producer.Start, maxTime))
	for b.outsideTimes.has(t) {
		t++
	}
	b.outsideTimes.add(t)
	return &open{b.outside, Slice{Lane: b.outside.ID, Start: t, End: t, Name: name, Args: args}}
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
	h := b.handles[rec.A]
	if h == nil {
		b.begin(rec, b.loop, Point{}, "callback", number("handle", rec.A))
		return
	}
	name := doors[h.origin].run
	if name == "" {
		name = "callback"
	}
	args := b.place(h.site, number("handle", rec.A))
	switch {
	case h.due != 0:
		args = append(args, text("late", duration(b.now-min(h.due, b.now))))
	case !h.many:
		args = append(args, text("queued", duration(b.now-h.at)))
	}
	if h.linked {
		o := b.begin(rec, b.loop, Point{Time: h.at}, name+b.at(h.site), args...)
		b.follows(rec, trace.KindOutsideCall, o)
		delete(b.handles, rec.A)
		return
	}
	o := b.begin(rec, b.loop, h.from, name+b.at(h.site), args...)
	b.arrow(h.from, h.label, o)
	h.from = Point{}
	if !h.many {
		delete(b.handles, rec.A)
	}
}

func (b *Builder) handleEnd(rec trace.Record) { b.end(trace.KindHandleBegin, rec.A) }

func (b *Builder) handleCancelled(rec trace.Record) {
	name := "cancel callback"
	if h := b.handles[rec.A]; h != nil {
		name = "cancel " + doors[h.origin].run + b.at(h.site)
	}
	b.draw(b.moment(b.current(), name, b.place(rec.Site, number("handle", rec.A))...))
	delete(b.handles, rec.A)
}

// place prepends the details of a site to args; an unknown site has none.
func (b *Builder) place(id uint32, args ...Arg) []Arg {
	if id == 0 {
		return args
	}
	site := b.names.Site(id)
	if site == (trace.Site{}) {
		return args
	}
	return append(args, text("file", site.File), number("line", site.Line), text("function", site.Function))
}

// at returns " file.go:12", "" for an unknown site.
func (b *Builder) at(id uint32) string {
	if id == 0 {
		return ""
	}
	site := b.names.Site(id)
	if site.File == "" {
		return ""
	}
	return fmt.Sprintf(" %s:%d", filepath.Base(site.File), site.Line)
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

// shortName returns a function's name without the path of its package.
func shortName(function string) string {
	return function[strings.LastIndexByte(function, '/')+1:]
}

func duration[N num](ns N) string { return time.Duration(ns).String() }
