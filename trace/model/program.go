// SPDX-License-Identifier: Apache-2.0

package model

import (
	"cmp"

	"github.com/gocurtain/asyncio/trace"
)

// This file draws what the program itself does: calls, system calls, spans.
// They lie on the lane of the code that is running.

func (b *Builder) transfer(rec trace.Record) {
	name := "read"
	if rec.Kind == trace.KindWrite {
		name = "write"
	}
	b.moment(b.current(), name, number("fd", rec.A), number("bytes", rec.B))
}

func (b *Builder) syscallBegin(rec trace.Record) {
	b.begin(rec, b.current(), Point{}, b.stringOr(rec.A, "system call"))
}

func (b *Builder) syscallEnd(rec trace.Record) {
	b.end(trace.KindSyscallBegin, 0, number("result", rec.A))
}

func (b *Builder) callBegin(rec trace.Record) {
	name := cmp.Or(b.placeOf(rec.Site).function, "call")
	args := b.place(rec.Site)
	if rec.Flags&trace.CallResume != 0 {
		args = append(args, text("resumed", "yes"))
	}
	b.begin(rec, b.current(), Point{}, name, args...)
}

func (b *Builder) callEnd(rec trace.Record) {
	switch {
	case rec.Flags&trace.CallRaise != 0:
		b.end(trace.KindCallBegin, 0, text("ends", "raises"))
	case rec.Flags&trace.CallSuspend != 0:
		b.end(trace.KindCallBegin, 0, text("ends", "suspends"))
	default:
		b.end(trace.KindCallBegin, 0)
	}
}

func (b *Builder) line(rec trace.Record) {
	b.moment(b.current(), "line", b.at(rec.Site)...)
}

func (b *Builder) spanBegin(rec trace.Record) {
	b.begin(rec, b.current(), Point{}, b.stringOr(rec.A, "span"))
}

func (b *Builder) spanEnd(trace.Record) { b.end(trace.KindSpanBegin, 0) }

func (b *Builder) mark(rec trace.Record) {
	b.moment(b.current(), b.stringOr(rec.A, "mark"))
}

func (b *Builder) counter(rec trace.Record) {
	b.picture.sink.Counter(Counter{
		PID:   b.producer.PID,
		Time:  b.now,
		Name:  b.stringOr(rec.A, "counter"),
		Value: int64(rec.B),
	})
}
