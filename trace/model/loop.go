// SPDX-License-Identifier: Apache-2.0

package model

import "github.com/gocurtain/asyncio/trace"

func (r *Recording) loopBegin(rec trace.Record) {
	if r.loop != nil {
		r.endLoop(Unfinished)
	}
	r.around = r.depth
	r.loop = &Loop{Span: Span{Begin: r.now}, ID: rec.A, Name: r.string(rec.B)}
	r.listener.Begins(r.loop)
}

// loopEnd closes what has begun since the loop did. Around it may be a job that runs it. What
// happens to a loop that was left is not known until it is found again.
func (r *Recording) loopEnd(rec trace.Record) {
	for r.depth > r.around {
		r.closeInnermost(WithLoop)
	}
	if r.loop != nil {
		r.endLoop(Whole)
	}
	if rec.Flags&trace.LoopLeft != 0 {
		r.breakOff(NotRecorded)
	}
}

func (r *Recording) endLoop(cut Cut) {
	l := r.loop
	r.loop = nil
	r.ends(l, cut)
}

func (r *Recording) threadName(rec trace.Record) {
	r.remarks(r.now, &ThreadNamed{ID: rec.A, Name: r.string(rec.B)})
}

func (r *Recording) turnBegin(rec trace.Record) {
	f := r.frame(rec.Kind, rec.A)
	f.turn = Turn{Number: rec.A, Ready: rec.B}
	r.open(f, &f.turn)
}

func (r *Recording) turnEnd(rec trace.Record) { r.end(trace.KindTurnBegin, rec.A, nil) }

func (r *Recording) pollBegin(rec trace.Record) {
	f := r.frame(rec.Kind, 0) // polls have no id
	f.poll = Poll{Timeout: rec.A}
	r.open(f, &f.poll)
}

func (r *Recording) pollEnd(rec trace.Record) {
	r.end(trace.KindPollBegin, 0, func(f *frame) { f.poll.Events = rec.A })
}

// handle is a callback that was scheduled and may still run.
type handle struct {
	Handle
	next Cause // of its next run
}

// ready is the cause of the run of the callback, which follows.
func (r *Recording) ready(rec trace.Record) {
	h, known := r.handles[rec.B]
	if !known {
		h.ID, h.Many = rec.B, true
	}
	e := &r.events.ready
	*e = BecameReady{FD: rec.A, Flags: rec.Flags, Handle: rec.B}
	if rec.Flags&trace.ReadySignal == 0 {
		e.Name = r.connections[rec.A]
	}
	r.happens(e)
	h.next = Cause{Kind: ByReadiness, Ready: rec.Flags, Time: e.Time, By: rec.A, Note: e.Note}
	r.handles[rec.B] = h
}

func (r *Recording) handleScheduled(rec trace.Record) {
	h := handle{Handle: Handle{ID: rec.A, Origin: trace.Origin(rec.Aux), Site: rec.Site, At: r.now}}
	switch h.Origin {
	case trace.OriginOutside:
		h.At = min(rec.B, r.now)
		h.Linked = rec.A >= trace.FirstLinkedHandle
	case trace.OriginTimer:
		h.Due = rec.B
	case trace.OriginReader, trace.OriginWriter, trace.OriginSignal:
		h.Many = true // its runs come from readiness
	}
	e := &r.events.scheduled
	*e = Scheduled{Handle: h.Handle}
	if h.Origin == trace.OriginOutside {
		r.remarks(h.At, e) // that was on another thread
	} else {
		r.happens(e)
	}
	if !h.Many && !h.Linked {
		h.next = Cause{Kind: ByCall, Site: rec.Site, Time: h.At, Note: e.Note}
		if h.Origin != trace.OriginOutside {
			h.next.In = r.running()
		}
	}
	r.handles[rec.A] = h
}

func (r *Recording) handleBegin(rec trace.Record) {
	h, known := r.handles[rec.A]
	f := r.frame(rec.Kind, rec.A)
	f.run = Run{Handle: Handle{ID: rec.A}}
	if known {
		f.run = Run{Handle: h.Handle, Known: true, Cause: h.next}
	}
	if h.Many {
		h.next = Cause{}
		r.handles[rec.A] = h
	} else {
		delete(r.handles, rec.A)
	}
	r.open(f, &f.run)
	if h.Linked {
		r.join(trace.KindOutsideCall, rec.A, OutsideLink, f.run.Begin, f.run.Note, false)
	}
}

func (r *Recording) handleEnd(rec trace.Record) { r.end(trace.KindHandleBegin, rec.A, nil) }

func (r *Recording) handleCancelled(rec trace.Record) {
	h, known := r.handles[rec.A]
	if !known {
		h.ID = rec.A
	}
	r.happens(&Unscheduled{Handle: h.Handle, Where: rec.Site})
	delete(r.handles, rec.A)
}
