// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gocurtain/asyncio/waitgraph"
)

// debugging is what a loop remembers in debug mode (asyncio M1): where things come from. It would
// cost too much always, since it takes a stack for each task and callback.
type debugging struct {
	mu      sync.Mutex        // the watchdog reads, and any goroutine makes futures
	tasks   map[any]origin    // by *task
	futures map[unsure]origin // those that have not been seen to end well
	prune   int               // when there are so many futures, those that have ended are removed
	calling origin            // of the callback that runs
}

// origin is where and when something was made.
type origin struct {
	pcs [24]uintptr
	at  time.Duration // on the loop's clock
	// from is the origin of the callback that made it, nil if none did. It is needed where all of
	// the stack is ours: CreateTaskThreadsafe makes its task in such a callback.
	from *origin
}

// unsure is a future that may not end well.
type unsure interface {
	// endedWell reports whether there is nothing to report about it.
	endedWell() bool
}

func newDebugging() *debugging {
	return &debugging{tasks: map[any]origin{}, futures: map[unsure]origin{}}
}

// leastPrune is how many futures there are before it is worth looking for those that ended.
const leastPrune = 64

// String is the stack, a line for each call, innermost first, "" if it is unknown.
func (o origin) String() string {
	var lines []string
	for _, f := range slices.Backward(o.stack()) {
		lines = append(lines, fmt.Sprintf("%s (%s:%d)", f.Function, f.File, f.Line))
	}
	return strings.Join(lines, "\n")
}

// stack is the stack, outermost call first, nil if it is unknown. What belongs to this package and
// to the Go runtime is left out.
func (o origin) stack() (frames []waitgraph.Frame) {
	for f := range programFrames(o.pcs[:]) {
		frames = append(frames, waitgraph.Frame{Function: f.Function, File: f.File, Line: f.Line})
	}
	if frames == nil && o.from != nil {
		return o.from.stack()
	}
	slices.Reverse(frames)
	return frames
}

// first is the innermost line of the stack.
func (o origin) first() string {
	line, _, _ := strings.Cut(o.String(), "\n")
	return line
}

// made notes a task, which a callback may have made.
func (d *debugging) made(task any, o origin, byCallback bool) {
	d.mu.Lock()
	if from := d.calling; byCallback && from.pcs[0] != 0 {
		o.from = &from
	}
	d.tasks[task] = o
	d.mu.Unlock()
}

// wrap makes a callback remember where it was scheduled. If it panics, that is still known when the
// panic is reported.
func (d *debugging) wrap(fn func(), o origin) func() {
	return func() {
		d.setCalling(o)
		fn()
		d.setCalling(origin{})
	}
}

func (d *debugging) setCalling(o origin) {
	d.mu.Lock()
	d.calling = o
	d.mu.Unlock()
}

// madeFuture notes a future, until it is seen to have ended well. A caller that may not look into
// the others leaves them all.
func (d *debugging) madeFuture(f unsure, o origin, mayLook bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.futures[f] = o
	if !mayLook || len(d.futures) < max(d.prune, leastPrune) {
		return
	}
	maps.DeleteFunc(d.futures, func(f unsure, _ origin) bool { return f.endedWell() })
	d.prune = 2 * len(d.futures)
}

// forget lets go of a task that has ended.
func (d *debugging) forget(task any) {
	d.mu.Lock()
	delete(d.tasks, task)
	d.mu.Unlock()
}
