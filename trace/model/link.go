// SPDX-License-Identifier: Apache-2.0

package model

import "github.com/gocurtain/asyncio/trace"

// This file draws the arrows that lead from one recording to another: thread-safe
// calls, and jobs of pools. The recordings are read side by side, so either end may come
// first.

// linkKey says what the two ends have in common.
type linkKey struct {
	kind    trace.Kind
	pid, id uint64
}

// link is an arrow of which one end is known.
type link struct {
	end     Point
	label   string
	isStart bool
}

// maxLinks bounds the ends that wait for the other one: some never come.
const maxLinks = 1 << 16

// join tells one end of a link. The arrow is drawn when both are known.
func (p *Picture) join(key linkKey, end Point, label string, isStart bool) {
	other, known := p.links[key]
	switch {
	case !known && len(p.links) < maxLinks:
		p.links[key] = link{end, label, isStart}
	case known && other.isStart != isStart:
		delete(p.links, key)
		from, to := end, other.end
		if !isStart {
			from, to, label = other.end, end, other.label
		}
		if from.Time < to.Time {
			p.sink.Arrow(Arrow{From: from, To: to, Label: label})
		}
	}
}

func (b *Builder) outsideCall(rec trace.Record) {
	b.leads(rec, trace.KindOutsideCall, doors[trace.OriginOutside].call, number("handle", rec.A))
}

func (b *Builder) jobScheduled(rec trace.Record) {
	b.leads(rec, trace.KindJobScheduled, "submit", number("job", rec.A))
}

// leads draws the moment at which a link starts.
func (b *Builder) leads(rec trace.Record, kind trace.Kind, name string, id Arg) {
	at := b.moment(b.current(), name, b.place(rec.Site, id)...)
	b.picture.join(b.linkKey(kind, rec.A), at, name, true)
}

// linkKey returns what both ends of a link have in common. A shared job has no process
// of its own.
func (b *Builder) linkKey(kind trace.Kind, id uint64) linkKey {
	if kind == trace.KindJobScheduled && id >= trace.FirstSharedJob {
		return linkKey{kind, 0, id}
	}
	return linkKey{kind, b.producer.PID, id}
}

// jobBegin says that the span which has just begun is a job.
func (b *Builder) jobBegin(rec trace.Record) {
	if len(b.spans) == 0 {
		return
	}
	o := b.spans[len(b.spans)-1].slices[0]
	o.arg(number("job", rec.A), text("function", b.stringOr(rec.B, "unknown")))
	b.follows(rec, trace.KindJobScheduled, o)
}

// follows tells that a link leads to a slice that has begun.
func (b *Builder) follows(rec trace.Record, kind trace.Kind, o *open) {
	b.picture.show(o.lane) // the slice itself is drawn when it ends
	b.picture.join(b.linkKey(kind, rec.A), o.point(), "", false)
}
