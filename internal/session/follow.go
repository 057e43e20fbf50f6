// SPDX-License-Identifier: Apache-2.0

package session

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/gocurtain/asyncio/trace"
	"github.com/gocurtain/asyncio/trace/model"
)

// pollInterval is how often the rings are emptied. A ring of the default size holds what the
// busiest program records in some ten times as long.
const pollInterval = 10 * time.Millisecond

// recording is a ring that two goroutines use: the follower reads its records, the reader looks up
// the names in them.
type recording struct {
	mu      sync.Mutex
	ring    *trace.Source
	path    string
	process *process

	// The reader's.
	begun bool
	facts *model.Recording // nil if there is no output
	loop  bool             // a loop has run in it
}

func (r *recording) read(into []trace.Record) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ring.Read(into)
}

// String implements [trace.Names].
func (r *recording) String(id uint32) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ring.String(id)
}

// Site implements [trace.Names].
func (r *recording) Site(id uint32) trace.Site {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ring.Site(id)
}

// follower empties the rings that appear in a directory.
type follower struct {
	dir     string
	queue   chan<- batch
	seen    map[string]bool
	open    []*recording
	known   map[uint64]*process // by id; the latest
	scratch []trace.Record
	damaged []error
}

func newFollower(dir string, queue chan<- batch) *follower {
	return &follower{
		dir:     dir,
		queue:   queue,
		seen:    make(map[string]bool),
		known:   make(map[uint64]*process),
		scratch: make([]trace.Record, batchRecords),
	}
}

// run follows until ended is closed, and then takes what is there and returns.
func (f *follower) run(ended <-chan struct{}) {
	defer close(f.queue)
	tick := time.NewTicker(pollInterval)
	defer tick.Stop()
	var looked time.Time
	for {
		select {
		case now := <-tick.C:
			f.scan()
			f.drain(1<<10, batchRecords/2)
			if now.Sub(looked) >= lookInterval {
				f.look()
				looked = now
			}
		case <-ended:
			f.scan()
			f.finish()
			return
		}
	}
}

// scan opens the rings that are new.
func (f *follower) scan() {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return // There is nothing to follow if it was removed.
	}
	var found []*recording
	for _, e := range entries {
		if filepath.Ext(e.Name()) != trace.Extension || f.seen[e.Name()] {
			continue
		}
		path := filepath.Join(f.dir, e.Name())
		ring, err := trace.Follow(path)
		if err != nil {
			continue // Its producer is only just creating it. It is tried again.
		}
		f.seen[e.Name()] = true
		found = append(found, &recording{ring: ring, path: path, process: f.process(ring.Producer().PID)})
	}
	// The first start is time 0 of the timeline.
	slices.SortFunc(found, func(a, b *recording) int {
		return int(min(1, max(-1, int64(a.ring.Producer().Start)-int64(b.ring.Producer().Start))))
	})
	for _, r := range found {
		f.queue <- batch{of: r}
	}
	f.open = append(f.open, found...)
}

// process returns the process with an id that has begun to record.
func (f *follower) process(pid uint64) *process {
	p := f.known[pid]
	if p == nil || p.known && p.gone {
		p = &process{pid: pid}
		p.look()
		f.known[pid] = p
	}
	return p
}

// look looks which processes are alive.
func (f *follower) look() {
	for _, p := range f.known {
		p.look()
	}
}

// drain takes records in turn from each ring, until each gave few at a time or the rounds are over:
// a busy program could keep it from ever seeing the next one.
func (f *follower) drain(rounds, few int) {
	for more := true; more && rounds > 0; rounds-- {
		more = false
		f.open = slices.DeleteFunc(f.open, func(r *recording) bool {
			n, err := r.read(f.scratch)
			if n > 0 {
				r.process.tells(f.scratch[:n])
				f.queue <- batch{of: r, recs: slices.Clone(f.scratch[:n])}
			}
			more = more || n > few
			if err == nil {
				return false
			}
			f.end(r, err)
			return true
		})
	}
}

// finish takes what is left. A program that runs on after the command's end could go on forever, so
// each ring is emptied only as far as it was filled.
func (f *follower) finish() {
	const atMost = 2 * trace.DefaultRecords / batchRecords
	f.drain(atMost, 0)
	f.look()
	for _, r := range f.open {
		f.end(r, io.EOF)
	}
	f.open = nil
}

// end gives a ring to the reader to close, and its space back to the disk: a script may start many
// programs, one after the other.
func (f *follower) end(r *recording, err error) {
	if !errors.Is(err, io.EOF) {
		f.damaged = append(f.damaged, err)
	}
	_ = os.Remove(r.path) // The whole directory is removed in the end.
	f.queue <- batch{of: r, last: true, seen: r.process.seen}
}
