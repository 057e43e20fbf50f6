// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"runtime"
	"syscall"

	"github.com/gocurtain/asyncio/selector"
	"github.com/gocurtain/asyncio/trace"
)

// WaitReadable suspends the current task until there is something to read from fd, or fd is at its
// end or in error. It is [Loop.AddReader] for a task. Then read without blocking, and wait again if
// there was nothing. If ctx is cancelled, before or meanwhile, WaitReadable returns ctx.Err(), and
// the descriptor is no longer watched.
//
// Only one task at a time may wait until a descriptor is readable, and one until it is writable.
// The error is [ErrBusy] for another task, and while AddReader watches the descriptor. Some
// selectors refuse a regular file, and the error says so: it is always ready.
//
// Before you close a descriptor, call [Loop.RemoveReader]: the wait for it then fails with
// [fs.ErrClosed]. Without that call, maybe nothing but a cancellation wakes the task.
//
// Only the task that ctx belongs to may call it.
func WaitReadable(ctx context.Context, fd int) error {
	return waitReady(ctx, "WaitReadable", selector.Readable, number(fd))
}

// WaitWritable is [WaitReadable] for writing. [Loop.RemoveWriter] ends the wait.
func WaitWritable(ctx context.Context, fd int) error {
	return waitReady(ctx, "WaitWritable", selector.Writable, number(fd))
}

// WaitConnReadable is [WaitReadable] for a file, connection or listener of the standard library.
// The garbage collector does not close it meanwhile. Do not close it while a task waits: cancel the
// wait first. If it was closed, before or meanwhile, and the task wakes up, the error is
// [fs.ErrClosed].
func WaitConnReadable(ctx context.Context, conn syscall.Conn) error {
	return waitConn(ctx, "WaitConnReadable", selector.Readable, conn)
}

// WaitConnWritable is [WaitConnReadable] for writing.
func WaitConnWritable(ctx context.Context, conn syscall.Conn) error {
	return waitConn(ctx, "WaitConnWritable", selector.Writable, conn)
}

func waitConn(ctx context.Context, op string, dir selector.Events, conn syscall.Conn) error {
	if conn == nil {
		return opError(op, fmt.Errorf("the connection is nil: %w", fs.ErrInvalid))
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return opError(op, err)
	}
	defer runtime.KeepAlive(conn)
	return waitReady(ctx, op, dir, raw.Control)
}

// descriptor calls use with a file's number, which belongs to that file until use returns. There is
// an error if the file is closed.
type descriptor func(use func(fd uintptr)) error

// number is a descriptor whose file the caller keeps open.
func number(fd int) descriptor {
	return func(use func(fd uintptr)) error {
		use(uintptr(fd))
		return nil
	}
}

// readiness is what a task waits for in WaitReadable and its like.
type readiness struct {
	awaited
	task *task
	fd   int
	dir  selector.Events
	err  error // the watch was removed meanwhile
}

func (r *readiness) words() string { return fmt.Sprintf("fd %d", r.fd) }

// String is for the graph of waits.
func (r *readiness) String() string { return r.words() }

func waitReady(ctx context.Context, op string, dir selector.Events, file descriptor) error {
	t, err := currentTask(ctx, op)
	if err != nil {
		return err
	}
	if err := errOf(ctx); err != nil {
		return err
	}
	l := t.loop
	l.usesAll() // who else uses the file is not known
	r := &readiness{awaited: awaited{loop: l}, task: t, fd: -1, dir: dir}
	kind, origin := trace.WaitRead, trace.OriginReader
	if dir == selector.Writable {
		kind, origin = trace.WaitWrite, trace.OriginWriter
	}
	defer r.end()
	closed := file(func(fd uintptr) {
		r.fd = int(fd)
		err = l.addWatch(op, r.fd, r.ready, origin, dir, r)
	})
	switch {
	case closed != nil:
		return closedError(op, closed)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: fd %d is a regular file or a directory, which is always ready", err, r.fd)
	case err != nil:
		return err
	case r.fd < 0:
		return closedError(op, errNoDescriptor)
	}
	err = t.block(ctx, kind, r, 0)
	l.usesAll()
	switch {
	case err != nil:
		return err
	case r.err != nil:
		return opError(op, r.err)
	}
	if closed := file(func(uintptr) {}); closed != nil {
		return closedError(op, closed)
	}
	return nil
}

// errNoDescriptor is the error for a connection that gives no descriptor, and no reason.
var errNoDescriptor = errors.New("the connection has no descriptor")

// end ends the watch if it has not done its work: the wait was cancelled, or file failed or
// panicked after it had called the function that it was given.
func (r *readiness) end() { r.loop.endWatch(r.fd, r.dir, r, false) }

// closedError adds fs.ErrClosed, which all packages share, to the error of a closed file: package
// os has an error of its own here, and package net another.
func closedError(op string, err error) error {
	return opError(op, fmt.Errorf("%w: %w", err, fs.ErrClosed))
}

// ready is the callback of the watch, which has done its work.
func (r *readiness) ready() {
	r.loop.endWatch(r.fd, r.dir, r, true)
	r.wake()
}

// removed ends the wait: somebody else has removed its watch.
func (r *readiness) removed() {
	r.err = fmt.Errorf("fd %d is no longer watched: %w", r.fd, fs.ErrClosed)
	r.wake()
}

func (r *readiness) wake() { r.loop.wake(r.task, trace.WakeObject, &r.awaited) }
