// SPDX-License-Identifier: Apache-2.0

// Package timeline draws what package model knows of a program: lanes, the slices on them, and the
// arrows between them. It decides what is shown where and in which words; an exporter, its
// [Canvas], only has to write that down.
//
// A [Picture] draws as the facts come in and remembers only what is still open. So a recording may
// be drawn while it grows, and may be longer than memory.
//
// Each recording has a lane for its loop, one for what other goroutines asked of it, and one for
// each task. On the loop's lane lie turns, in them polls, callbacks and task steps. On a task's
// lane lie its steps, and between them what it waited for and how long it was ready but not
// running. An arrow leads from a moment, a slice of no length at the place where something was
// scheduled, to the start of the slice that ran it. Another arrow leads to the end of the wait that
// this ended. A cancellation has arrows of its own to both.
//
// Two promises make arrows unambiguous in every viewer: the slices of a lane nest strictly, and no
// two starts or ends on a lane have the same time. Where the clock gave the same time twice, the
// later one is moved by a nanosecond.
//
// Records may be missing. Then slices end where the gap begins, the gap is a slice of its own on
// each lane that it interrupts, arrows with an unknown end are left out, and nothing else changes.
// What has not ended when its process ends lasts until then. All of these say so, in an argument.
package timeline

import (
	"errors"

	"github.com/gocurtain/asyncio/trace"
	"github.com/gocurtain/asyncio/trace/model"
)

// Picture draws the recordings of one timeline. It is for one goroutine at a time, as are its
// recordings.
type Picture struct {
	canvas     Canvas
	program    *model.Program
	processes  map[uint64]bool
	lanes      int
	recordings int
}

var _ model.Audience = (*Picture)(nil)

// NewPicture returns an empty picture on a canvas.
func NewPicture(canvas Canvas) *Picture {
	return &Picture{canvas: canvas, program: model.NewProgram(), processes: make(map[uint64]bool)}
}

// Recording begins to draw a recording. names resolves the ids in its records.
func (p *Picture) Recording(producer trace.Producer, names trace.Names) *model.Recording {
	p.mustBeMade()
	p.process(producer)
	d := newDrawing(p, producer)
	d.model = p.program.Recording(producer, names, d)
	return d.model
}

// Draw draws everything in some recordings; it reads them as [model.ReadAll] does.
func (p *Picture) Draw(sources ...*trace.Source) error {
	p.mustBeMade()
	return model.ReadAll(p, sources...)
}

// mustBeMade refuses a zero value.
func (p *Picture) mustBeMade() {
	if p.canvas == nil {
		panic(errors.New("timeline: a zero Picture; make one with NewPicture"))
	}
}

func (p *Picture) process(producer trace.Producer) {
	if p.processes[producer.PID] {
		return
	}
	p.processes[producer.PID] = true
	p.canvas.Process(Process{PID: producer.PID, Name: producer.Process, Command: producer.Command, Start: producer.Start})
}

// nextLane returns an id. It is never that of a process, because viewers take the thread with the
// id of its process for the main thread.
func (p *Picture) nextLane() int {
	p.lanes++
	for p.processes[uint64(p.lanes)] {
		p.lanes++
	}
	return p.lanes
}
