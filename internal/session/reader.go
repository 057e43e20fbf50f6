// SPDX-License-Identifier: Apache-2.0

package session

import (
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/gocurtain/asyncio/trace"
)

// flushInterval is how often the output is brought up to date.
const flushInterval = 500 * time.Millisecond

// The most notes and remarks that a Sum has.
const (
	maxNotes   = 5
	maxRemarks = 10
)

// reader tells the output what the records mean.
type reader struct {
	options Options
	hurry   *atomic.Bool
	window  *window // of what is not told yet, nil = all is told at once
	keeps   bool    // what comes is wanted
	out     Output  // nil until there is something to tell, or if it could not be opened
	opened  bool
	sum     Sum
}

func newReader(o Options, hurry *atomic.Bool) *reader {
	r := &reader{options: o, hurry: hurry, keeps: o.Last == 0}
	if o.Last > 0 {
		r.window = newWindow(o.Last)
	}
	return r
}

// run tells what comes until the queue is closed.
func (r *reader) run(queue <-chan batch) {
	tick := time.NewTicker(flushInterval)
	defer tick.Stop()
	for {
		select {
		case b, ok := <-queue:
			if !ok {
				r.close()
				return
			}
			r.take(b)
		case <-tick.C:
			if r.out != nil {
				r.fail(r.out.Flush())
			}
		}
	}
}

func (r *reader) take(b batch) {
	if r.window == nil {
		r.tell(b)
		return
	}
	r.window.push(b)
	for {
		old, ok := r.window.pop()
		if !ok {
			return
		}
		r.tell(old)
	}
}

func (r *reader) tell(b batch) {
	r.begin(b.of)
	for _, rec := range b.recs {
		r.add(b.of, rec)
		if rec.Kind == trace.KindMark {
			r.remark(b.of, rec)
		}
		b.of.loop = b.of.loop || rec.Kind == trace.KindLoopBegin
	}
	if b.last {
		r.count(b.of)
		if b.of.facts != nil {
			b.of.facts.Finish(b.seen)
			b.of.facts = nil
		}
		_ = b.of.ring.Close() // It was only read.
	}
}

// begin begins to tell of a recording and, with the first one, opens the output.
func (r *reader) begin(of *recording) {
	if of.begun {
		return
	}
	of.begun = true
	r.open()
	if r.out != nil {
		of.facts = r.out.Recording(of.ring.Producer(), of)
	}
}

func (r *reader) open() {
	if r.opened {
		return
	}
	r.opened = true
	out, err := r.options.Open()
	if err != nil {
		r.fail(err)
		return
	}
	r.out = out
	if r.keeps {
		r.out.Keep()
	}
}

func (r *reader) add(of *recording, rec trace.Record) {
	switch {
	case rec.Kind == trace.KindLost:
		r.sum.Lost += rec.A
	case r.hurry.Load():
		r.sum.Dropped++
		return
	case r.keeps:
		r.sum.Events++
	}
	if r.sum.Err == nil {
		of.facts.Add(rec)
	}
}

// remark keeps what Python's probe has to say about a recording.
func (r *reader) remark(of *recording, rec trace.Record) {
	text, ok := strings.CutPrefix(of.String(uint32(rec.A)), "probe: ")
	text = of.ring.Producer().Process + ": " + text
	if ok && len(r.sum.Remarks) < maxRemarks && !slices.Contains(r.sum.Remarks, text) {
		r.sum.Remarks = append(r.sum.Remarks, text)
	}
}

// count sums up a recording at its end.
func (r *reader) count(of *recording) {
	if of.loop {
		r.sum.Loops++
	} else {
		r.sum.Threads++
	}
	r.sum.LostStrings += of.ring.LostStrings()
	if note := of.ring.Note(); note != "" && !slices.Contains(r.sum.Notes, note) && len(r.sum.Notes) < maxNotes {
		r.sum.Notes = append(r.sum.Notes, note)
	}
}

// close tells what is left in the window, and closes the output.
func (r *reader) close() {
	if r.window != nil {
		r.keep()
		r.sum.Newest = r.window.newest
	}
	if r.out != nil {
		r.fail(r.out.Close())
	}
}

// keep tells what is left in the window, which is wanted.
func (r *reader) keep() {
	for len(r.window.batches) > 0 {
		b := r.window.shift()
		r.begin(b.of)
		if !r.keeps && r.out != nil {
			r.out.Keep()
		}
		r.keeps = true
		r.tell(b)
	}
}

// fail keeps the first error.
func (r *reader) fail(err error) {
	if err == nil || r.sum.Err != nil {
		return
	}
	r.sum.Err = err
	if r.options.Failed != nil {
		r.options.Failed(err)
	}
}
