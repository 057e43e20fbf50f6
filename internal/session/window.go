// SPDX-License-Identifier: Apache-2.0

package session

import "time"

// maxKept bounds the records that a window keeps, to 256 MiB.
const maxKept = 8 << 20

// window keeps what was recorded last, as [Options.Last] wants it. What falls out of it is still
// told, before the output is to keep anything: so tasks have their names and parents, and what
// began before the window is whole.
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
