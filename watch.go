// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"fmt"
	"io/fs"

	"github.com/gocurtain/asyncio/selector"
	"github.com/gocurtain/asyncio/trace"
)

// watch is a descriptor that the loop watches: a callback for each direction (D1).
type watch struct {
	loop           *Loop
	fd             int
	reader, writer watcher
}

// readyWait is a task's wait for a direction; removed ends it when somebody else has removed the
// watch.
type readyWait interface{ removed() }

// watcher is one direction. It is called at each turn that finds the descriptor ready.
type watcher struct {
	fn       func()
	wait     readyWait // whose it is, nil for AddReader's and AddWriter's
	ref      uint64
	queued   uint64 // number in the ready queue of its last call
	isQueued bool   // there was one
}

func (w *watch) ready(events selector.Events) {
	if events&selector.Readable != 0 && w.reader.fn != nil {
		w.loop.queueWatcher(w.fd, trace.ReadyRead, &w.reader)
	}
	if events&selector.Writable != 0 && w.writer.fn != nil {
		w.loop.queueWatcher(w.fd, trace.ReadyWrite, &w.writer)
	}
}

func (l *Loop) queueWatcher(fd int, flag uint8, r *watcher) {
	if h := l.hooks; h != nil {
		if r.ref == 0 {
			r.ref = newID() // it was added before there were hooks
		}
		h.Ready(fd, flag, r.ref)
	}
	r.queued, r.isQueued = l.ready.Push(readyEntry{fn: r.fn, ref: r.ref}), true
}

// AddReader makes the loop call fn in each turn that finds fd readable, at its end, or in error,
// until RemoveReader (asyncio D1). The watch is level-triggered: if fn does not read, it is called
// again. A second AddReader for fd replaces fn. The error is [ErrBusy] while a task waits in
// [WaitReadable], or else the selector's, for instance for a regular file.
//
// Remove the watch before you close fd. If you do not, and the number belongs to another file by
// now, AddReader watches that file, and so does the writer of that number.
func (l *Loop) AddReader(fd int, fn func()) error {
	return l.addWatch("Loop.AddReader", fd, fn, trace.OriginReader, selector.Readable, nil)
}

// AddWriter is AddReader for writing.
func (l *Loop) AddWriter(fd int, fn func()) error {
	return l.addWatch("Loop.AddWriter", fd, fn, trace.OriginWriter, selector.Writable, nil)
}

// RemoveReader ends the watch of AddReader, and drops a call that is queued for this turn. If a
// task waits in [WaitReadable], its wait fails. It reports whether there was a reader (D2).
func (l *Loop) RemoveReader(fd int) bool {
	return l.removeWatch("Loop.RemoveReader", fd, selector.Readable)
}

// RemoveWriter ends the watch of AddWriter, and drops a call that is queued for this turn. It
// reports whether there was a writer (D2).
func (l *Loop) RemoveWriter(fd int) bool {
	return l.removeWatch("Loop.RemoveWriter", fd, selector.Writable)
}

// addWatch watches a direction of fd, for wait if that is not nil.
func (l *Loop) addWatch(op string, fd int, fn func(), origin trace.Origin, dir selector.Events, wait readyWait) error {
	l.mustBeOpen(op)
	mustCall(op, fn)
	if fd == l.waker.FD() {
		return opError(op, fmt.Errorf("fd %d is the loop's own: %w", fd, fs.ErrInvalid))
	}
	if _, old := l.watcherOf(fd, dir); old != nil && (old.wait != nil || wait != nil) {
		return opError(op, fmt.Errorf("fd %d: %w", fd, ErrBusy))
	}
	w, err := l.watchOf(fd, dir)
	if err != nil {
		return opError(op, err)
	}
	r := w.side(dir)
	if r.fn != nil {
		l.unwatch(r)
	}
	r.fn, r.wait = l.remember(fn), wait
	if h := l.hooks; h != nil {
		r.ref = newID()
		h.HandleScheduled(r.ref, origin, 0)
	}
	return nil
}

// watchOf adds a direction to the watch of fd, or makes the watch. Either way the selector asks the
// kernel, so the file that fd names now is watched.
func (l *Loop) watchOf(fd int, dir selector.Events) (*watch, error) {
	if key, ok := l.selector.Get(fd); ok {
		w := key.Data.(*watch)
		return w, l.selector.Modify(fd, w.events()|dir, w)
	}
	w := &watch{loop: l, fd: fd}
	if err := l.selector.Register(fd, dir, w); err != nil {
		return nil, err
	}
	l.watches++
	return w, nil
}

func (l *Loop) removeWatch(op string, fd int, dir selector.Events) bool {
	l.mustOwn(op)
	w, r := l.watcherOf(fd, dir)
	if r == nil {
		return false
	}
	wait := r.wait
	l.unwatch(r)
	l.drop(w)
	if wait != nil {
		wait.removed()
	}
	return true
}

// endWatch ends the watch that addWatch made for wait, if it has not ended yet. called says that
// the watch has done its work, so it was not cancelled.
func (l *Loop) endWatch(fd int, dir selector.Events, wait readyWait, called bool) {
	w, r := l.watcherOf(fd, dir)
	if r == nil || r.wait != wait {
		return
	}
	if called {
		*r = watcher{}
	} else {
		l.unwatch(r)
	}
	l.drop(w)
}

// watcherOf returns the watched direction of fd and its watch, nil if there is none.
func (l *Loop) watcherOf(fd int, dir selector.Events) (*watch, *watcher) {
	if l.closed.Load() {
		return nil, nil
	}
	key, _ := l.selector.Get(fd)
	if w, ok := key.Data.(*watch); ok && w.side(dir).fn != nil {
		return w, w.side(dir)
	}
	return nil, nil
}

// drop ends w if no direction is left.
func (l *Loop) drop(w *watch) {
	if rest := w.events(); rest != 0 {
		// If fd was closed before, the kernel refuses; what it says of fd is ignored anyway.
		_ = l.selector.Modify(w.fd, rest, w)
		return
	}
	_ = l.selector.Unregister(w.fd)
	l.watches--
}

// events returns the directions that have a callback. The selector may have more: it changes
// nothing if fd was closed in between.
func (w *watch) events() selector.Events {
	var events selector.Events
	if w.reader.fn != nil {
		events |= selector.Readable
	}
	if w.writer.fn != nil {
		events |= selector.Writable
	}
	return events
}

func (w *watch) side(dir selector.Events) *watcher {
	if dir == selector.Readable {
		return &w.reader
	}
	return &w.writer
}

// unwatch ends one direction, and drops a call that this turn's poll has queued.
func (l *Loop) unwatch(r *watcher) {
	if r.isQueued {
		if e := l.ready.At(r.queued); e != nil {
			*e = readyEntry{}
		}
	}
	l.cancelled(r.ref)
	*r = watcher{}
}
