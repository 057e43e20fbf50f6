// SPDX-License-Identifier: Apache-2.0

package model

import (
	"cmp"
	"maps"
	"slices"

	"github.com/gocurtain/asyncio/trace"
)

// Builder draws one recording, record by record.
type Builder struct {
	picture             *Picture
	producer            trace.Producer
	names               trace.Names
	rank                int
	loopName            string // "" = none has run
	firstLoop, lastLoop string // those that have run here, and how many others
	moreLoops           int
	thread              string // the thread's name, "" = not told
	drawn               bool   // something is, or is about to be

	now          uint64     // time of the record in hand; never goes backwards
	kind         trace.Kind // its kind
	loop         *lane
	outside      *lane
	outsideTimes recent
	spans        []*span // open, the innermost last
	around       int     // how many of them were when the loop began
	handles      map[uint64]handle
	tasks        map[uint64]*task
	losses       int     // KindLost so far
	gap          []*open // where the last of them interrupted something

	// late is a slice that is complete but for a detail which the next record
	// may bring: the name of a task just created, the outcome of one that ended.
	late     *open
	lateTask *task

	cancelText string // what the next cancellation says, "" = nothing

	places     map[uint32]*place // those seen lately
	args       []Arg             // of the slice in the making
	drawnOpens []*open           // for use again
	closed     []*span           // for use again

	lanes  int // made so far
	own    int // of them, tasks' own
	shared int
	free   []*lane // shared ones without a task
}

// span is an open pair of records, such as a turn or a step. A step is drawn
// twice, the others once.
type span struct {
	begin  trace.Kind
	id     uint64
	slices []*open // the one on the current lane last
	task   *task   // of a step
}

// Builder starts a recording. names resolves the ids in its records.
func (p *Picture) Builder(producer trace.Producer, names trace.Names) *Builder {
	p.mustBeMade()
	p.process(producer)
	b := &Builder{
		picture:  p,
		producer: producer,
		names:    names,
		rank:     p.builders,
		now:      min(producer.Start, maxTime),
		handles:  make(map[uint64]handle),
		tasks:    make(map[uint64]*task),
		places:   make(map[uint32]*place),
	}
	p.builders++
	b.loop = b.newLane(LoopLane, "loop")
	b.outside = b.newLane(OutsideLane, "other goroutines")
	if producer.Language == "python" {
		b.outside.Name = "other threads"
	}
	return b
}

// maxTime bounds the times of damaged records, so that sums do not overflow.
const maxTime = 1 << 62

// Add draws one record. Kinds it does not know are skipped.
func (b *Builder) Add(rec trace.Record) {
	if rec.Kind == trace.KindLost {
		b.kind = rec.Kind
		b.lost()
	}
	b.now = max(b.now, min(rec.Time, maxTime))
	if b.complete(rec) {
		return
	}
	b.kind = rec.Kind
	if draw := drawing[rec.Kind]; draw != nil {
		draw(b, rec)
	}
}

// drawing has the method for each kind.
var drawing = [256]func(*Builder, trace.Record){
	trace.KindLoopBegin: (*Builder).loopBegin,
	trace.KindLoopEnd:   (*Builder).loopEnd,
	trace.KindTurnBegin: (*Builder).turnBegin,
	trace.KindTurnEnd:   (*Builder).turnEnd,
	trace.KindPollBegin: (*Builder).pollBegin,
	trace.KindPollEnd:   (*Builder).pollEnd,
	trace.KindReady:     (*Builder).ready,

	trace.KindHandleScheduled: (*Builder).handleScheduled,
	trace.KindHandleBegin:     (*Builder).handleBegin,
	trace.KindHandleEnd:       (*Builder).handleEnd,
	trace.KindHandleCancelled: (*Builder).handleCancelled,

	trace.KindTaskCreated:    (*Builder).taskCreated,
	trace.KindTaskName:       (*Builder).taskName,
	trace.KindStepBegin:      (*Builder).stepBegin,
	trace.KindStepEnd:        (*Builder).stepEnd,
	trace.KindTaskWaits:      (*Builder).taskWaits,
	trace.KindTaskWoken:      (*Builder).taskWoken,
	trace.KindTaskCancelText: (*Builder).taskCancelText,
	trace.KindTaskCancelled:  (*Builder).taskCancelled,
	trace.KindTaskDone:       (*Builder).taskDone,
	trace.KindFutureResolved: (*Builder).futureResolved,

	trace.KindTaskWaitsIn:  (*Builder).taskWaitsIn,
	trace.KindThreadName:   (*Builder).threadName,
	trace.KindOutsideCall:  (*Builder).outsideCall,
	trace.KindJobScheduled: (*Builder).jobScheduled,
	trace.KindJobBegin:     (*Builder).jobBegin,

	trace.KindProcessStarted: (*Builder).processStarted,

	trace.KindRead:         (*Builder).transfer,
	trace.KindWrite:        (*Builder).transfer,
	trace.KindSyscallBegin: (*Builder).syscallBegin,
	trace.KindSyscallEnd:   (*Builder).syscallEnd,
	trace.KindCallBegin:    (*Builder).callBegin,
	trace.KindCallEnd:      (*Builder).callEnd,
	trace.KindLine:         (*Builder).line,
	trace.KindSpanBegin:    (*Builder).spanBegin,
	trace.KindSpanEnd:      (*Builder).spanEnd,
	trace.KindMark:         (*Builder).mark,
	trace.KindCounter:      (*Builder).counter,

	trace.KindLost: (*Builder).gapEnd,
}

// Finish ends what is still open when the process ended, or was last seen alive, which
// nobody but the caller knows: what hangs makes no records. It is called once.
func (b *Builder) Finish(seen uint64) {
	b.drawLate()
	b.now = max(b.now, min(seen, maxTime))
	b.closeAll("yes")
}

// Latest returns the time of the latest record.
func (b *Builder) Latest() uint64 { return b.now }

// lost breaks the recording: nothing that spans the gap can be trusted. Tasks
// are remembered for their names and lanes, but not those that did not stir
// since the gap before, for they may have ended in it.
func (b *Builder) lost() {
	b.drawLate()
	lanes := b.busyLanes()
	b.closeAll(recordsLost)
	for _, l := range lanes {
		b.gap = append(b.gap, b.start(l, Point{}, recordsLost))
	}
	clear(b.handles)
	b.losses++
	for _, t := range b.sortedTasks() {
		t.forget()
		if t.seen < b.losses-1 {
			b.remove(t)
		}
	}
}

// recordsLost is what a gap is called.
const recordsLost = "records lost"

// gapEnd draws the gap, on every lane that it has interrupted.
func (b *Builder) gapEnd(rec trace.Record) {
	for _, o := range b.gap {
		o.arg(number("records", rec.A))
		b.stop(o, b.now)
	}
	b.gap = b.gap[:0]
}

// busyLanes returns the lane of the loop and those on which something is open.
func (b *Builder) busyLanes() []*lane {
	lanes := []*lane{b.loop}
	for _, t := range b.sortedTasks() {
		if t.rest != nil || t.running != nil {
			lanes = append(lanes, t.lane)
		}
	}
	return lanes
}

// closeAll ends what is open. Why says why its own end is not known.
func (b *Builder) closeAll(why string) {
	for len(b.spans) > 0 {
		b.closeInnermost(text("unfinished", why))
	}
	for _, t := range b.sortedTasks() {
		b.closeRest(t, text("unfinished", why))
	}
}

func (b *Builder) sortedTasks() []*task {
	return slices.SortedFunc(maps.Values(b.tasks), func(x, y *task) int { return cmp.Compare(x.id, y.id) })
}

// begin opens a span of one slice on a lane.
func (b *Builder) begin(rec trace.Record, l *lane, from Point, name string, args ...Arg) *open {
	o := b.start(l, from, name, args...)
	s := b.newSpan(rec)
	s.slices = append(s.slices, o)
	b.push(s)
	return o
}

// newSpan returns one that was closed, if there is one.
func (b *Builder) newSpan(rec trace.Record) *span {
	s := new(span)
	if n := len(b.closed); n > 0 {
		s, b.closed = b.closed[n-1], b.closed[:n-1]
	}
	*s = span{begin: rec.Kind, id: rec.A, slices: s.slices[:0]}
	return s
}

// maxDepth bounds the nesting: viewers drop what lies deeper than 512 slices.
const maxDepth = 500

func (b *Builder) push(s *span) {
	b.spans = append(b.spans, s)
	if len(b.spans) == maxDepth {
		b.closeTo(1, text("unfinished", "yes"))
	}
}

// end closes the innermost span of a kind and id, and those within it that
// were left open. It does nothing if there is none.
func (b *Builder) end(begin trace.Kind, id uint64, args ...Arg) {
	for i := len(b.spans) - 1; i >= 0; i-- {
		s := b.spans[i]
		if s.begin == begin && (s.id == id || !isJoint(begin)) {
			b.closeTo(i, args...)
			return
		}
		if isJoint(s.begin) && !isJoint(begin) {
			return // the program's spans do not reach out of a step
		}
	}
}

// isJoint reports whether spans of a kind are the loop's own.
func isJoint(begin trace.Kind) bool {
	switch begin {
	case trace.KindTurnBegin, trace.KindPollBegin, trace.KindHandleBegin, trace.KindStepBegin:
		return true
	}
	return false
}

func (b *Builder) closeTo(i int, args ...Arg) {
	for len(b.spans) > i+1 {
		b.closeInnermost(text("unfinished", "yes"))
	}
	b.closeInnermost(args...)
}

func (b *Builder) closeInnermost(args ...Arg) {
	s := b.spans[len(b.spans)-1]
	b.spans = b.spans[:len(b.spans)-1]
	for _, o := range s.slices {
		o.arg(args...)
		b.stop(o, b.now)
	}
	if s.task != nil {
		s.task.running = nil
	}
	b.closed = append(b.closed, s)
}

// current returns the lane of the code that is running.
func (b *Builder) current() *lane {
	for _, s := range slices.Backward(b.spans) {
		switch {
		case s.task != nil:
			return s.task.lane
		case isJoint(s.begin):
			return b.loop
		}
	}
	return b.loop
}

// drawLate draws the slice that was kept for a detail.
func (b *Builder) drawLate() {
	if b.late != nil {
		b.draw(b.late)
	}
	b.late, b.lateTask = nil, nil
}

// complete adds the detail to the slice that waits for it, and draws it. It
// answers true if that is all there is to the record.
func (b *Builder) complete(rec trace.Record) bool {
	if b.late == nil {
		return false
	}
	own := rec.A == b.lateTask.id
	switch {
	case rec.Kind == trace.KindTaskName && own:
		b.taskName(rec)
		b.late.slice.Args[0] = what(b.lateTask.name())
	case rec.Kind == trace.KindTaskDone && own:
		b.late.arg(b.ending(rec)...)
	default:
		own = false
	}
	b.drawLate()
	return own
}
