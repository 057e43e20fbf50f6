// SPDX-License-Identifier: Apache-2.0

// Package session follows programs while they are recorded. It empties the rings that appear in a
// directory, finds out what the records mean, and tells an [Output]: a file with a timeline, see
// [Draw], or an analysis. It knows when recordings begin and end, which of their processes are
// alive, and what was lost. It prints nothing for the user.
//
// Two goroutines do that, with a queue in between. The follower empties the rings, which is quick,
// so that a busy program does not overwrite its ring while the reader, which is slower, tells the
// output. If even the queue is full, the rings fill up and records are lost; they are counted.
package session

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/gocurtain/asyncio/trace"
	"github.com/gocurtain/asyncio/trace/model"
)

// Output hears what a session finds out. Only one goroutine uses it.
type Output interface {
	model.Audience
	// Keep says that from now on everything is wanted. What came before was older than
	// [Options.Last]; the session told it so that names, parents and what began earlier are right.
	Keep()
	// Flush brings the output up to date for others who look at it meanwhile.
	Flush() error
	// Close ends the output.
	Close() error
}

// Options say what a session does with what it follows.
type Options struct {
	// Open returns the output. The session calls it when the first recording appears, so nothing is
	// opened for a command that records nothing.
	Open func() (Output, error)
	// Failed, if not nil, is called once if the output cannot be written, with the reason. The
	// session goes on without the output.
	Failed func(error)
	// Last is how much time before the end is kept, 0 = everything. At most 8 million records are
	// kept, which take 256 MiB of memory.
	Last time.Duration
}

// Session follows the recordings in a directory.
type Session struct {
	follower *follower
	reader   *reader
	ended    chan struct{} // tells the follower that there is no more to come
	done     chan struct{}
	hurry    atomic.Bool
}

// batch is some records of one recording, in order.
type batch struct {
	of   *recording
	recs []trace.Record
	last bool   // there is no more to come
	seen uint64 // then: when the process was last seen alive
}

// Together these bound the queue to 4 million records, which is 128 MiB.
const (
	queueBatches = 1024
	batchRecords = 4096
)

// Start begins to follow a directory.
func Start(dir string, o Options) *Session {
	queue := make(chan batch, queueBatches)
	s := &Session{ended: make(chan struct{}), done: make(chan struct{})}
	s.follower = newFollower(dir, queue)
	s.reader = newReader(o, &s.hurry)
	var both sync.WaitGroup
	both.Go(func() { s.follower.run(s.ended) })
	both.Go(func() { s.reader.run(queue) })
	go func() {
		both.Wait()
		close(s.done)
	}()
	return s
}

// End says that no more records will come; the session still tells those that are there. Call it
// once. Done tells when the output is closed.
func (s *Session) End() { close(s.ended) }

// Done returns a channel that is closed when the output is closed.
func (s *Session) Done() <-chan struct{} { return s.done }

// Hurry drops what was not told yet. The output is still closed.
func (s *Session) Hurry() { s.hurry.Store(true) }

// Sum returns what the session has seen. Call it after Done is closed.
func (s *Session) Sum() Sum {
	sum := s.reader.sum
	sum.Damaged = s.follower.damaged
	return sum
}

// Sum says what a session has followed.
type Sum struct {
	Events      int     // records that were told and kept
	Loops       int     // recordings of threads in which a loop ran
	Threads     int     // the others
	Lost        uint64  // records that were overwritten before they were read
	LostStrings uint64  // names for which a recording had no room
	Dropped     int     // records that were read, but given up
	Err         error   // why the output could not be written
	Damaged     []error // of recordings that could not be read to their end
	Newest      uint64  // time of the latest record, or when a process was alive; with Options.Last only

	// Notes are what Python's probe could not record, Remarks what it says about the rest, with the
	// names of their processes; each once, and a few of them.
	Notes, Remarks []string
}
