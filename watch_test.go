// SPDX-License-Identifier: Apache-2.0

//go:build unix

package asyncio_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/internal/descriptors"
	"github.com/gocurtain/asyncio/selector"
)

// socketPair returns two connected descriptors that do not block.
func socketPair(t testing.TB) (a, b int) {
	t.Helper()
	fds, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		if err := syscall.SetNonblock(fd, true); err != nil {
			t.Fatal(err)
		}
	}
	return fds[0], fds[1]
}

func closeAll(t testing.TB, fds ...int) {
	t.Helper()
	for _, fd := range fds {
		if err := syscall.Close(fd); err != nil {
			t.Error(err)
		}
	}
}

func read(t testing.TB, fd int) string {
	t.Helper()
	buf := make([]byte, 1<<16)
	n, err := syscall.Read(fd, buf)
	if err != nil {
		t.Error(err)
		return ""
	}
	return string(buf[:n])
}

func write(t testing.TB, fd int, text string) {
	t.Helper()
	if n, err := syscall.Write(fd, []byte(text)); err != nil || n != len(text) {
		t.Errorf("write: %d, %v", n, err)
	}
}

// eachSelector runs test as a main on a loop with each selector there is.
func eachSelector(t *testing.T, test func(t *testing.T, ctx context.Context, l *asyncio.Loop)) {
	for _, name := range selector.Names() {
		t.Run(name, func(t *testing.T) {
			s, err := selector.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			r, err := asyncio.NewRunner(asyncio.RunnerConfig{IgnoreSignals: true, Loop: asyncio.LoopConfig{Selector: s}})
			if err != nil {
				t.Fatal(err)
			}
			err = r.Run(func(ctx context.Context) error { test(t, ctx, r.Loop()); return nil })
			equal(t, "error", err, nil)
			equal(t, "watches left", r.Loop().Stats().Watches, 0)
			equal(t, "Close", r.Close(), nil)
		})
	}
}

// wait gives control to the loop until done, which is called after each turn, says true. A
// descriptor is seen by then at the latest.
func waitUntil(t testing.TB, ctx context.Context, done func() bool) {
	t.Helper()
	for !done() {
		if err := asyncio.Sleep(ctx, time.Microsecond); err != nil {
			t.Error(err)
			return
		}
	}
}

// settle lets so much time pass that whatever is ready has been seen.
func settle(t testing.TB, ctx context.Context) {
	t.Helper()
	for range 3 {
		if err := asyncio.Sleep(ctx, time.Microsecond); err != nil {
			t.Error(err)
		}
	}
}

// The watch is level-triggered: it calls as long as there is something to read.
func TestReader(t *testing.T) {
	eachSelector(t, func(t *testing.T, ctx context.Context, l *asyncio.Loop) {
		a, b := socketPair(t)
		defer closeAll(t, a)
		calls, got := 0, ""
		equal(t, "AddReader", l.AddReader(a, func() {
			if calls++; calls%2 == 0 { // every other call leaves it unread
				got += read(t, a)
			}
		}), nil)
		equal(t, "watches", l.Stats().Watches, 1)
		settle(t, ctx)
		equal(t, "calls with nothing to read", calls, 0)
		write(t, b, "one")
		waitUntil(t, ctx, func() bool { return got != "" })
		equal(t, "read", got, "one")
		equal(t, "calls", calls, 2)
		settle(t, ctx)
		equal(t, "calls when it is read", calls, 2)

		// The end is readable, for ever.
		equal(t, "RemoveReader", l.RemoveReader(a), true)
		eof := 0
		equal(t, "AddReader", l.AddReader(a, func() { eof++ }), nil)
		closeAll(t, b)
		waitUntil(t, ctx, func() bool { return eof >= 3 })
		equal(t, "RemoveReader", l.RemoveReader(a), true)
		settle(t, ctx)
		seen := eof
		settle(t, ctx)
		equal(t, "calls after RemoveReader", eof, seen)
		equal(t, "RemoveReader, again", l.RemoveReader(a), false)
		equal(t, "calls of the old reader", calls, 2)
	})
}

// Both directions of a descriptor come and go on their own.
func TestReaderAndWriter(t *testing.T) {
	eachSelector(t, func(t *testing.T, ctx context.Context, l *asyncio.Loop) {
		a, b := socketPair(t)
		defer closeAll(t, a, b)
		var log logger
		reader := func() { read(t, a); log.note("r") }
		writer := func() { log.note("w"); equal(t, "RemoveWriter", l.RemoveWriter(a), true) }
		equal(t, "AddWriter", l.AddWriter(a, writer), nil)
		equal(t, "RemoveReader", l.RemoveReader(a), false)
		equal(t, "AddReader", l.AddReader(a, reader), nil)
		equal(t, "watches", l.Stats().Watches, 1)
		waitUntil(t, ctx, func() bool { return len(log.words) > 0 })
		log.want(t, "w")
		equal(t, "RemoveWriter", l.RemoveWriter(a), false)
		equal(t, "watches", l.Stats().Watches, 1)

		// Ready in both directions in one turn: first it reads.
		write(t, b, "x")
		equal(t, "AddWriter", l.AddWriter(a, writer), nil)
		waitUntil(t, ctx, func() bool { return len(log.words) == 3 })
		log.want(t, "w r w")
		equal(t, "RemoveReader", l.RemoveReader(a), true)
		equal(t, "watches", l.Stats().Watches, 0)
	})
}

// Adding again replaces the callback, also one that is queued.
func TestReaderIsReplaced(t *testing.T) {
	eachSelector(t, func(t *testing.T, ctx context.Context, l *asyncio.Loop) {
		a, b := socketPair(t)
		defer closeAll(t, a, b)
		got := ""
		equal(t, "AddReader", l.AddReader(a, func() { t.Error("the first one was called") }), nil)
		equal(t, "AddReader", l.AddReader(a, func() { got = read(t, a) }), nil)
		equal(t, "watches", l.Stats().Watches, 1)
		write(t, b, "x")
		waitUntil(t, ctx, func() bool { return got != "" })
		equal(t, "RemoveReader", l.RemoveReader(a), true)
		equal(t, "RemoveReader, again", l.RemoveReader(a), false)
	})
}

// A call that is queued for this turn is taken back with its watch (D4), or replaced.
func TestQueuedReaderIsRemoved(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(t *testing.T, l *asyncio.Loop, fd int, log *logger)
		want   string
	}{
		{"removed", func(t *testing.T, l *asyncio.Loop, fd int, _ *logger) {
			equal(t, "RemoveReader", l.RemoveReader(fd), true)
		}, "first w2"},
		{"other direction", func(t *testing.T, l *asyncio.Loop, fd int, _ *logger) {
			equal(t, "RemoveWriter", l.RemoveWriter(fd), true)
		}, "first r2"},
		{"both", func(t *testing.T, l *asyncio.Loop, fd int, _ *logger) {
			equal(t, "RemoveReader", l.RemoveReader(fd), true)
			equal(t, "RemoveWriter", l.RemoveWriter(fd), true)
		}, "first"},
		{"replaced", func(t *testing.T, l *asyncio.Loop, fd int, log *logger) {
			equal(t, "AddReader", l.AddReader(fd, log.noting("new")), nil)
		}, "first w2"},
		{"removed and added", func(t *testing.T, l *asyncio.Loop, fd int, log *logger) {
			equal(t, "RemoveReader", l.RemoveReader(fd), true)
			equal(t, "AddReader", l.AddReader(fd, log.noting("new")), nil)
		}, "first w2"},
		{"untouched", func(*testing.T, *asyncio.Loop, int, *logger) {}, "first r2 w2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			hooks := &logHooks{}
			v := newVirtual(t, func(cfg *asyncio.RunnerConfig) { cfg.Loop.Hooks = hooks })
			l := v.loop
			var log logger
			equal(t, "AddReader", l.AddReader(1, func() { log.note("first"); c.change(t, l, 2, &log) }), nil)
			equal(t, "AddReader", l.AddReader(2, log.noting("r2")), nil)
			equal(t, "AddWriter", l.AddWriter(2, log.noting("w2")), nil)
			v.fake.Push(1, selector.Readable)
			v.fake.Push(2, selector.Readable|selector.Writable)
			l.CallLater(time.Second, l.Stop)
			equal(t, "run", l.RunForever(), nil)
			log.want(t, c.want)
		})
	}
}

func TestWatchErrors(t *testing.T) {
	eachSelector(t, func(t *testing.T, ctx context.Context, l *asyncio.Loop) {
		a, b := socketPair(t)
		closeAll(t, a, b)
		for name, add := range map[string]func(int, func()) error{"AddReader": l.AddReader, "AddWriter": l.AddWriter} {
			for what, fd := range map[string]int{"closed": a, "negative": -1} {
				err := add(fd, func() {})
				if err == nil || !strings.Contains(err.Error(), "asyncio: Loop."+name) {
					t.Errorf("%s of a %s descriptor: %v", name, what, err)
				}
			}
		}
		equal(t, "RemoveReader of an unknown one", l.RemoveReader(a), false)
		equal(t, "RemoveWriter of a negative one", l.RemoveWriter(-1), false)
		equal(t, "watches", l.Stats().Watches, 0)
	})
}

// epoll and kqueue refuse a regular file; others call it always ready, which it is.
func TestWatchOfRegularFile(t *testing.T) {
	f, err := os.Create(t.TempDir() + "/file")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	eachSelector(t, func(t *testing.T, ctx context.Context, l *asyncio.Loop) {
		ready := false
		err := l.AddReader(int(f.Fd()), func() { ready = true })
		if err != nil {
			if !errors.Is(err, syscall.EPERM) {
				t.Errorf("AddReader: %v", err)
			}
			return
		}
		waitUntil(t, ctx, func() bool { return ready })
		equal(t, "RemoveReader", l.RemoveReader(int(f.Fd())), true)
	})
}

// The loop's own descriptor is not to be had.
func TestWatchOfTheWaker(t *testing.T) {
	for _, name := range selector.WakerNames() {
		w, err := selector.OpenWaker(name)
		if err != nil {
			t.Fatal(err)
		}
		l, err := asyncio.NewLoop(asyncio.LoopConfig{Waker: w})
		if err != nil {
			t.Fatal(err)
		}
		for _, add := range []func(int, func()) error{l.AddReader, l.AddWriter} {
			if err := add(w.FD(), func() {}); !errors.Is(err, fs.ErrInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
		equal(t, "RemoveReader", l.RemoveReader(w.FD()), false)
		// It still wakes.
		go func() { _ = l.CallSoonThreadsafe(l.Stop) }()
		equal(t, "run", l.RunForever(), nil)
		equal(t, "Close", l.Close(), nil)
	}
}

// A task and a callback each way: many pipes at once through one loop.
func TestManyDescriptors(t *testing.T) {
	const pairs = 100
	eachSelector(t, func(t *testing.T, ctx context.Context, l *asyncio.Loop) {
		err := asyncio.WithTaskGroup(ctx, func(ctx context.Context, g *asyncio.TaskGroup) error {
			for i := range pairs {
				a, b := socketPair(t)
				g.Go(func(ctx context.Context) error {
					defer closeAll(t, a, b)
					for round := range 3 {
						text := fmt.Sprint(i, " ", round)
						ready := asyncio.NewFuture[string](l)
						if err := l.AddReader(a, func() { l.RemoveReader(a); _ = ready.SetResult(read(t, a)) }); err != nil {
							return err
						}
						if err := l.AddWriter(b, func() { l.RemoveWriter(b); write(t, b, text) }); err != nil {
							return err
						}
						got, err := ready.Await(ctx)
						if err != nil {
							return err
						}
						equal(t, "read", got, text)
					}
					return nil
				})
			}
			return nil
		})
		equal(t, "error", err, nil)
	})
}

// A descriptor is seen although callbacks keep the loop busy.
func TestBusyLoopSeesDescriptors(t *testing.T) {
	eachSelector(t, func(t *testing.T, ctx context.Context, l *asyncio.Loop) {
		a, b := socketPair(t)
		defer closeAll(t, a, b)
		got := ""
		equal(t, "AddReader", l.AddReader(a, func() { got = read(t, a); l.RemoveReader(a) }), nil)
		settle(t, ctx)
		write(t, b, "x")
		turns := 0
		for ; got == ""; turns++ {
			yield(t, ctx)
		}
		if turns > 17 {
			t.Errorf("seen after %d turns", turns)
		}
	})
}

// A child process inherits none of the loop's descriptors.
func TestDescriptorsAreNotInherited(t *testing.T) {
	for _, name := range selector.Names() {
		t.Run(name, func(t *testing.T) {
			before := descriptors.Open()
			s, err := selector.Open(name)
			if err != nil {
				t.Fatal(err)
			}
			l, err := asyncio.NewLoop(asyncio.LoopConfig{Selector: s})
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			for text, target := range descriptors.Open() {
				if before[text] == target {
					continue
				}
				fd, err := strconv.Atoi(text)
				if err != nil {
					t.Fatal(err)
				}
				flags, _, errno := syscall.Syscall(syscall.SYS_FCNTL, uintptr(fd), syscall.F_GETFD, 0)
				if errno != 0 || flags&syscall.FD_CLOEXEC == 0 {
					t.Errorf("%s (%s): flags %#x, %v", text, target, flags, errno)
				}
			}
		})
	}
}

// A device reconnects: its descriptor is closed before the watch is removed, and the new one has
// the same number. Adding to the watch is about the new one.
func TestWatchOfNumberUsedAgain(t *testing.T) {
	for _, c := range []struct {
		name string
		add  func(t *testing.T, l *asyncio.Loop, fd int, log *logger)
		want string
	}{
		{"reader again", func(t *testing.T, l *asyncio.Loop, fd int, log *logger) {
			equal(t, "AddReader", l.AddReader(fd, func() { log.note(read(t, fd)) }), nil)
		}, "new"},
		{"writer beside the old reader", func(t *testing.T, l *asyncio.Loop, fd int, log *logger) {
			equal(t, "AddWriter", l.AddWriter(fd, func() { log.note("w"); l.RemoveWriter(fd) }), nil)
		}, "w old"},
		{"removed and added", func(t *testing.T, l *asyncio.Loop, fd int, log *logger) {
			equal(t, "RemoveReader", l.RemoveReader(fd), true)
			equal(t, "AddReader", l.AddReader(fd, func() { log.note(read(t, fd)) }), nil)
		}, "new"},
	} {
		t.Run(c.name, func(t *testing.T) {
			eachSelector(t, func(t *testing.T, ctx context.Context, l *asyncio.Loop) {
				var log logger
				old, b := socketPair(t)
				equal(t, "AddReader", l.AddReader(old, func() { read(t, old); log.note("old") }), nil)
				settle(t, ctx)
				closeAll(t, b, old)
				fd, other := socketPair(t)
				defer closeAll(t, fd, other)
				if fd != old {
					fd, other = other, fd
				}
				if fd != old {
					t.Skipf("number %d was not used again, %d was: another test opened files", old, fd)
				}
				c.add(t, l, fd, &log)
				equal(t, "watches", l.Stats().Watches, 1)
				waitUntil(t, ctx, func() bool { return len(log.words) == strings.Count(c.want, " ") })
				write(t, other, "new")
				waitUntil(t, ctx, func() bool { return len(log.words) > strings.Count(c.want, " ") })
				log.want(t, c.want)
				equal(t, "RemoveReader", l.RemoveReader(fd), true)
			})
		})
	}
}

// A watch whose descriptor was closed is removed all the same, one direction after the other.
func TestWatchIsRemovedAfterClose(t *testing.T) {
	eachSelector(t, func(t *testing.T, _ context.Context, l *asyncio.Loop) {
		a, b := socketPair(t)
		equal(t, "AddReader", l.AddReader(a, func() {}), nil)
		equal(t, "AddWriter", l.AddWriter(a, func() {}), nil)
		closeAll(t, a, b)
		if err := l.AddReader(a, func() {}); !errors.Is(err, syscall.EBADF) {
			t.Errorf("AddReader after close: %v", err)
		}
		equal(t, "RemoveReader", l.RemoveReader(a), true)
		equal(t, "RemoveReader, again", l.RemoveReader(a), false)
		equal(t, "watches", l.Stats().Watches, 1)
		equal(t, "RemoveWriter", l.RemoveWriter(a), true)
		equal(t, "RemoveWriter, again", l.RemoveWriter(a), false)
	})
}
