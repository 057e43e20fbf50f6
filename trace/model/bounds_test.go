// SPDX-License-Identifier: Apache-2.0

package model

import (
	"testing"

	"github.com/gocurtain/asyncio/internal/story"
	"github.com/gocurtain/asyncio/trace"
)

// deaf is a listener that wants to know nothing but the links.
type deaf struct{ links []Link }

func (d *deaf) Begins(Activity) {}
func (d *deaf) Ends(Activity)   {}
func (d *deaf) Happens(Event)   {}
func (d *deaf) Linked(l Link)   { d.links = append(d.links, l) }

// The memory of a recording does not grow with what is over.
func TestMemoryIsBoundedByWhatLives(t *testing.T) {
	r := NewProgram().Recording(trace.Producer{PID: 1}, story.Source(t, ""), new(deaf))
	time := uint64(0)
	add := func(kind trace.Kind, id uint64, flags uint8) {
		time += 10
		r.Add(trace.Record{Time: time, Kind: kind, A: id, Flags: flags})
	}
	for id := uint64(1); id <= 5000; id++ {
		add(trace.KindTaskCreated, id, 0)
		add(trace.KindHandleScheduled, id, 0)
		add(trace.KindTurnBegin, id, 0)
		add(trace.KindStepBegin, id, 0)
		add(trace.KindStepEnd, id, trace.StepDone)
		add(trace.KindTaskDone, id, 1)
		add(trace.KindHandleBegin, id, 0)
		add(trace.KindHandleEnd, id, 0)
		add(trace.KindTurnEnd, id, 0)
	}
	if len(r.tasks) != 0 || len(r.handles) != 0 || r.depth != 0 || len(r.frames) > 2 {
		t.Errorf("%d tasks, %d handles, %d of %d spans are left", len(r.tasks), len(r.handles), r.depth, len(r.frames))
	}
}

// Ends of links that never meet do not add up, and those that have met are forgotten.
func TestLinksAreBounded(t *testing.T) {
	listener := new(deaf)
	p := NewProgram()
	names := story.Source(t, "")
	caller := p.Recording(trace.Producer{PID: 1, ID: 1}, names, listener)
	callee := p.Recording(trace.Producer{PID: 1, ID: 2}, names, listener)
	for id := range uint64(2 * maxLinks) {
		caller.Add(trace.Record{Time: 1, Kind: trace.KindJobScheduled, A: 1 + id})
	}
	if len(p.links) > maxLinks {
		t.Errorf("%d links are remembered", len(p.links))
	}
	for id := range uint64(2 * maxLinks) {
		callee.Add(trace.Record{Time: 2, Kind: trace.KindSpanBegin})
		callee.Add(trace.Record{Time: 3, Kind: trace.KindJobBegin, A: 1 + id})
		callee.Add(trace.Record{Time: 4, Kind: trace.KindSpanEnd})
	}
	if len(listener.links) != maxLinks {
		t.Fatalf("%d links were told, want %d", len(listener.links), maxLinks)
	}
	if l := listener.links[0]; l.Kind != JobLink || l.From != (LinkEnd{PID: 1, Recording: 1, Time: 1}) || l.To != (LinkEnd{PID: 1, Recording: 2, Time: 3}) {
		t.Errorf("the first link is %+v", l)
	}
}

// Processes that are never recorded do not add up, and what is recorded was started last.
func TestProcessStartsAreBounded(t *testing.T) {
	listener := new(deaf)
	p := NewProgram()
	parent := p.Recording(trace.Producer{PID: 7}, story.Source(t, ""), listener)
	for i := range uint64(2 * maxBirths) {
		parent.Add(trace.Record{Time: 1000 + i, Kind: trace.KindProcessStarted, A: 8})
	}
	if n := len(p.births.starts); n > maxBirths {
		t.Errorf("%d starts are remembered", n)
	}
	child := p.Recording(trace.Producer{PID: 8, Start: 1000000}, story.Source(t, ""), listener)
	child.Add(trace.Record{Time: 1000001, Kind: trace.KindTurnBegin, A: 1})
	if len(listener.links) != 1 || listener.links[0].From.Time != 1000+2*maxBirths-1 {
		t.Errorf("links %+v, want one from the latest start", listener.links)
	}
}
