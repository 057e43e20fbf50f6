// SPDX-License-Identifier: Apache-2.0

package model

import (
	"cmp"
	"errors"
	"maps"
	"slices"

	"github.com/gocurtain/asyncio/trace"
)

// Recording tells what the records of one thread mean.
type Recording struct {
	program  *Program
	producer trace.Producer
	names    trace.Names
	listener Listener

	now   uint64 // time of the record in hand; never goes backwards
	begun bool

	// held is the record of a task's creation or last step, or of the wait of one that was found,
	// while its name, outcome or words may be in the next one.
	held    trace.Record
	holding bool

	frames  []*frame // of open activities, the innermost last; those beyond depth are for use again
	depth   int
	loop    *Loop // that runs, or nil
	around  int   // how many activities were open when it began
	handles map[uint64]handle
	tasks   map[uint64]*Task

	// For use again.
	over    pool[Task]
	waits   pool[Wait]
	readies pool[Ready]

	losses int // gaps so far
	gap    Gap
	inGap  bool // gap has not ended

	connections map[uint64]string // names, by descriptor
	cancelText  string            // what the next cancellation says, "" = nothing

	events events
}

// frame is the place of an open activity. Those of each depth are used again and again.
type frame struct {
	begin    trace.Kind
	id       uint64
	activity Activity
	task     *Task  // of a step
	in       uint64 // the task whose step it is or lies in, 0 = none

	turn    Turn
	poll    Poll
	run     Run
	step    Step
	call    Call
	system  SystemCall
	section Section
}

// pool has what is not used any more: most of what a long recording would allocate.
type pool[T any] []*T

func (p *pool[T]) get() *T {
	n := len(*p)
	if n == 0 {
		return new(T)
	}
	x := (*p)[n-1]
	*p = (*p)[:n-1]
	return x
}

func (p *pool[T]) put(x *T) {
	const most = 1 << 10
	if len(*p) < most {
		*p = append(*p, x)
	}
}

// events are the latest of each kind that is frequent; they are used again.
type events struct {
	created   Created
	woken     Woken
	sleep     SleepBegins
	scheduled Scheduled
	ready     BecameReady
	resolved  Resolved
	transfer  Transfer
	line      Line
	mark      Mark
	counter   Counter
}

// Recording begins a recording, and tells listener what it means.
func (p *Program) Recording(producer trace.Producer, names trace.Names, listener Listener) *Recording {
	if p.links == nil {
		panic(errors.New("model: a zero Program; make one with NewProgram"))
	}
	return &Recording{
		program:     p,
		producer:    producer,
		names:       names,
		listener:    listener,
		now:         min(producer.Start, maxTime),
		handles:     make(map[uint64]handle),
		connections: make(map[uint64]string),
		tasks:       make(map[uint64]*Task),
	}
}

// maxTime bounds the times of damaged records, so that sums do not overflow.
const maxTime = 1 << 62

// Add tells what a record means. It skips unknown kinds.
func (r *Recording) Add(rec trace.Record) {
	done := r.settle(rec)
	if rec.Kind == trace.KindLost {
		r.breakOff(RecordsLost)
	}
	r.now = max(r.now, min(rec.Time, maxTime))
	if r.inGap && rec.Kind != trace.KindLost {
		r.endGap(Whole) // the loop was left; what comes now is recorded
	}
	if done || r.hold(rec) {
		return
	}
	if tell := telling[rec.Kind]; tell != nil {
		tell(r, rec)
	}
}

// telling has the method for each kind.
var telling = [256]func(*Recording, trace.Record){
	trace.KindLoopBegin: (*Recording).loopBegin,
	trace.KindLoopEnd:   (*Recording).loopEnd,
	trace.KindTurnBegin: (*Recording).turnBegin,
	trace.KindTurnEnd:   (*Recording).turnEnd,
	trace.KindPollBegin: (*Recording).pollBegin,
	trace.KindPollEnd:   (*Recording).pollEnd,
	trace.KindReady:     (*Recording).ready,

	trace.KindHandleScheduled: (*Recording).handleScheduled,
	trace.KindHandleBegin:     (*Recording).handleBegin,
	trace.KindHandleEnd:       (*Recording).handleEnd,
	trace.KindHandleCancelled: (*Recording).handleCancelled,

	trace.KindTaskFound:      (*Recording).taskFound,
	trace.KindTaskName:       (*Recording).taskName,
	trace.KindStepBegin:      (*Recording).stepBegin,
	trace.KindStepEnd:        (*Recording).stepEnd,
	trace.KindTaskWaits:      (*Recording).taskWaits,
	trace.KindTaskWoken:      (*Recording).taskWoken,
	trace.KindTaskCancelText: (*Recording).taskCancelText,
	trace.KindTaskCancelled:  (*Recording).taskCancelled,
	trace.KindTaskDone:       (*Recording).taskDone,
	trace.KindFutureResolved: (*Recording).futureResolved,

	trace.KindTaskWaitsIn:  (*Recording).taskWaitsIn,
	trace.KindTaskWaitsOn:  (*Recording).taskWaitsOn,
	trace.KindThreadName:   (*Recording).threadName,
	trace.KindOutsideCall:  (*Recording).outsideCall,
	trace.KindJobScheduled: (*Recording).jobScheduled,
	trace.KindJobBegin:     (*Recording).jobBegin,

	trace.KindProcessStarted: (*Recording).processStarted,

	trace.KindConnectionOpened: (*Recording).connectionOpened,
	trace.KindConnectionClosed: (*Recording).connectionClosed,

	trace.KindRead:         (*Recording).transfer,
	trace.KindWrite:        (*Recording).transfer,
	trace.KindSyscallBegin: (*Recording).syscallBegin,
	trace.KindSyscallEnd:   (*Recording).syscallEnd,
	trace.KindCallBegin:    (*Recording).callBegin,
	trace.KindCallEnd:      (*Recording).callEnd,
	trace.KindLine:         (*Recording).line,
	trace.KindSpanBegin:    (*Recording).spanBegin,
	trace.KindSpanEnd:      (*Recording).spanEnd,
	trace.KindMark:         (*Recording).mark,
	trace.KindCounter:      (*Recording).counter,

	trace.KindLost: (*Recording).lost,
}

// Finish ends everything that is still open. The caller says when the process ended, or was last
// seen alive, since a process that hangs makes no records. Call it once.
func (r *Recording) Finish(seen uint64) {
	r.settle(trace.Record{})
	r.now = max(r.now, min(seen, maxTime))
	r.closeAll(Unfinished)
	r.endGap(Unfinished)
	for _, t := range r.sortedTasks() {
		r.endTask(t, Unfinished)
	}
	if r.loop != nil {
		r.endLoop(Unfinished)
	}
}

// Latest returns the time of the latest record.
func (r *Recording) Latest() uint64 { return r.now }

// Site resolves the id of a place in the source; an unknown id gives the zero Site.
func (r *Recording) Site(id uint32) trace.Site {
	if id == 0 {
		return trace.Site{}
	}
	return r.names.Site(id)
}

// string resolves the id of a string that lies in a 64-bit field.
func (r *Recording) string(id uint64) string {
	if id == 0 || id > 1<<32-1 {
		return ""
	}
	return r.names.String(uint32(id))
}

// hold keeps a record whose meaning the next one may complete.
func (r *Recording) hold(rec trace.Record) bool {
	switch rec.Kind {
	case trace.KindTaskCreated:
	case trace.KindTaskWaits:
		if t := r.tasks[rec.A]; t == nil || !t.found {
			return false
		}
	case trace.KindStepEnd:
		if t := r.tasks[rec.A]; rec.Flags&trace.StepDone == 0 || t == nil || !t.running {
			return false
		}
	default:
		return false
	}
	r.held, r.holding = rec, true
	return true
}

// settle tells what the held record means. It returns true if the next record is a part of that.
func (r *Recording) settle(next trace.Record) bool {
	if !r.holding {
		return false
	}
	r.holding = false
	if r.held.Kind == trace.KindTaskWaits {
		return r.foundWaits(r.held, next)
	}
	own := next.A == r.held.A
	if r.held.Kind == trace.KindTaskCreated {
		named := own && next.Kind == trace.KindTaskName
		if named {
			r.taskCreated(r.held, next)
		} else {
			r.taskCreated(r.held, trace.Record{})
		}
		return named
	}
	done := own && next.Kind == trace.KindTaskDone
	if done {
		r.tasks[next.A].end(r, next)
	}
	r.lastStep(r.held)
	return done
}

// begins tells that something on this thread begins.
func (r *Recording) begins(a Activity) {
	r.begin()
	s := a.span()
	s.Begin, s.End, s.Cut, s.Note = r.now, 0, Whole, Note{}
	r.listener.Begins(a)
}

func (r *Recording) ends(a Activity, cut Cut) {
	s := a.span()
	s.End, s.Cut = r.now, cut
	r.listener.Ends(a)
}

// happens tells of an event on this thread, now.
func (r *Recording) happens(e Event) { r.happensAt(r.now, e) }

func (r *Recording) happensAt(time uint64, e Event) {
	r.begin()
	r.remarks(time, e)
}

// begin tells of the beginning of the recording, once.
func (r *Recording) begin() {
	if r.begun {
		return
	}
	r.begun = true
	b := &Beginning{Producer: r.producer}
	r.remarks(r.now, b)
	r.program.recordingBegins(r, b)
}

// remarks tells of an event that does not happen on this thread.
func (r *Recording) remarks(time uint64, e Event) {
	e.moment().Time = time
	r.listener.Happens(e)
}

// breakOff breaks the recording: nothing that spans the gap can be trusted. Tasks are remembered
// for their names, but not those that did not stir since the gap before, for they may have ended in
// it.
func (r *Recording) breakOff(cut Cut) {
	r.endGap(Unfinished)
	busy := r.gap.Tasks[:0]
	for _, t := range r.sortedTasks() {
		if t.rest != nil || t.running {
			busy = append(busy, t)
		}
	}
	r.closeAll(cut)
	r.gap, r.inGap = Gap{Tasks: busy, Left: cut == NotRecorded}, true
	r.begins(&r.gap)
	clear(r.handles)
	clear(r.connections)
	r.losses++
	for _, t := range r.sortedTasks() {
		t.forget()
		if t.seen < r.losses-1 {
			r.endTask(t, cut)
		}
	}
}

func (r *Recording) lost(rec trace.Record) {
	r.gap.Records = rec.A
	r.endGap(Whole)
}

// endGap ends the gap, if there is one.
func (r *Recording) endGap(cut Cut) {
	if r.inGap {
		r.inGap = false
		r.ends(&r.gap, cut)
	}
}

// closeAll ends everything that is open.
func (r *Recording) closeAll(cut Cut) {
	for r.depth > 0 {
		r.closeInnermost(cut)
	}
	for _, t := range r.sortedTasks() {
		r.closeRest(t, cut)
	}
}

func (r *Recording) sortedTasks() []*Task {
	return slices.SortedFunc(maps.Values(r.tasks), func(x, y *Task) int { return cmp.Compare(x.ID, y.ID) })
}

// frame returns the one for a new activity.
func (r *Recording) frame(begin trace.Kind, id uint64) *frame {
	if r.depth == len(r.frames) {
		r.frames = append(r.frames, new(frame))
	}
	f := r.frames[r.depth]
	f.begin, f.id, f.task, f.in = begin, id, nil, 0
	if !isJoint(begin) {
		f.in = r.running()
	}
	return f
}

// maxDepth bounds the nesting: no program wants to nest so deep, and viewers drop what does.
const maxDepth = 500

// open tells that the activity of a new frame begins.
func (r *Recording) open(f *frame, a Activity) {
	f.activity = a
	r.begins(a)
	r.depth++
	if r.depth == maxDepth {
		r.closeTo(1, Unfinished)
	}
}

// end closes the innermost activity of a kind and id, and what is still open within it. It does
// nothing if there is none. result may set what is known at the end.
func (r *Recording) end(begin trace.Kind, id uint64, result func(*frame)) {
	for i := r.depth - 1; i >= 0; i-- {
		f := r.frames[i]
		if f.begin == begin && (f.id == id || !isJoint(begin)) {
			if result != nil {
				result(f)
			}
			r.closeTo(i, Whole)
			return
		}
		if isJoint(f.begin) && !isJoint(begin) {
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

func (r *Recording) closeTo(i int, cut Cut) {
	for r.depth > i+1 {
		r.closeInnermost(Unfinished)
	}
	r.closeInnermost(cut)
}

func (r *Recording) closeInnermost(cut Cut) {
	r.depth--
	f := r.frames[r.depth]
	if f.task != nil {
		f.task.running = false
	}
	r.ends(f.activity, cut)
}

// running returns the id of the task whose step runs, 0 if none does.
func (r *Recording) running() uint64 {
	if r.depth == 0 {
		return 0
	}
	return r.frames[r.depth-1].in
}
