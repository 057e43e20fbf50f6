// SPDX-License-Identifier: Apache-2.0

package model

import "github.com/gocurtain/asyncio/trace"

// This file is about what the program itself does: calls, system calls, spans.

func (r *Recording) transfer(rec trace.Record) {
	e := &r.events.transfer
	*e = Transfer{FD: rec.A, Bytes: rec.B, Name: r.connections[rec.A], Write: rec.Kind == trace.KindWrite}
	r.happens(e)
}

func (r *Recording) connectionOpened(rec trace.Record) {
	e := &ConnectionOpened{FD: rec.A, Name: r.string(rec.B)}
	r.connections[e.FD] = e.Name
	r.happens(e)
}

func (r *Recording) connectionClosed(rec trace.Record) {
	r.happens(&ConnectionClosed{FD: rec.A, Name: r.connections[rec.A], Error: r.string(rec.B)})
	delete(r.connections, rec.A)
}

func (r *Recording) syscallBegin(rec trace.Record) {
	f := r.frame(rec.Kind, 0)
	f.system = SystemCall{Name: r.string(rec.A)}
	r.open(f, &f.system)
}

func (r *Recording) syscallEnd(rec trace.Record) {
	r.end(trace.KindSyscallBegin, 0, func(f *frame) { f.system.Result = int64(rec.A) })
}

func (r *Recording) callBegin(rec trace.Record) {
	f := r.frame(rec.Kind, 0)
	f.call = Call{Site: rec.Site, Resumed: rec.Flags&trace.CallResume != 0}
	r.open(f, &f.call)
}

func (r *Recording) callEnd(rec trace.Record) {
	r.end(trace.KindCallBegin, 0, func(f *frame) { f.call.Ending = endingOf(rec.Flags) })
}

func endingOf(flags uint8) Ending {
	switch {
	case flags&trace.CallRaise != 0:
		return Raises
	case flags&trace.CallSuspend != 0:
		return Suspends
	}
	return Returns
}

func (r *Recording) line(rec trace.Record) {
	e := &r.events.line
	*e = Line{Site: rec.Site}
	r.happens(e)
}

func (r *Recording) spanBegin(rec trace.Record) {
	f := r.frame(rec.Kind, 0)
	f.section = Section{Name: r.string(rec.A)}
	r.open(f, &f.section)
}

func (r *Recording) spanEnd(trace.Record) { r.end(trace.KindSpanBegin, 0, nil) }

func (r *Recording) mark(rec trace.Record) {
	e := &r.events.mark
	*e = Mark{Name: r.string(rec.A)}
	r.happens(e)
}

func (r *Recording) counter(rec trace.Record) {
	e := &r.events.counter
	*e = Counter{Name: r.string(rec.A), Value: int64(rec.B)}
	r.remarks(r.now, e)
}
