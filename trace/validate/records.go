// SPDX-License-Identifier: Apache-2.0

package validate

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/gocurtain/asyncio/trace"
)

// Records reads all there is of a recording and returns its problems. The error is that of reading.
func Records(src *trace.Source) ([]Problem, error) {
	c := &checker{
		src:     src,
		time:    src.Producer().Start,
		handles: make(map[uint64]*handle),
		tasks:   make(map[uint64]*task),
		open:    make(map[uint64]bool),
	}
	err := src.All(func(rec trace.Record) bool {
		c.record(rec)
		c.index++
		return len(c.problems) < maxProblems
	})
	if err == nil && src.Closed() {
		c.end()
	}
	return c.problems, err
}

// checker is the state of a producer as its records tell it.
type checker struct {
	src      *trace.Source
	index    int
	time     uint64
	lost     bool // records are missing before this one
	loop     bool // a loop runs
	found    bool // it ran already: handles may have been scheduled before
	around   int  // spans that were open when it began: a job may run a loop
	loops    int  // that have ended
	spans    []span
	handles  map[uint64]*handle
	tasks    map[uint64]*task
	open     map[uint64]bool // connections, by fd
	problems []Problem
}

type span struct {
	begin trace.Kind
	id    uint64
}

type handle struct {
	origin    trace.Origin
	cancelled bool
	runs      int
}

type task struct {
	running bool
	found   bool // waiting: what for comes next
	ready   int  // steps that were scheduled and have not begun
	ended   bool
	done    bool
}

func (c *checker) problem(format string, args ...any) {
	c.problems = append(c.problems, Problem{c.index, fmt.Sprintf(format, args...)})
}

func (c *checker) record(rec trace.Record) {
	if rec.Time < c.time {
		c.problem("time goes back by %d ns", c.time-rec.Time)
	}
	c.time = max(c.time, rec.Time)
	c.names(rec)
	switch {
	case rec.Kind == trace.KindNone:
		c.problem("an empty slot was committed")
	case !rec.Kind.Known():
	case checks[rec.Kind] != nil:
		checks[rec.Kind](c, rec)
	}
}

// names checks the ids of strings and sites.
func (c *checker) names(rec trace.Record) {
	spec := rec.Kind.Spec()
	if strings.HasSuffix(spec.A, "_string") && rec.A != 0 && !c.isString(rec.A) {
		c.problem("%s: string %d is unknown", rec.Kind, rec.A)
	}
	if strings.HasSuffix(spec.B, "_string") && rec.B != 0 && !c.isString(rec.B) {
		c.problem("%s: string %d is unknown", rec.Kind, rec.B)
	}
	switch {
	case rec.Site == 0:
	case rec.Kind.Known() && !spec.Site:
		c.problem("%s has a site, but no such field", rec.Kind)
	case !c.src.HasSite(rec.Site):
		c.problem("%s: site %d is unknown", rec.Kind, rec.Site)
	}
}

func (c *checker) isString(id uint64) bool {
	return id <= 1<<32-1 && c.src.HasString(uint32(id))
}

var checks = map[trace.Kind]func(*checker, trace.Record){
	trace.KindLoopBegin: (*checker).loopBegin,
	trace.KindLoopEnd:   (*checker).loopEnd,

	trace.KindTurnBegin:   (*checker).turnBegin,
	trace.KindTurnEnd:     func(c *checker, rec trace.Record) { c.pop(trace.KindTurnBegin, rec.A) },
	trace.KindPollBegin:   func(c *checker, _ trace.Record) { c.push(trace.KindPollBegin, 0) },
	trace.KindPollEnd:     func(c *checker, _ trace.Record) { c.pop(trace.KindPollBegin, 0) },
	trace.KindHandleBegin: (*checker).handleBegin,
	trace.KindHandleEnd:   func(c *checker, rec trace.Record) { c.pop(trace.KindHandleBegin, rec.A) },
	trace.KindStepBegin:   (*checker).stepBegin,
	trace.KindStepEnd:     (*checker).stepEnd,

	trace.KindSyscallBegin: func(c *checker, _ trace.Record) { c.push(trace.KindSyscallBegin, 0) },
	trace.KindSyscallEnd:   func(c *checker, _ trace.Record) { c.pop(trace.KindSyscallBegin, 0) },
	trace.KindCallBegin:    func(c *checker, _ trace.Record) { c.push(trace.KindCallBegin, 0) },
	trace.KindCallEnd:      func(c *checker, _ trace.Record) { c.pop(trace.KindCallBegin, 0) },
	trace.KindSpanBegin:    func(c *checker, _ trace.Record) { c.push(trace.KindSpanBegin, 0) },
	trace.KindSpanEnd:      func(c *checker, _ trace.Record) { c.pop(trace.KindSpanBegin, 0) },

	trace.KindReady:           (*checker).ready,
	trace.KindHandleScheduled: (*checker).handleScheduled,
	trace.KindHandleCancelled: (*checker).handleCancelled,

	trace.KindTaskFound:      (*checker).taskFound,
	trace.KindTaskCreated:    (*checker).taskCreated,
	trace.KindTaskName:       func(c *checker, rec trace.Record) { c.live(rec) },
	trace.KindTaskWaits:      (*checker).taskWaits,
	trace.KindTaskWaitsOn:    func(c *checker, rec trace.Record) { c.live(rec) },
	trace.KindTaskWoken:      (*checker).taskWoken,
	trace.KindTaskCancelText: func(c *checker, rec trace.Record) { c.live(rec) },
	trace.KindTaskCancelled:  func(c *checker, rec trace.Record) { c.live(rec) },
	trace.KindTaskDone:       (*checker).taskDone,

	trace.KindProcessStarted: (*checker).processStarted,

	trace.KindConnectionOpened: (*checker).connectionOpened,
	trace.KindConnectionClosed: (*checker).connectionClosed,

	trace.KindLost: (*checker).gap,
}

// gap forgets everything: any of it may have changed unseen.
func (c *checker) gap(trace.Record) {
	c.lost, c.spans, c.around = true, nil, 0
	c.forget()
}

// forget drops what is known of a loop.
func (c *checker) forget() {
	clear(c.handles)
	clear(c.tasks)
	clear(c.open)
}

func (c *checker) push(begin trace.Kind, id uint64) {
	c.spans = append(c.spans, span{begin, id})
}

// pop ends the innermost span, which must be this one.
func (c *checker) pop(begin trace.Kind, id uint64) bool {
	want := span{begin, id}
	i := slices.Index(c.spans, want)
	switch n := len(c.spans); {
	case i < 0 && c.lost:
		return false
	case i < 0:
		c.problem("the end of %s without its begin", want)
		return false
	case c.spans[n-1] != want:
		c.problem("the end of %s within %s", want, c.spans[n-1])
	}
	for c.spans[len(c.spans)-1] != want {
		c.spans = c.spans[:len(c.spans)-1]
	}
	c.spans = c.spans[:len(c.spans)-1]
	return true
}

// String returns "TurnBegin 7", or without the id if there is none.
func (s span) String() string {
	if s.id == 0 {
		return s.begin.String()
	}
	return fmt.Sprint(s.begin, " ", s.id)
}

func (c *checker) inside(begin trace.Kind) bool {
	return slices.ContainsFunc(c.spans, func(s span) bool { return s.begin == begin })
}

func (c *checker) loopBegin(rec trace.Record) {
	if c.loop {
		c.problem("a loop begins within a loop")
	}
	c.loop, c.around = true, len(c.spans)
	if rec.Flags&trace.LoopFound != 0 {
		c.found = true
		c.forget() // its tasks are told
	}
}

// before reports whether a handle may have been scheduled before this part of the recording.
func (c *checker) before() bool { return c.lost || c.found }

func (c *checker) loopEnd(rec trace.Record) {
	if !c.loop && !c.lost {
		c.problem("a loop ends that did not begin")
	}
	if n := len(c.spans); n > c.around {
		c.problem("the loop ends within %s", c.spans[n-1])
		c.spans = c.spans[:c.around]
	}
	c.loop, c.around = false, 0
	c.loops++
	if rec.Flags&trace.LoopLeft != 0 {
		c.forget()
	}
}

func (c *checker) turnBegin(rec trace.Record) {
	if c.inTurn() {
		c.problem("turn %d begins within a turn", rec.A)
	}
	c.push(trace.KindTurnBegin, rec.A)
}

// inTurn reports whether a turn may not begin: the code of a callback or task may run a loop of its
// own, but a turn has nothing between it and another one.
func (c *checker) inTurn() bool {
	for _, s := range slices.Backward(c.spans) {
		switch s.begin {
		case trace.KindHandleBegin, trace.KindStepBegin:
			return false
		case trace.KindTurnBegin, trace.KindPollBegin:
			return true
		}
	}
	return false
}

func (c *checker) ready(rec trace.Record) {
	if c.inside(trace.KindPollBegin) {
		c.problem("fd %d is ready before the poll has ended", rec.A)
	}
	if c.handles[rec.B] == nil && !c.before() {
		c.problem("fd %d is ready for handle %d, which was not scheduled", rec.A, rec.B)
	}
}

func (c *checker) handleScheduled(rec trace.Record) {
	if c.handles[rec.A] != nil {
		c.problem("handle %d is scheduled twice", rec.A)
	}
	c.handles[rec.A] = &handle{origin: trace.Origin(rec.Aux)}
	switch origin := trace.Origin(rec.Aux); {
	case origin == 0 || origin > trace.OriginDone:
		c.problem("handle %d has an unknown origin %d", rec.A, rec.Aux)
	case origin == trace.OriginOutside && rec.B > rec.Time:
		c.problem("handle %d is scheduled from outside %d ns in the future", rec.A, rec.B-rec.Time)
	case origin != trace.OriginOutside && origin != trace.OriginTimer && rec.B != 0:
		c.problem("handle %d has a time, but is no timer", rec.A)
	}
}

// runsOnce reports whether a handle of this origin runs at most once.
func (h *handle) runsOnce() bool {
	return h.origin != trace.OriginReader && h.origin != trace.OriginWriter && h.origin != trace.OriginSignal
}

func (c *checker) handleBegin(rec trace.Record) {
	c.push(trace.KindHandleBegin, rec.A)
	h := c.handles[rec.A]
	switch {
	case h == nil && c.before():
	case h == nil:
		c.problem("handle %d runs, but was not scheduled", rec.A)
	case h.cancelled:
		c.problem("handle %d runs, but was cancelled", rec.A)
	case h.runs > 0 && h.runsOnce():
		c.problem("handle %d runs twice", rec.A)
	}
	if h != nil {
		h.runs++
	}
}

func (c *checker) handleCancelled(rec trace.Record) {
	h := c.handles[rec.A]
	if h == nil {
		if !c.before() {
			c.problem("handle %d is cancelled, but was not scheduled", rec.A)
		}
		return
	}
	h.cancelled = true
}

func (c *checker) taskFound(rec trace.Record) {
	switch {
	case !c.found:
		c.problem("task %d is found, but no loop was", rec.A)
	case c.tasks[rec.A] != nil:
		c.problem("task %d is found, but known", rec.A)
	case rec.B != 0 && c.tasks[rec.B] == nil:
		c.problem("task %d has parent %d, which was not found", rec.A, rec.B)
	}
	t := &task{ready: 1}
	if rec.Flags&trace.FoundWaiting != 0 {
		t.ready, t.found = 0, true
	}
	c.tasks[rec.A] = t
}

func (c *checker) taskCreated(rec trace.Record) {
	if c.tasks[rec.A] != nil {
		c.problem("task %d is created twice", rec.A)
	}
	if rec.B != 0 && c.tasks[rec.B] == nil && !c.lost {
		c.problem("task %d has parent %d, which was not created", rec.A, rec.B)
	}
	c.tasks[rec.A] = &task{ready: 1}
}

// live returns the task of a record, which must not have ended, or nil.
func (c *checker) live(rec trace.Record) *task {
	t := c.tasks[rec.A]
	switch {
	case t == nil && c.lost:
	case t == nil:
		c.problem("%s: task %d was not created", rec.Kind, rec.A)
	case t.ended:
		c.problem("%s: task %d has ended", rec.Kind, rec.A)
	}
	return t
}

func (c *checker) stepBegin(rec trace.Record) {
	t := c.live(rec)
	c.push(trace.KindStepBegin, rec.A)
	if t == nil {
		c.tasks[rec.A] = &task{running: true}
		return
	}
	if t.done {
		c.problem("task %d steps, but is done", rec.A)
	}
	if t.running {
		c.problem("task %d steps within its own step", rec.A)
	}
	if t.ready == 0 {
		c.problem("task %d steps, but nothing woke it", rec.A)
	}
	t.running, t.ready = true, 0
}

func (c *checker) stepEnd(rec trace.Record) {
	c.pop(trace.KindStepBegin, rec.A)
	t := c.tasks[rec.A]
	if t == nil {
		return
	}
	t.running = false
	t.ended = rec.Flags&trace.StepDone != 0
	if t.done && !t.ended {
		c.problem("task %d is done, but its last step says otherwise", rec.A)
	}
}

func (c *checker) taskWaits(rec trace.Record) {
	if t := c.live(rec); t != nil {
		if !t.running && !t.found {
			c.problem("task %d waits, but does not run", rec.A)
		}
		t.found = false
	}
	if rec.Aux == 0 || trace.Wait(rec.Aux) > trace.WaitObject {
		c.problem("task %d waits for an unknown %d", rec.A, rec.Aux)
	}
}

func (c *checker) taskWoken(rec trace.Record) {
	if rec.Aux == 0 || trace.Wake(rec.Aux) > trace.WakeObject {
		c.problem("task %d is woken by an unknown %d", rec.A, rec.Aux)
	}
	t := c.live(rec)
	if t == nil {
		c.tasks[rec.A] = &task{ready: 1}
		return
	}
	if t.ready++; t.ready > 1 {
		c.problem("task %d is woken, but ready already", rec.A)
	}
}

func (c *checker) taskDone(rec trace.Record) {
	if rec.Flags == 0 || trace.Outcome(rec.Flags) > trace.OutcomeDestroyed {
		c.problem("task %d is done with an unknown outcome %d", rec.A, rec.Flags)
	}
	t := c.tasks[rec.A]
	switch {
	case t == nil && c.lost:
		return
	case t == nil:
		c.problem("task %d is done, but was not created", rec.A)
		return
	case t.done:
		c.problem("task %d is done twice", rec.A)
	}
	t.done = true
	destroyed := trace.Outcome(rec.Flags) == trace.OutcomeDestroyed
	if (t.ready > 0 || destroyed) && !t.running && !t.ended {
		t.ended = true // it never ran, or runs no more
	}
}

func (c *checker) connectionOpened(rec trace.Record) {
	if c.open[rec.A] {
		c.problem("a connection of fd %d is opened, but it has one", rec.A)
	}
	c.open[rec.A] = true
}

func (c *checker) connectionClosed(rec trace.Record) {
	if !c.open[rec.A] && !c.before() {
		c.problem("a connection of fd %d is closed, but was not opened", rec.A)
	}
	delete(c.open, rec.A)
}

func (c *checker) processStarted(rec trace.Record) {
	switch {
	case rec.A == 0 || rec.A > math.MaxInt32:
		c.problem("a process starts with the impossible id %d", rec.A)
	case rec.A == c.src.Producer().PID:
		c.problem("process %d starts itself", rec.A)
	case rec.B > rec.Time:
		c.problem("process %d starts %d ns in the future", rec.A, rec.B-rec.Time)
	}
}

// end checks a recording that was closed after its loop had ended.
func (c *checker) end() {
	c.index = -1
	for _, s := range c.spans {
		c.problem("%s did not end", s)
	}
	if c.loop || c.loops == 0 {
		return // it is a part of a run
	}
	for _, id := range sorted(c.tasks) {
		switch t := c.tasks[id]; {
		case t.ended && !t.done:
			c.problem("task %d ended without an outcome", id)
		case t.done && !t.ended:
			c.problem("task %d is done, but its last step did not end", id)
		}
	}
}

func sorted[V any](m map[uint64]V) []uint64 {
	return slices.SortedFunc(maps.Keys(m), cmp.Compare[uint64])
}
