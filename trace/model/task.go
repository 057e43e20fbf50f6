// SPDX-License-Identifier: Apache-2.0

package model

import (
	"strconv"
	"strings"

	"github.com/gocurtain/asyncio/trace"
)

// Task is a task, from its creation, or from its first record, to its end.
type Task struct {
	Span
	ID       uint64
	Given    string // the name that it was given, "" = none
	Function string // the name of its function, "" = unknown
	Done     bool
	Outcome  trace.Outcome // once it is Done, if that is known
	Error    string        // the type of its error, "" = none or unknown
	Tag      any           // the listener's own

	site    uint32       // what its next step is about: creation, or the wait
	running bool         // it makes a step
	rest    Activity     // between steps: wait or ready
	waits   trace.Record // the wait that its step has announced
	waitsIn string       // the library's coroutine in which it waits, "" = none
	waitsOn string       // the program's words for what it waits for, "" = none
	armed   Note         // where it armed the timer of its sleep
	next    Cause        // of its next step
	cancel  Cause        // its latest cancellation, if it has not run since
	since   uint64       // when it became ready
	found   bool         // waiting: what for comes next
	seen    int          // Recording.losses at its last record
}

// Step is one step of a task: from where it is resumed to where it waits again, or ends.
type Step struct {
	Span
	Task   *Task
	Site   uint32 // where the task was created, or waited
	Cause  Cause  // ByCreation or ByWake
	Cancel Cause  // ByCancel, if it was cancelled since its last step
	Since  uint64 // when it became ready; only if there is a Cause
}

// Wait is what a task waits for, from the end of a step.
type Wait struct {
	Span
	Task   *Task
	For    trace.Wait // 0 = unknown
	On     uint64     // id of that, or ns of a sleep, 0 if that was found
	OnName string     // of a task
	Words  string     // the program's for what it waits for, "" = none
	In     string     // the library's coroutine in which it waits, "" = none
	Site   uint32
	Cause  Cause // what ended it; known at its end
}

// Ready is the time for which a task could run, but waited for its turn.
type Ready struct {
	Span
	Task  *Task
	Cause Cause // ByCreation or ByWake
}

// Created: a task was created.
type Created struct {
	Moment
	Task       *Task
	Parent     uint64 // 0 = none
	ParentName string
	Site       uint32
}

// Named: a task that was known got another name.
type Named struct {
	Moment
	Task *Task
}

// Woken: a task's next step was scheduled.
type Woken struct {
	Moment
	Task  *Task
	Cause Cause // ByWake; the Note is this event's, afterwards
	Armed Note  // of the SleepBegins whose timer this is, if the timer is no callback
}

// SleepBegins: a step of a task has armed the timer for which the task will wait.
type SleepBegins struct {
	Moment
	Task *Task
	For  uint64 // ns
	Site uint32
}

// CancelRequested: a task is to be cancelled.
type CancelRequested struct {
	Moment
	ID     uint64
	Name   string // of the task
	By     uint64 // the task that did it, 0 = none
	ByName string
	Text   string // the text that was given for it, "" = none
	Site   uint32
}

// Name is what the task is called: its given name, or its number and function.
func (t *Task) Name() string {
	switch {
	case t.Given != "":
		return t.Given
	case t.Function != "" && t.ID >= trace.FirstUnnumberedTask:
		return t.Function
	case t.Function != "":
		return defaultName(t.ID) + " " + t.Function
	}
	return defaultName(t.ID)
}

func defaultName(id uint64) string {
	if id >= trace.FirstUnnumberedTask {
		return "a task"
	}
	return "Task-" + strconv.FormatUint(id, 10)
}

// forget drops what is doubtful after a gap in the records.
func (t *Task) forget() {
	t.next, t.cancel, t.since = Cause{}, Cause{}, 0
	t.waits, t.waitsIn, t.waitsOn, t.site = trace.Record{}, "", "", 0
	t.armed = Note{}
}

// shortFunction is a function's name without the path of its package, and without the Python
// function in which it is defined.
func shortFunction(name string) string {
	const locals = "<locals>."
	if i := strings.LastIndex(name, locals); i >= 0 {
		return name[i+len(locals):]
	}
	return ShortName(name)
}

// ShortName is a function's name without the path of its package.
func ShortName(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// known returns a task. If its creation was lost, it makes one.
func (r *Recording) known(id uint64) *Task {
	t := r.tasks[id]
	if t == nil {
		t = r.newTask(id)
		r.beginTask(t)
	}
	t.seen = r.losses
	return t
}

func (r *Recording) newTask(id uint64) *Task {
	t := r.over.get()
	*t = Task{ID: id}
	return t
}

func (r *Recording) beginTask(t *Task) {
	t.Begin, t.seen = r.now, r.losses
	r.tasks[t.ID] = t
	r.listener.Begins(t)
}

func (r *Recording) endTask(t *Task, cut Cut) {
	delete(r.tasks, t.ID)
	r.ends(t, cut)
	r.over.put(t)
}

// nameOf names any task, also one that is gone.
func (r *Recording) nameOf(id uint64) string {
	if t := r.tasks[id]; t != nil {
		return t.Name()
	}
	return defaultName(id)
}

// taskFound begins a task in the middle of its life. If it waits, what it waits for comes next.
func (r *Recording) taskFound(rec trace.Record) {
	t := r.known(rec.A)
	if t.running {
		r.cutStep(t)
	}
	r.closeRest(t, Unfinished)
	t.forget()
	t.found = rec.Flags&trace.FoundWaiting != 0
	if !t.found {
		r.becomesReady(t)
	}
}

// foundWaits takes what a task that was found waits for, and the words for that, if they have
// followed at once.
func (r *Recording) foundWaits(rec, next trace.Record) (worded bool) {
	t := r.tasks[rec.A]
	t.found = false
	t.waits, t.waitsOn, t.site = rec, "", rec.Site
	if next.Kind == trace.KindTaskWaitsOn && next.A == rec.A {
		t.waitsOn, worded = r.string(next.B), true
	}
	r.startWait(t)
	return worded
}

// taskCreated takes the record that names the task, too, if that has followed at once.
func (r *Recording) taskCreated(rec, name trace.Record) {
	t := r.tasks[rec.A]
	switch {
	case t == nil:
		t = r.newTask(rec.A)
		r.rename(t, name)
		r.beginTask(t)
	case name.Kind == trace.KindTaskName:
		r.taskName(name)
	}
	t.seen = r.losses
	e := &r.events.created
	*e = Created{Task: t, Parent: rec.B, Site: rec.Site}
	if rec.B != 0 {
		e.ParentName = r.nameOf(rec.B)
	}
	r.happens(e)
	t.site = rec.Site
	r.schedule(t, Cause{Kind: ByCreation, Site: rec.Site, Time: e.Time, By: rec.B, ByName: e.ParentName, In: r.running(), Note: e.Note})
}

func (r *Recording) taskName(rec trace.Record) {
	t := r.known(rec.A)
	r.rename(t, rec)
	r.remarks(r.now, &Named{Task: t})
}

func (r *Recording) rename(t *Task, rec trace.Record) {
	switch {
	case rec.Kind != trace.KindTaskName:
	case rec.Flags&trace.NameFunction != 0:
		t.Function = shortFunction(r.string(rec.B))
	default:
		t.Given = r.string(rec.B)
	}
}

// schedule makes a task ready. A task that is running, or ready already, stays so.
func (r *Recording) schedule(t *Task, cause Cause) {
	if t.next.Kind != NoCause {
		return
	}
	t.next, t.since = cause, r.now
	if t.running {
		return
	}
	if wait, ok := t.rest.(*Wait); ok {
		wait.Cause = cause
	}
	r.closeRest(t, Whole)
	r.becomesReady(t)
}

func (r *Recording) becomesReady(t *Task) {
	ready := r.readies.get()
	*ready = Ready{Task: t, Cause: t.next}
	t.rest = ready
	r.begins(ready)
}

// closeRest ends what a task does between steps.
func (r *Recording) closeRest(t *Task, cut Cut) {
	switch rest := t.rest.(type) {
	case *Wait:
		r.ends(rest, cut)
		r.waits.put(rest)
	case *Ready:
		r.ends(rest, cut)
		r.readies.put(rest)
	}
	t.rest = nil
}

func (r *Recording) stepBegin(rec trace.Record) {
	t := r.known(rec.A)
	if t.running {
		r.cutStep(t)
	}
	r.closeRest(t, Whole)
	t.running = true
	f := r.frame(rec.Kind, rec.A)
	f.task, f.in = t, t.ID
	f.step = Step{Task: t, Site: t.site, Cause: t.next, Cancel: t.cancel, Since: t.since}
	t.forget()
	r.open(f, &f.step)
}

// cutStep ends a step whose end is missing.
func (r *Recording) cutStep(t *Task) {
	for i := r.depth - 1; i >= 0; i-- {
		if r.frames[i].task == t {
			r.closeTo(i, Unfinished)
			return
		}
	}
}

func (r *Recording) stepEnd(rec trace.Record) {
	t := r.tasks[rec.A]
	if t == nil || !t.running {
		return
	}
	r.end(trace.KindStepBegin, t.ID, nil)
	if t.next.Kind != NoCause { // it was woken before it suspended
		r.becomesReady(t)
		return
	}
	r.startWait(t)
}

// startWait begins what the task has announced to wait for.
func (r *Recording) startWait(t *Task) {
	wait := r.waits.get()
	*wait = Wait{Task: t, For: trace.Wait(t.waits.Aux), On: t.waits.B, In: t.waitsIn, Words: t.waitsOn, Site: t.waits.Site}
	if wait.For == trace.WaitTask {
		wait.OnName = r.nameOf(wait.On)
	}
	t.rest = wait
	r.begins(wait)
}

// lastStep ends a task.
func (r *Recording) lastStep(rec trace.Record) {
	t := r.tasks[rec.A]
	t.Done = true
	r.end(trace.KindStepBegin, t.ID, nil)
	r.endTask(t, Whole)
}

func (r *Recording) taskWaitsOn(rec trace.Record) { r.known(rec.A).waitsOn = r.string(rec.B) }

func (r *Recording) taskWaitsIn(rec trace.Record) { r.known(rec.A).waitsIn = r.string(rec.B) }

func (r *Recording) taskWaits(rec trace.Record) {
	t := r.known(rec.A)
	t.waits, t.waitsOn, t.site = rec, "", rec.Site
	if trace.Wait(rec.Aux) == trace.WaitSleep {
		e := &r.events.sleep
		*e = SleepBegins{Task: t, For: rec.B, Site: rec.Site}
		r.happens(e)
		t.armed = e.Note
	}
}

func (r *Recording) taskWoken(rec trace.Record) {
	t := r.known(rec.A)
	cause := Cause{Kind: ByWake, Wake: trace.Wake(rec.Aux), Site: rec.Site, Time: r.now, By: rec.B, In: r.running()}
	e := &r.events.woken
	*e = Woken{Task: t}
	switch cause.Wake {
	case trace.WakeTask:
		cause.ByName = r.nameOf(rec.B)
	case trace.WakeObject:
		cause.Object, cause.ByName = trace.Wait(t.waits.Aux), t.waitsOn
	case trace.WakeTimer:
		if rec.B == 0 { // else the timer is a callback, which has a cause of its own
			e.Armed = t.armed
		}
	}
	e.Cause = cause
	r.happens(e)
	cause.Note = e.Note
	r.schedule(t, cause)
}

func (r *Recording) taskCancelText(rec trace.Record) { r.cancelText = r.string(rec.B) }

func (r *Recording) taskCancelled(rec trace.Record) {
	e := &CancelRequested{ID: rec.A, Name: r.nameOf(rec.A), By: rec.B, Text: r.cancelText, Site: rec.Site}
	if rec.B != 0 {
		e.ByName = r.nameOf(rec.B)
	}
	r.cancelText = ""
	r.happens(e)
	if t := r.tasks[rec.A]; t != nil {
		t.cancel = Cause{Kind: ByCancel, Site: rec.Site, Time: e.Time, By: rec.B, ByName: e.ByName, In: r.running(), Note: e.Note}
	}
}

// taskDone comes within the last step, or right after it (see settle), or for a task that never
// ran.
func (r *Recording) taskDone(rec trace.Record) {
	t := r.tasks[rec.A]
	if t == nil {
		return
	}
	t.end(r, rec)
	if !t.running {
		r.closeRest(t, Whole)
		r.endTask(t, Whole)
	}
}

// end notes how a task has ended.
func (t *Task) end(r *Recording, rec trace.Record) {
	t.Done, t.Outcome, t.Error = true, trace.Outcome(rec.Flags), r.string(rec.B)
}

func (r *Recording) futureResolved(rec trace.Record) {
	e := &r.events.resolved
	*e = Resolved{Future: rec.A, Outcome: trace.Outcome(rec.Flags), Site: rec.Site}
	r.happens(e)
}
