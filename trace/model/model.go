// SPDX-License-Identifier: Apache-2.0

// Package model says what records mean: which tasks there are, their steps and waits, which
// callbacks ran, and what caused all of that. Timelines and analyses use its facts; it knows no
// lanes, colours or statistics.
//
// A [Program] is a set of recordings that are read together. It has a [Recording] for each thread,
// which gets its records one by one and tells a [Listener] at once what they mean. It remembers
// only what is still alive: open spans, scheduled callbacks, unfinished tasks. So a recording may
// be followed while it grows, and may be longer than memory.
//
// There are two kinds of facts. An [Activity] lasts: a turn, a poll, the run of a callback, a step
// of a task, its waits and the time for which it was ready, a call, a span. It is told when it
// begins and when it ends. An [Event] is a moment: a task was created, woken or cancelled, a
// callback was scheduled. What began because of an event has it as its [Cause].
//
// The activities of a thread nest, except tasks and what they do between their steps: waits and
// [Ready]. Each activity that has begun also ends, the innermost first. If its own end is not in
// the recording, a [Cut] says why it ends.
//
// A task's name comes with its creation, and its outcome with its last step, although they have
// records of their own: the model waits for the next record before it tells either.
//
// Records may be missing, see [Gap]. Then some causes are missing, too, and nothing else changes.
package model

import (
	"errors"

	"github.com/gocurtain/asyncio/trace"
)

// Listener hears the facts of one recording. The model reuses what it passes: an event is valid
// during the call, an activity until the call that tells its end. A Listener looks at the types
// that it wants and ignores the others; more may come.
type Listener interface {
	Begins(Activity)
	Ends(Activity)
	Happens(Event)
	// Linked tells a link between two recordings, to the listener of the end that came later.
	Linked(Link)
}

// Activity is something that lasts: a pointer to [Task], [Loop], [Turn], [Poll], [Run], [Step],
// [Wait], [Ready], [Call], [SystemCall], [Section] or [Gap].
type Activity interface{ span() *Span }

// Event is a moment: a pointer to [Created], [Named], [Woken], [SleepBegins], [CancelRequested],
// [Scheduled], [Unscheduled], [BecameReady], [Resolved], [OutsideCall], [JobSubmitted],
// [JobBegins], [ProcessStarted], [Beginning], [ThreadNamed], [ConnectionOpened],
// [ConnectionClosed], [Transfer], [Line], [Mark] or [Counter].
type Event interface{ moment() *Moment }

// Span is when an activity took place. Times are CLOCK_MONOTONIC, ns.
type Span struct {
	Begin uint64
	End   uint64 // 0 until it ends
	Cut   Cut
	Note  Note
}

func (s *Span) span() *Span { return s }

// Moment is when an event happened.
type Moment struct {
	Time uint64
	Note Note
}

func (m *Moment) moment() *Moment { return m }

// Note is something that the listener wants back when it hears of the effects of a fact, such as
// where it has drawn the fact. The listener sets it when it hears of the fact.
type Note [2]uint64

// Cut says why an activity ends without an end of its own in the recording.
type Cut uint8

const (
	// Whole: the activity has its own end.
	Whole Cut = iota
	// WithLoop: it ended because the loop ended.
	WithLoop
	// Unfinished: it was open when something around it ended, or the process.
	Unfinished
	// RecordsLost: it was open when records were lost.
	RecordsLost
	// NotRecorded is what was open when the recording of the loop was switched off.
	NotRecorded
)

// Cause says what caused an activity. Not every activity has a known cause.
type Cause struct {
	Kind   CauseKind
	Wake   trace.Wake // of ByWake
	Ready  uint8      // of ByReadiness: flags such as trace.ReadyRead
	Object trace.Wait // of trace.WakeObject: what kind of object it was
	Site   uint32     // where, see Recording.Site
	Time   uint64
	By     uint64 // the id of the task, future or object that did it, 0 = none
	ByName string // of a task; of another object, the program's words for it, "" = none
	In     uint64 // the task in whose step it happened, 0 = none
	Note   Note   // the event's
}

// CauseKind says which kind of event a cause is.
type CauseKind uint8

const (
	// NoCause means that there is none, or that it is not known.
	NoCause CauseKind = iota
	// ByCreation: a Created.
	ByCreation
	// ByWake: a Woken.
	ByWake
	// ByCancel: a CancelRequested.
	ByCancel
	// ByCall: a Scheduled.
	ByCall
	// ByReadiness: a BecameReady.
	ByReadiness
)

// Program gathers the recordings that are read together, such as those of all threads and processes
// of one command. It is for one goroutine at a time, as are its recordings.
type Program struct {
	links  map[linkKey]linkEnd
	births births
}

// NewProgram returns a program without recordings.
func NewProgram() *Program { return &Program{links: make(map[linkKey]linkEnd)} }

// Audience hears recordings: a timeline or an analysis.
type Audience interface {
	// Recording begins a recording. names resolves the ids in its records.
	Recording(producer trace.Producer, names trace.Names) *Recording
}

// ReadAll tells an audience everything in some recordings. What has not ended lasts until the
// latest record of its process. If a recording is damaged, ReadAll tells it as far as it goes, and
// returns its error.
func ReadAll(to Audience, sources ...*trace.Source) error {
	recordings := make([]*Recording, len(sources))
	seen := make(map[uint64]uint64) // by process
	var errs []error
	for i, src := range sources {
		r := to.Recording(src.Producer(), src)
		errs = append(errs, src.All(func(rec trace.Record) bool { r.Add(rec); return true }))
		pid := src.Producer().PID
		seen[pid] = max(seen[pid], r.Latest())
		recordings[i] = r
	}
	for i, r := range recordings {
		r.Finish(seen[sources[i].Producer().PID])
	}
	return errors.Join(errs...)
}
