// SPDX-License-Identifier: Apache-2.0

package model

import (
	"slices"

	"github.com/gocurtain/asyncio/trace"
)

// This file finds the links that lead from where a process was started to its first record. The
// recordings are read side by side, so either end may come first. The system may give the id of a
// process that has ended to another one.

// birth is one end of such a link.
type birth struct {
	pid       uint64
	time      uint64 // just before the process was started; or when its recording was
	end       LinkEnd
	beginning *Beginning
	taken     bool // the process is known to both ends
}

// births are the ends so far. Many processes are not recorded, and most recordings belong to a
// process whose start was not seen. So only the latest are remembered.
type births struct{ starts, beginnings []birth }

const maxBirths = 1 << 12

func remember(list []birth, b birth) []birth {
	if len(list) == maxBirths {
		list = slices.Delete(list, 0, maxBirths/2)
	}
	return append(list, b)
}

// processStarted gets, if possible, the moment before the process existed: its recording may have
// begun before its starter learned its id.
func (r *Recording) processStarted(rec trace.Record) {
	time := r.now
	if rec.B != 0 {
		time = min(rec.B, time)
	}
	e := &ProcessStarted{PID: rec.A, Site: rec.Site}
	r.happensAt(time, e)
	s := &r.program.births
	start := birth{pid: e.PID, time: e.Time, end: r.linkEnd(e.Time, e.Note)}
	s.starts = remember(s.starts, start)
	if first := s.first(start); first != nil && s.last(*first).time <= start.time {
		r.bear(&s.starts[len(s.starts)-1], first)
	}
}

// recordingBegins tells of the first fact of a recording.
func (p *Program) recordingBegins(r *Recording, b *Beginning) {
	s := &p.births
	beginning := birth{pid: r.producer.PID, time: min(r.producer.Start, maxTime), end: r.linkEnd(b.Time, Note{}), beginning: b}
	s.beginnings = remember(s.beginnings, beginning)
	if start := s.last(beginning); start != nil {
		r.bear(start, &s.beginnings[len(s.beginnings)-1])
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

// last returns the latest start before a beginning, nil if there is none yet: of the processes that
// had the same id, this is the one that was recorded.
func (s *births) last(beginning birth) (last *birth) {
	for i := range s.starts {
		if b := &s.starts[i]; b.pid == beginning.pid && b.time <= beginning.time && (last == nil || b.time >= last.time) {
			last = b
		}
	}
	return last
}

// bear tells the link, unless one of the ends has another one.
func (r *Recording) bear(start, beginning *birth) {
	if start.taken || beginning.taken {
		return
	}
	start.taken, beginning.taken = true, true
	to := beginning.end
	to.Note = beginning.beginning.Note
	r.listener.Linked(Link{Kind: ProcessLink, From: start.end, To: to, Beginning: beginning.beginning})
}
