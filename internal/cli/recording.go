// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/gocurtain/asyncio/trace"
)

// recording carries records from the programs' rings to the file, by two goroutines
// with a queue in between. The follower empties the rings, which is quick, so that a
// busy program does not overwrite its ring while the exporter, which is slower,
// writes JSON. If even the queue is full, the rings fill up and records are lost;
// they are counted.
type recording struct {
	follower *follower
	exporter *exporter
	ended    chan struct{} // tells the follower that the command has ended
	done     sync.WaitGroup
	hurry    atomic.Bool // the user does not want to wait for the rest
}

// batch is some records of one program, in order.
type batch struct {
	src  *source
	recs []trace.Record
	last bool   // there is no more to come
	seen uint64 // then: when the program was last seen alive
}

// Together these bound the queue to 4 million records, which is 128 MiB.
const (
	queueBatches = 1024
	batchRecords = 4096
)

func startRecording(dir string, o traceOptions) *recording {
	queue := make(chan batch, queueBatches)
	r := &recording{ended: make(chan struct{})}
	r.follower = newFollower(dir, queue)
	r.exporter = newExporter(o, &r.hurry)
	r.done.Go(func() { r.follower.run(r.ended) })
	r.done.Go(func() { r.exporter.run(queue) })
	return r
}

// stop takes in what is left after the command's end, and ends the file. If
// interrupted tells of a signal meanwhile, the rest is given up.
func (r *recording) stop(interrupted <-chan struct{}) {
	close(r.ended)
	done := make(chan struct{})
	go func() {
		r.done.Wait()
		close(done)
	}()
	long := time.After(time.Second)
	for {
		select {
		case <-done:
			return
		case <-long:
			sayf("writing the rest of %s; Ctrl-C gives it up", r.exporter.path)
		case <-interrupted:
			r.hurry.Store(true)
			r.exporter.giveUp()
		}
	}
}
