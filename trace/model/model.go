// SPDX-License-Identifier: Apache-2.0

// Package model turns records into what a timeline shows: lanes, the slices on
// them, and the arrows between them. It is where the meaning of the records is
// known; an exporter only has to draw.
//
// A [Picture] is fed by one [Builder] per recording and feeds one [Sink]. It
// works as the records come in and remembers only what is still alive: open
// spans, scheduled handles, unfinished tasks. So a recording may be drawn while
// it grows, and may be longer than memory.
//
// Each producer has a lane for its loop, one for what other goroutines asked
// of it, and one for each task. On the loop's lane lie turns, in them polls,
// callbacks and task steps. On a task's lane lie its steps, and between them
// what it waited for and how long it was ready but not running. An arrow leads
// from a moment, a slice of no length at the place where something was
// scheduled, to the start of the slice that ran it. Another one leads to the end of the
// wait that was over with this. A cancellation has arrows of its own to both.
//
// Two promises make arrows unambiguous in every viewer: the slices of a lane
// nest strictly, and no two starts or ends on a lane have the same time. Where
// the clock gave the same time twice, the later one is moved by a nanosecond.
//
// Records may be missing. Then slices end where the gap begins, the gap is a slice of
// its own on each lane that it interrupts, arrows whose one end is unknown are left out,
// and nothing else changes. What has not ended when its process did lasts until then. All
// of these say so, in an argument.
package model

import (
	"errors"

	"github.com/gocurtain/asyncio/trace"
)

// Sink draws. Its methods are called from Builder.Add and Builder.Finish. A
// lane is told before its first slice, and again if its name becomes known
// later; a process is told before its first lane. The slices at both ends of an
// arrow start at the arrow's points; one that leads to a wait leads to its last
// nanosecond. Slices come when they end, so neither they nor arrows are in the
// order of time.
type Sink interface {
	Process(Process)
	Lane(Lane)
	Slice(Slice) // the Args are valid during the call only
	Arrow(Arrow)
	Counter(Counter)
}

// Process is one operating system process.
type Process struct {
	PID     uint64
	Name    string
	Command string // its command line, "" if unknown
	// Start is when its first recording began, CLOCK_MONOTONIC, ns.
	Start uint64
}

// LaneKind says what a lane shows.
type LaneKind uint8

const (
	// LoopLane shows what the loop does.
	LoopLane LaneKind = iota
	// OutsideLane shows calls that other goroutines made.
	OutsideLane
	// TaskLane shows a task, or several short ones in turn.
	TaskLane
)

// Lane is one row of the picture.
type Lane struct {
	// ID is unique in the picture and positive.
	ID   int
	PID  uint64
	Kind LaneKind
	Name string
	// Loop is the ID of the lane of the loop or thread to which this one belongs, 0 for
	// such a lane itself.
	Loop int
	// Order ranks the lanes of a process, the least on top.
	Order int
}

// Arg is a detail of a slice: a text if IsText, else a number.
type Arg struct {
	Key    string
	Text   string
	Number int64
	IsText bool
}

func text(key, value string) Arg        { return Arg{Key: key, Text: value, IsText: true} }
func number[N num](key string, v N) Arg { return Arg{Key: key, Number: int64(v)} }

type num interface{ ~int | ~int64 | ~uint64 }

// What is the key of the argument that says what the slice is about: which task, place or
// thing. It completes the name, as in "waits for" and "lock 7".
const What = "what"

func what(v string) Arg { return text(What, v) }

// Slice is something that took time, or a moment if End is Start. Times are
// CLOCK_MONOTONIC, ns.
//
// Its name is one of few, so that slices of a kind can be added up; only calls, system
// calls, spans and marks are called as in the program. What tells it from others of its
// kind is in its arguments.
type Slice struct {
	Lane       int
	Start, End uint64
	Name       string
	Category   string // what kind of thing it is, for colours: one of the constants below
	Args       []Arg
	// Partner is the ID of the lane that shows the same once more, 0 for none: the loop's lane
	// shows each step of a task, and the task's lane does.
	Partner int
}

// The categories of slices.
const (
	Turn       = "turn"        // of the loop
	Poll       = "poll"        // the loop asks the selector
	Readiness  = "readiness"   // a descriptor is ready, or a signal has come
	Callback   = "callback"    // the run of one
	Step       = "step"        // of a task, on its lane and on the loop's
	Wait       = "wait"        // of a task
	Ready      = "ready"       // a task could run but waits its turn
	Cause      = "cause"       // a moment at which something was caused
	Call       = "call"        // of a function
	Line       = "line"        // of source, a moment
	SystemCall = "system call" // also what was read and written, a moment
	Span       = "span"        // of the program's own, or a moment
	Lost       = "lost"        // records are missing
)

// Point is where an arrow begins or ends: the start of a slice, or the last nanosecond of a wait.
type Point struct {
	Lane int
	Time uint64
}

// Arrow leads from where something was caused to where it took effect. From is
// always earlier than To.
type Arrow struct {
	From, To Point
	Label    string
}

// Counter is a named number that has a new value.
type Counter struct {
	PID   uint64
	Time  uint64
	Name  string
	Value int64
}

// Picture gathers the recordings of one timeline. It is for one goroutine at a
// time, as are its builders.
type Picture struct {
	sink      Sink
	processes map[uint64]bool
	lanes     int
	builders  int
	links     map[linkKey]link
	births    births
}

// New returns an empty picture that is drawn by sink.
func New(sink Sink) *Picture {
	return &Picture{sink: sink, processes: make(map[uint64]bool), links: make(map[linkKey]link)}
}

// mustBeMade refuses a zero value, which nobody draws.
func (p *Picture) mustBeMade() {
	if p.sink == nil {
		panic(errors.New("model: a zero Picture; make one with New"))
	}
}

// Draw adds all there is of some recordings and finishes them. What has not ended lasts
// until the latest record of its process. A damaged recording is drawn as far as it goes;
// its error is returned.
func (p *Picture) Draw(sources ...*trace.Source) error {
	p.mustBeMade()
	builders := make([]*Builder, len(sources))
	seen := make(map[uint64]uint64) // by process
	var errs []error
	for i, src := range sources {
		b := p.Builder(src.Producer(), src)
		errs = append(errs, src.All(func(rec trace.Record) bool { b.Add(rec); return true }))
		pid := src.Producer().PID
		seen[pid] = max(seen[pid], b.Latest())
		builders[i] = b
	}
	for i, b := range builders {
		b.Finish(seen[sources[i].Producer().PID])
	}
	return errors.Join(errs...)
}

func (p *Picture) process(producer trace.Producer) {
	if p.processes[producer.PID] {
		return
	}
	p.processes[producer.PID] = true
	p.sink.Process(Process{PID: producer.PID, Name: producer.Process, Command: producer.Command, Start: producer.Start})
}

// nextLane returns an id. It is never that of a process, because viewers take
// the thread with the id of its process for the main thread.
func (p *Picture) nextLane() int {
	p.lanes++
	for p.processes[uint64(p.lanes)] {
		p.lanes++
	}
	return p.lanes
}
