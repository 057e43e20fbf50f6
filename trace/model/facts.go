// SPDX-License-Identifier: Apache-2.0

package model

import "github.com/gocurtain/asyncio/trace"

// This file has the facts that are not about tasks. A Site is the id of a place in the source, see
// Recording.Site; 0 is none.

// Loop is a running loop. It may lie within other activities, such as a job.
type Loop struct {
	Span
	ID   uint64
	Name string
}

// Turn is a turn of the loop.
type Turn struct {
	Span
	Number uint64
	Ready  uint64 // callbacks that were ready when it began
}

// Poll is one question of the loop to the selector.
type Poll struct {
	Span
	Timeout uint64 // ns, or trace.Forever
	Events  uint64 // how many there were; known at its end, if that is Whole
}

// Handle is a callback that was scheduled.
type Handle struct {
	ID     uint64
	Origin trace.Origin // 0 = unknown
	Site   uint32       // where it was scheduled
	At     uint64       // when that was
	Due    uint64       // the deadline of a timer, else 0
	Many   bool         // it may run many times
	Linked bool         // it was scheduled by a thread that has a recording of its own
}

// Run is the run of a callback.
type Run struct {
	Span
	Handle
	Known bool  // that it was scheduled is in the recording; else there is only its ID
	Cause Cause // unless it is Linked: then a Link tells
}

// Call is the call of a function, or its resumption.
type Call struct {
	Span
	Site    uint32 // the function
	Resumed bool
	Ending  Ending // known at its end, if that is Whole
}

// Ending says how a call ends.
type Ending uint8

const (
	// Returns is an ordinary end.
	Returns Ending = iota
	// Suspends is the end for now of a coroutine that will be resumed.
	Suspends
	// Raises is an exception.
	Raises
)

// SystemCall is a call of the operating system.
type SystemCall struct {
	Span
	Name   string // "" = unknown
	Result int64  // known at its end, if that is Whole
}

// Section is a span that the program has marked, or a job of a pool.
type Section struct {
	Span
	Name string // "" = unknown
}

// Gap is a part in which records were lost, or the loop was not recorded. Everything that was open
// ends before it, and scheduled callbacks are forgotten.
type Gap struct {
	Span
	Left    bool    // the loop was not recorded; it is Unfinished if it was not again
	Records uint64  // how many were lost; known at its end
	Tasks   []*Task // those that ran, waited or were ready when it began
}

// Scheduled: a callback was scheduled.
type Scheduled struct {
	Moment
	Handle
}

// Unscheduled: a callback was cancelled.
type Unscheduled struct {
	Moment
	Handle
	Where uint32 // where it was cancelled
}

// BecameReady: a descriptor is ready, or a signal has come.
type BecameReady struct {
	Moment
	FD     uint64 // or the signal's number
	Name   string // of the connection of FD, "" = none is known
	Flags  uint8  // such as trace.ReadyRead
	Handle uint64 // the callback that it leads to
}

// Resolved: a future that is no task was resolved.
type Resolved struct {
	Moment
	Future  uint64
	Outcome trace.Outcome
	Site    uint32
}

// OutsideCall: this thread scheduled a callback on another one's loop.
type OutsideCall struct {
	Moment
	Handle uint64
	Site   uint32
}

// JobSubmitted: a job was given to a pool.
type JobSubmitted struct {
	Moment
	Job  uint64
	Site uint32
}

// JobBegins: the innermost activity is a job.
type JobBegins struct {
	Moment
	Job      uint64
	Function string // "" = unknown
}

// ProcessStarted: this thread has started a process. Its time is just before that.
type ProcessStarted struct {
	Moment
	PID  uint64
	Site uint32
}

// Beginning comes before the first activity or event of a recording. It stays valid, since a Link
// may lead to it later.
type Beginning struct {
	Moment
	Producer trace.Producer
	Tag      any // the listener's own
}

// ThreadNamed tells the name of the thread.
type ThreadNamed struct {
	Moment
	ID   uint64 // in the system
	Name string // "" = unknown
}

// Transfer: something was read or written.
type Transfer struct {
	Moment
	FD, Bytes uint64
	Name      string // of the connection of FD, "" = none is known
	Write     bool
}

// ConnectionOpened: a descriptor belongs to a connection.
type ConnectionOpened struct {
	Moment
	FD   uint64
	Name string // "" = unknown
}

// ConnectionClosed: the connection has ended.
type ConnectionClosed struct {
	Moment
	FD    uint64
	Name  string // "" = unknown
	Error string // the text of the error that ended it, "" = none
}

// Line: a line of source starts to run.
type Line struct {
	Moment
	Site uint32
}

// Mark is a moment that the program has marked.
type Mark struct {
	Moment
	Name string // "" = unknown
}

// Counter is a new value of a named number.
type Counter struct {
	Moment
	Name  string // "" = unknown
	Value int64
}
