// SPDX-License-Identifier: Apache-2.0

// Package model says what records mean: which tasks there are, what each step and wait of them
// was, which callbacks ran, and who caused all of that. Timelines and analyses are made of its
// facts; it knows neither lanes nor colours nor statistics.
//
// A [Program] is what is read together. It has a [Recording] for each thread, which gets its
// records one by one and tells a [Listener] what they mean, while they come in. It remembers
// only what is still alive: open spans, scheduled callbacks, unfinished tasks. So a recording
// may be followed while it grows, and may be longer than memory.
//
// There are two kinds of facts. An [Activity] lasts: a turn, a poll, the run of a callback, a
// step of a task, its waits and the time for which it was ready, a call, a span. It is told when
// it begins and when it ends. An [Event] is a moment: a task was created, woken or cancelled, a
// callback was scheduled. What began because of an event has it as its [Cause].
//
// The activities of a thread nest, but for tasks and what they are at between their steps:
// waits and [Ready]. What has begun ends, the innermost first. A [Cut] says so if its own end is
// not in the recording.
//
// A task's name comes with its creation and its outcome with its last step, although they are
// records of their own: the model waits for the next record before it tells either.
//
// Records may be missing, see [Gap]. Then causes are missing too, and nothing else changes.
package model

import (
	"errors"

	"github.com/gocurtain/asyncio/trace"
)

// Listener is told the facts of one recording. What it is given belongs to the model, which
// uses it again: an event is valid during the call, an activity until its end was told. A
// Listener looks at the types that it wants and ignores the others; more may come.
type Listener interface {
	Begins(Activity)
	Ends(Activity)
	Happens(Event)
	// Linked tells that two recordings have met. It is told to the listener of the end
	// that came in later.
	Linked(Link)
}

// Activity is something that lasts: a pointer to [Task], [Loop], [Turn], [Poll], [Run], [Step],
// [Wait], [Ready], [Call], [SystemCall], [Section] or [Gap].
type Activity interface{ span() *Span }

// Event is a moment: a pointer to [Created], [Named], [Woken], [SleepBegins], [CancelRequested],
// [Scheduled], [Unscheduled], [BecameReady], [Resolved], [OutsideCall], [JobSubmitted],
// [JobBegins], [ProcessStarted], [Beginning], [ThreadNamed], [Transfer], [Line], [Mark] or
// [Counter].
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

// Note is what the listener wants to know again when it is told of the effects of a fact, such
// as where it has drawn it. It sets it while it is told of the fact.
type Note [2]uint64

// Cut says why an activity ends without an end of its own in the recording.
type Cut uint8

const (
	// Whole is what has ended as it should.
	Whole Cut = iota
	// WithLoop is what ended because the loop did.
	WithLoop
	// Unfinished is what was open when something around it ended, or the process.
	Unfinished
	// RecordsLost is what was open when records were lost.
	RecordsLost
)

// Cause says what an activity goes back to. Not all have one that is known.
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
	// NoCause is none, or one that is not known.
	NoCause CauseKind = iota
	// ByCreation is a Created.
	ByCreation
	// ByWake is a Woken.
	ByWake
	// ByCancel is a CancelRequested.
	ByCancel
	// ByCall is a Scheduled.
	ByCall
	// ByReadiness is a BecameReady.
	ByReadiness
)

// Program gathers the recordings that are read together, such as those of all threads and
// processes of one command. It is for one goroutine at a time, as are its recordings.
type Program struct {
	links  map[linkKey]linkEnd
	births births
}

// NewProgram returns a program without recordings.
func NewProgram() *Program { return &Program{links: make(map[linkKey]linkEnd)} }

// Audience takes in recordings: a timeline or an analysis.
type Audience interface {
	// Recording begins a recording. names resolves the ids in its records.
	Recording(producer trace.Producer, names trace.Names) *Recording
}

// ReadAll tells an audience all there is of some recordings. What has not ended lasts until the
// latest record of its process. A damaged recording is told as far as it goes; its error is
// returned.
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
