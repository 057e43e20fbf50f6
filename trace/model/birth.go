// SPDX-License-Identifier: Apache-2.0

package model

import (
	"slices"

	"github.com/gocurtain/asyncio/trace"
)

// This file draws the arrows that lead from where a process was started to what was
// recorded first of it. The recordings are read side by side, so either end may come
// first; and the system gives the id of a process to another one once it has ended.

// birth is one end of such an arrow.
type birth struct {
	pid   uint64
	time  uint64 // just before the process was started; or when its recording was
	lane  *lane
	at    Point
	taken bool // the process is known to both ends
}

// births are the ends so far. Many a process is not recorded, and most recordings are
// of one that nobody was seen to start; so only the latest are remembered.
type births struct{ starts, beginnings []birth }

const maxBirths = 1 << 12

func remember(list []birth, b birth) []birth {
	if len(list) == maxBirths {
		list = slices.Delete(list, 0, maxBirths/2)
	}
	return append(list, b)
}

// processStarted draws the moment before the process was there, as far as possible: its
// recording may have begun before its starter learned its id.
func (b *Builder) processStarted(rec trace.Record) {
	now := b.now
	if rec.B != 0 {
		b.now = min(rec.B, now)
	}
	start := birth{pid: rec.A, time: b.now}
	start.at = b.moment(b.current(), "start process", b.place(rec.Site, number("process", rec.A))...)
	b.now = now
	b.picture.processStarts(start)
}

func (p *Picture) processStarts(start birth) {
	p.births.starts = remember(p.births.starts, start)
	if first := p.births.first(start); first != nil && p.births.last(*first).time <= start.time {
		p.bear(&p.births.starts[len(p.births.starts)-1], first)
	}
}

// recordingBegins tells of the first slice of a recording.
func (p *Picture) recordingBegins(producer trace.Producer, o *open) {
	beginning := birth{pid: producer.PID, time: min(producer.Start, maxTime), lane: o.lane, at: o.point()}
	p.births.beginnings = remember(p.births.beginnings, beginning)
	if start := p.births.last(beginning); start != nil {
		p.bear(start, &p.births.beginnings[len(p.births.beginnings)-1])
	}
}

// first returns the earliest beginning after a start, nil if there is none yet.
func (s *births) first(start birth) (first *birth) {
	for i := range s.beginnings {
		if b := &s.beginnings[i]; b.pid == start.pid && b.time >= start.time && (first == nil || b.time < first.time) {
			first = b
		}
	}
	return first
}

// last returns the latest start before a beginning, nil if there is none yet: of the
// processes that had the same id, this is the one that was recorded.
func (s *births) last(beginning birth) (last *birth) {
	for i := range s.starts {
		if b := &s.starts[i]; b.pid == beginning.pid && b.time <= beginning.time && (last == nil || b.time >= last.time) {
			last = b
		}
	}
	return last
}

// bear draws the arrow.
func (p *Picture) bear(start, beginning *birth) {
	if start.taken || beginning.taken {
		return
	}
	start.taken, beginning.taken = true, true
	if start.at.Time < beginning.at.Time {
		p.show(beginning.lane) // the slice itself is drawn when it ends
		p.sink.Arrow(Arrow{From: start.at, To: beginning.at, Label: "process started"})
	}
}
