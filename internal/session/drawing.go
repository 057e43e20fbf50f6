// SPDX-License-Identifier: Apache-2.0

package session

import (
	"github.com/gocurtain/asyncio/trace"
	"github.com/gocurtain/asyncio/trace/model"
	"github.com/gocurtain/asyncio/trace/timeline"
)

// File is a file of a timeline, as exporters write them.
type File interface {
	timeline.Canvas
	// Source adds the text of a source file that events come from; process is one that runs it.
	Source(pid uint64, file, text string)
	Flush() error
	Close() error
}

// Drawing is an output that draws a timeline.
type Drawing struct {
	*timeline.Picture
	tail    *tail
	sources *sourceFiles // nil if the text of source files is not wanted
}

var _ Output = (*Drawing)(nil)

// Draw draws a timeline into a file, with the text of source files if that is wanted.
func Draw(file File, sources bool) *Drawing {
	d := &Drawing{tail: newTail(file)}
	if sources {
		d.sources = newSourceFiles(file)
	}
	d.Picture = timeline.NewPicture(d.tail)
	return d
}

// Recording implements [model.Audience].
func (d *Drawing) Recording(producer trace.Producer, names trace.Names) *model.Recording {
	if d.sources != nil {
		names = notingNames{names, producer.PID, d.sources}
	}
	return d.Picture.Recording(producer, names)
}

// Keep implements [Output].
func (d *Drawing) Keep() { d.tail.drawing = true }

// Flush implements [Output].
func (d *Drawing) Flush() error { return d.tail.Flush() }

// Close implements [Output].
func (d *Drawing) Close() error { return d.tail.Close() }

// Cut returns the latest time of what was left out, 0 if nothing was.
func (d *Drawing) Cut() uint64 { return d.tail.cut }

// tail is a canvas that draws only the end of a picture.
type tail struct {
	File
	drawing bool
	cut     uint64                // the latest time of what was left out
	lanes   map[int]timeline.Lane // on which nothing is drawn yet
}

func newTail(file File) *tail {
	return &tail{File: file, lanes: make(map[int]timeline.Lane)}
}

// Lane implements [timeline.Canvas].
func (t *tail) Lane(l timeline.Lane) {
	if _, waits := t.lanes[l.ID]; t.drawing && !waits {
		t.File.Lane(l)
		return
	}
	t.lanes[l.ID] = l
}

// Slice implements [timeline.Canvas].
func (t *tail) Slice(s timeline.Slice) {
	if !t.drawing {
		t.cut = max(t.cut, s.End)
		return
	}
	t.tell(s.Lane)
	t.File.Slice(s)
}

// Arrow implements [timeline.Canvas]. What an arrow from before the cut begins at is not there.
func (t *tail) Arrow(a timeline.Arrow) {
	if !t.drawing || a.From.Time <= t.cut {
		return
	}
	t.tell(a.From.Lane)
	t.tell(a.To.Lane)
	t.File.Arrow(a)
}

// Counter implements [timeline.Canvas].
func (t *tail) Counter(c timeline.Counter) {
	if t.drawing {
		t.File.Counter(c)
	}
}

// tell tells of a lane before it is drawn on.
func (t *tail) tell(id int) {
	if l, waits := t.lanes[id]; waits {
		delete(t.lanes, id)
		t.File.Lane(l)
	}
}
