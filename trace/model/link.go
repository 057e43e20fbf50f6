// SPDX-License-Identifier: Apache-2.0

package model

import "github.com/gocurtain/asyncio/trace"

// This file finds the links between recordings: thread-safe calls, and jobs of pools. The
// recordings are read side by side, so either end may come first.

// Link leads from an event in one recording to its effect in another.
type Link struct {
	Kind     LinkKind
	From, To LinkEnd
	// Beginning is the beginning of the process's recording, for a ProcessLink.
	Beginning *Beginning
}

// LinkKind says what a link is.
type LinkKind uint8

const (
	// OutsideLink leads from an OutsideCall to the Run of the callback.
	OutsideLink LinkKind = iota
	// JobLink leads from a JobSubmitted to a JobBegins.
	JobLink
	// ProcessLink leads from a ProcessStarted to a Beginning.
	ProcessLink
)

// LinkEnd is one end of a link.
type LinkEnd struct {
	PID       uint64
	Recording uint64 // the producer's ID
	Time      uint64
	Note      Note // the fact's
}

// linkKey says what the two ends have in common.
type linkKey struct {
	kind    trace.Kind
	pid, id uint64
}

// linkEnd is the end of a link of which one end is known.
type linkEnd struct {
	LinkEnd
	isStart bool
}

// maxLinks bounds the ends that wait for their other end: some never come.
const maxLinks = 1 << 16

// join notes one end of a link. When both are known, it tells the link.
func (r *Recording) join(of trace.Kind, id uint64, kind LinkKind, time uint64, note Note, isStart bool) {
	key, end := r.linkKey(of, id), r.linkEnd(time, note)
	other, known := r.program.links[key]
	switch {
	case !known && len(r.program.links) < maxLinks:
		r.program.links[key] = linkEnd{end, isStart}
	case known && other.isStart != isStart:
		delete(r.program.links, key)
		link := Link{Kind: kind, From: end, To: other.LinkEnd}
		if !isStart {
			link.From, link.To = other.LinkEnd, end
		}
		r.listener.Linked(link)
	}
}

func (r *Recording) linkEnd(time uint64, note Note) LinkEnd {
	return LinkEnd{PID: r.producer.PID, Recording: r.producer.ID, Time: time, Note: note}
}

// linkKey returns what both ends of a link have in common. A shared job has no process of its own.
func (r *Recording) linkKey(kind trace.Kind, id uint64) linkKey {
	if kind == trace.KindJobScheduled && id >= trace.FirstSharedJob {
		return linkKey{kind, 0, id}
	}
	return linkKey{kind, r.producer.PID, id}
}

func (r *Recording) outsideCall(rec trace.Record) {
	e := &OutsideCall{Handle: rec.A, Site: rec.Site}
	r.happens(e)
	r.join(trace.KindOutsideCall, rec.A, OutsideLink, e.Time, e.Note, true)
}

func (r *Recording) jobScheduled(rec trace.Record) {
	e := &JobSubmitted{Job: rec.A, Site: rec.Site}
	r.happens(e)
	r.join(trace.KindJobScheduled, rec.A, JobLink, e.Time, e.Note, true)
}

// jobBegin notes that the span that has just begun is a job.
func (r *Recording) jobBegin(rec trace.Record) {
	if r.depth == 0 {
		return
	}
	e := &JobBegins{Job: rec.A, Function: r.string(rec.B)}
	r.happens(e)
	r.join(trace.KindJobScheduled, rec.A, JobLink, e.Time, e.Note, false)
}
