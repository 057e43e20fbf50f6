// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"fmt"
	"time"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/trace"
	"github.com/gocurtain/asyncio/waitgraph"
)

// RWLock is a lock for many readers or one writer, in the order in which they come.
type RWLock struct {
	queue   asyncio.WaitQueue
	readers int
	writing bool
}

const reading, writing = asyncio.Words("reading"), asyncio.Words("writing")

// admit lets what in if it may go on now. WakeIf asks it for the first who waits.
func (l *RWLock) admit(what fmt.Stringer) bool {
	switch {
	case l.writing, what == writing && l.readers > 0:
		return false
	case what == writing:
		l.writing = true
	default:
		l.readers++
	}
	return true
}

// Acquire waits until it may read or write.
func (l *RWLock) Acquire(ctx context.Context, what asyncio.Words) error {
	if err := l.queue.Enter(ctx); err != nil {
		return err
	}
	if l.queue.Len() == 0 && l.admit(what) {
		return nil
	}
	err := l.queue.Wait(ctx, trace.WaitLock, what)
	if err != nil {
		l.admitAll() // those behind may have waited for this task to go first
	}
	return err
}

// Release ends what Acquire began.
func (l *RWLock) Release(what asyncio.Words) {
	l.queue.Use()
	if what == writing {
		l.writing = false
	} else {
		l.readers--
	}
	l.admitAll()
}

func (l *RWLock) admitAll() {
	for l.queue.WakeIf(l.admit) != nil {
	}
}

// A lock of your own: many may read at a time, or one write. What a woken task waits for is its own
// from that moment on, so admit counts it in, and Acquire need not look again.
func ExampleWaitQueue() {
	_ = asyncio.Run(func(ctx context.Context) error {
		var lock RWLock
		lock.queue.SetName("accounts")
		return asyncio.WithTaskGroup(ctx, func(ctx context.Context, g *asyncio.TaskGroup) error {
			for i, what := range []asyncio.Words{reading, reading, writing, reading} {
				g.Go(func(ctx context.Context) error {
					if err := lock.Acquire(ctx, what); err != nil {
						return err
					}
					defer lock.Release(what)
					fmt.Println(i, what)
					return asyncio.Sleep(ctx, time.Millisecond)
				}).SetName(fmt.Sprint("task ", i))
			}
			_ = asyncio.Sleep(ctx, 0)
			_ = asyncio.Sleep(ctx, 0)
			for t := range asyncio.RunningLoop(ctx).WaitGraph().Tasks() {
				if t.Waits.Kind == waitgraph.KindLock {
					fmt.Println(t.Name, "waits for", t.Waits.What)
				}
			}
			return nil
		})
	})
	// Output:
	// 0 reading
	// 1 reading
	// task 2 waits for accounts: writing
	// task 3 waits for accounts: reading
	// 2 writing
	// 3 reading
}
