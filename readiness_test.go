// SPDX-License-Identifier: Apache-2.0

//go:build unix

package asyncio_test

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/waitgraph"
)

func TestWaitReadable(t *testing.T) {
	eachSelector(t, func(t *testing.T, ctx context.Context, l *asyncio.Loop) {
		a, b := socketPair(t)
		defer closeAll(t, a)
		reader := spawn(ctx, func(ctx context.Context) error { return asyncio.WaitReadable(ctx, a) })
		settle(t, ctx)
		equal(t, "done with nothing to read", reader.Done(), false)
		info := l.WaitGraph().Task(reader.ID())
		equal(t, "kind", info.Waits.Kind, waitgraph.KindSocket)
		equal(t, "what", info.Waits.What, "input from fd "+strconv.Itoa(a))
		write(t, b, "one")
		_, err := reader.Await(ctx)
		equal(t, "error", err, nil)
		equal(t, "watches", l.Stats().Watches, 0)
		equal(t, "again, unread", asyncio.WaitReadable(ctx, a), nil)
		equal(t, "read", read(t, a), "one")
		closeAll(t, b)
		equal(t, "at its end", asyncio.WaitReadable(ctx, a), nil)
		equal(t, "read", read(t, a), "")
	})
}

// One task may wait to read while another one waits to write.
func TestWaitWritable(t *testing.T) {
	eachSelector(t, func(t *testing.T, ctx context.Context, l *asyncio.Loop) {
		a, b := socketPair(t)
		defer closeAll(t, a, b)
		equal(t, "with room", asyncio.WaitWritable(ctx, a), nil)
		for err := error(nil); err == nil; {
			_, err = syscall.Write(a, make([]byte, 1<<16))
		}
		writer := spawn(ctx, func(ctx context.Context) error { return asyncio.WaitWritable(ctx, a) })
		reader := spawn(ctx, func(ctx context.Context) error { return asyncio.WaitReadable(ctx, a) })
		settle(t, ctx)
		equal(t, "done without room", writer.Done(), false)
		info := l.WaitGraph().Task(writer.ID())
		equal(t, "what", info.Waits.What, "room to write to fd "+strconv.Itoa(a))
		write(t, b, "one")
		_, err := reader.Await(ctx)
		equal(t, "reader's error", err, nil)
		equal(t, "writer is done", writer.Done(), false)
		waitUntil(t, ctx, func() bool {
			_, _ = syscall.Read(b, make([]byte, 1<<16))
			return writer.Done()
		})
		_, err = writer.Await(ctx)
		equal(t, "writer's error", err, nil)
	})
}

// A cancellation before the wait, in it, or after the waking: no watch is left, and whoever was
// woken was woken.
func TestWaitReadableUnderCancellation(t *testing.T) {
	eachSelector(t, func(t *testing.T, ctx context.Context, l *asyncio.Loop) {
		a, b := socketPair(t)
		defer closeAll(t, a, b)
		equal(t, "before", asyncio.WaitReadable(cancelledContext(ctx), a), context.Canceled)
		equal(t, "watches", l.Stats().Watches, 0)

		wait := func(ctx context.Context) error { return asyncio.WaitReadable(ctx, a) }
		task := spawn(ctx, wait)
		settle(t, ctx)
		task.Cancel(nil)
		_, err := task.Await(ctx)
		equal(t, "in it", err, context.Canceled)
		equal(t, "watches", l.Stats().Watches, 0)

		task = spawn(ctx, wait)
		settle(t, ctx)
		write(t, b, "one")
		waitUntil(t, ctx, func() bool {
			return l.WaitGraph().Task(task.ID()).State != waitgraph.Waiting
		})
		task.Cancel(nil)
		_, err = task.Await(ctx)
		equal(t, "after the waking", err, nil)
	})
}

func TestWaitReadableIsRefused(t *testing.T) {
	eachSelector(t, func(t *testing.T, ctx context.Context, l *asyncio.Loop) {
		a, b := socketPair(t)
		defer closeAll(t, a, b)
		nop := func() {}
		busy := func(what string, err error) {
			t.Helper()
			equal(t, what, errors.Is(err, asyncio.ErrBusy), true)
		}
		task := spawn(ctx, func(ctx context.Context) error { return asyncio.WaitReadable(ctx, a) })
		yield(t, ctx)
		busy("a second task", asyncio.WaitReadable(ctx, a))
		busy("AddReader", l.AddReader(a, nop))
		equal(t, "AddWriter", l.AddWriter(a, nop), nil)
		busy("a task besides AddWriter", asyncio.WaitWritable(ctx, a))
		equal(t, "RemoveWriter", l.RemoveWriter(a), true)

		equal(t, "RemoveReader", l.RemoveReader(a), true)
		_, err := task.Await(ctx)
		equal(t, "error of the wait", errors.Is(err, fs.ErrClosed), true)
		equal(t, "RemoveReader again", l.RemoveReader(a), false)

		equal(t, "no descriptor", asyncio.WaitReadable(ctx, -1) != nil, true)
		equal(t, "no task", errors.Is(asyncio.WaitReadable(context.Background(), a), asyncio.ErrNoTask), true)
		equal(t, "no connection", errors.Is(asyncio.WaitConnReadable(ctx, nil), fs.ErrInvalid), true)
	})
}

// rawConn is a connection whose Control is its own.
type rawConn struct {
	syscall.RawConn
	control func(use func(fd uintptr)) error
}

func (c rawConn) SyscallConn() (syscall.RawConn, error)    { return c, nil }
func (c rawConn) Control(use func(fd uintptr)) (err error) { return c.control(use) }

// A connection that breaks the rules leaves no watch behind.
func TestWaitConnReadableOfBrokenConn(t *testing.T) {
	broken := errors.New("broken")
	eachSelector(t, func(t *testing.T, ctx context.Context, l *asyncio.Loop) {
		a, b := socketPair(t)
		defer closeAll(t, a, b)
		for name, control := range map[string]func(use func(uintptr)) error{
			"fails":  func(use func(uintptr)) error { use(uintptr(a)); return broken },
			"panics": func(use func(uintptr)) error { use(uintptr(a)); panic(broken) },
			"twice":  func(use func(uintptr)) error { use(uintptr(a)); use(uintptr(a)); return nil },
		} {
			var err error
			if panicked := panicOf(func() { err = asyncio.WaitConnReadable(ctx, rawConn{control: control}) }); panicked != nil {
				err = panicked
			}
			equal(t, name, errors.Is(err, broken) || errors.Is(err, asyncio.ErrBusy), true)
			equal(t, name+": watches", l.Stats().Watches, 0)
		}
		asleep := rawConn{control: func(func(uintptr)) error { return nil }}
		equal(t, "without a descriptor", errors.Is(asyncio.WaitConnReadable(ctx, asleep), fs.ErrClosed), true)
	})
}

func TestWaitReadableOfRegularFile(t *testing.T) {
	f, err := os.Create(t.TempDir() + "/file")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	eachSelector(t, func(t *testing.T, ctx context.Context, _ *asyncio.Loop) {
		err := asyncio.WaitReadable(ctx, int(f.Fd()))
		if err != nil && !(errors.Is(err, syscall.EPERM) && strings.Contains(err.Error(), "is a regular file")) {
			t.Errorf("WaitReadable: %v", err)
		}
	})
}

// A connection of the standard library is watched as it is, and stays its own.
func TestWaitConnReadable(t *testing.T) {
	eachSelector(t, func(t *testing.T, ctx context.Context, l *asyncio.Loop) {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		defer w.Close()
		l.CallLater(time.Millisecond, func() { _, _ = w.WriteString("one") })
		equal(t, "readable", asyncio.WaitConnReadable(ctx, r), nil)
		buf := make([]byte, 10)
		n, err := r.Read(buf)
		equal(t, "Read", string(buf[:n]), "one")
		equal(t, "error", err, nil)
		equal(t, "writable", asyncio.WaitConnWritable(ctx, w), nil)
		equal(t, "Close", r.Close(), nil)
		equal(t, "closed before", errors.Is(asyncio.WaitConnReadable(ctx, r), fs.ErrClosed), true)
		equal(t, "watches", l.Stats().Watches, 0)
	})
}

// A connection that is closed between its readiness and the step of the task is closed.
func TestWaitConnReadableClosedMeanwhile(t *testing.T) {
	eachSelector(t, func(t *testing.T, ctx context.Context, l *asyncio.Loop) {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Skip(err)
		}
		defer listener.Close()
		peer, err := net.Dial("tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer peer.Close()
		conn, err := listener.Accept()
		if err != nil {
			t.Fatal(err)
		}
		task := spawn(ctx, func(ctx context.Context) error {
			return asyncio.WaitConnReadable(ctx, conn.(*net.TCPConn))
		})
		settle(t, ctx)
		if _, err := peer.Write([]byte("one")); err != nil {
			t.Fatal(err)
		}
		waitUntil(t, ctx, func() bool {
			if l.WaitGraph().Task(task.ID()).State == waitgraph.Waiting {
				return false
			}
			equal(t, "Close", conn.Close(), nil)
			return true
		})
		_, err = task.Await(ctx)
		equal(t, "error", errors.Is(err, net.ErrClosed) && errors.Is(err, fs.ErrClosed), true)
	})
}
