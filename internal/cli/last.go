// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"time"

	"github.com/gocurtain/asyncio/export/chrome"
	"github.com/gocurtain/asyncio/trace/timeline"
)

// maxKept bounds the records that a window keeps, to 256 MiB.
const maxKept = 8 << 20

// window keeps what was recorded last, as trace --last wants it. What falls out of
// it is still drawn, by a [tail] that leaves it out: so tasks have their names and
// parents, and what began before the window is whole.
type window struct {
	length  uint64 // ns
	most    int    // records
	batches []kept // the oldest first
	records int
	newest  uint64 // the latest time of all records, or at which a program was alive
}

// kept is a batch in a window.
type kept struct {
	batch
	at uint64 // window.newest when it came
}

func newWindow(length time.Duration) *window {
	return &window{length: uint64(length), most: maxKept}
}

func (w *window) push(b batch) {
	if n := len(b.recs); n > 0 {
		w.newest = max(w.newest, b.recs[n-1].Time)
	}
	w.newest = max(w.newest, b.seen)
	w.batches = append(w.batches, kept{b, w.newest})
	w.records += len(b.recs)
}

// pop takes the oldest batch if it is out of the window, or if there are too many.
func (w *window) pop() (b batch, ok bool) {
	if len(w.batches) == 0 || w.newest-w.batches[0].at <= w.length && w.records <= w.most {
		return batch{}, false
	}
	return w.shift(), true
}

// shift takes the oldest batch, of which there must be one.
func (w *window) shift() batch {
	b := w.batches[0].batch
	w.batches[0] = kept{} // else its records would live as long as the array
	w.batches = w.batches[1:]
	w.records -= len(b.recs)
	return b
}

// tail is a sink that draws the end of a picture only.
type tail struct {
	*chrome.Writer
	drawing bool
	cut     uint64                // the latest time of what was left out
	lanes   map[int]timeline.Lane // on which nothing is drawn yet
}

func newTail(w *chrome.Writer) *tail {
	return &tail{Writer: w, lanes: make(map[int]timeline.Lane)}
}

// Lane implements [timeline.Canvas].
func (t *tail) Lane(l timeline.Lane) {
	if _, waits := t.lanes[l.ID]; t.drawing && !waits {
		t.Writer.Lane(l)
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
	t.Writer.Slice(s)
}

// Arrow implements [timeline.Canvas]. What an arrow from before the cut begins at is not there.
func (t *tail) Arrow(a timeline.Arrow) {
	if !t.drawing || a.From.Time <= t.cut {
		return
	}
	t.tell(a.From.Lane)
	t.tell(a.To.Lane)
	t.Writer.Arrow(a)
}

// Counter implements [timeline.Canvas].
func (t *tail) Counter(c timeline.Counter) {
	if t.drawing {
		t.Writer.Counter(c)
	}
}

// tell tells of a lane before it is drawn on.
func (t *tail) tell(id int) {
	if l, waits := t.lanes[id]; waits {
		delete(t.lanes, id)
		t.Writer.Lane(l)
	}
}
