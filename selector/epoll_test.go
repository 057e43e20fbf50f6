// SPDX-License-Identifier: Apache-2.0

//go:build linux

package selector

import (
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/gocurtain/asyncio/internal/sys"
)

// trapped is a selector in epoll's trap: number was registered with "old", which is a duplicate's
// description, ready for ever, and then closed.
func trapped(t *testing.T) (s *epoll, number, duplicate int) {
	t.Helper()
	opened, err := openEpoll()
	ok(t, err)
	s = opened.(*epoll)
	number, out, err := sys.Pipe()
	ok(t, err)
	duplicate, err = syscall.Dup(number)
	ok(t, err)
	t.Cleanup(func() {
		ok(t, s.Close())
		ok(t, sys.Close(duplicate))
		ok(t, sys.Close(out))
	})
	_, err = sys.TryWrite(out, []byte{1})
	ok(t, err)
	ok(t, s.Register(number, Readable, "old"))
	ok(t, sys.Close(number))
	ok(t, s.Unregister(number))
	return s, number, duplicate
}

func TestEpollDropsStaleEvents(t *testing.T) {
	s, _, _ := trapped(t)
	wantData(t, s)
	wantNoEntry(t, s)
}

func TestEpollTellsNewcomerFromStaleEvents(t *testing.T) {
	s, number, _ := trapped(t)
	in, out, err := sys.Pipe() // The lowest number free is that of old.
	ok(t, err)
	defer sys.Close(in)
	defer sys.Close(out)
	if in != number {
		t.Skipf("number %d was not used again, %d was: another test opened files", number, in)
	}
	ok(t, s.Register(in, Readable, "new"))
	wantData(t, s) // Not ready, whatever the entry of old says.
	wantNoEntry(t, s)
	_, err = sys.TryWrite(out, []byte{1})
	ok(t, err)
	wantData(t, s, "new")
}

func TestEpollTakesOverALivingEntry(t *testing.T) {
	s, number, duplicate := trapped(t)
	ok(t, syscall.Dup3(duplicate, number, syscall.O_CLOEXEC)) // The same pair again.
	defer sys.Close(number)
	ok(t, s.Register(number, Readable, "again"))
	wantData(t, s, "again")
	ok(t, s.Unregister(number))
	wantNoEntry(t, s)
}

func TestEpollRebuildKeepsTheSet(t *testing.T) {
	s, _, duplicate := trapped(t)
	ok(t, s.Register(duplicate, Readable, "kept"))
	wantData(t, s, "kept") // And a stale one, dropped.
	wantData(t, s, "kept") // Built anew.
	if s.stale {
		t.Error("there still are stale events")
	}
}

// A process without a free descriptor cannot rebuild. Its loop goes on, and rebuilds when there is
// one.
func TestEpollRebuildsWhenThereIsADescriptor(t *testing.T) {
	s, number, duplicate := trapped(t)
	ok(t, s.Register(duplicate, Readable, "kept"))
	var limit syscall.Rlimit
	ok(t, syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit))
	defer func() { ok(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)) }()
	wantData(t, s, "kept") // And a stale one, dropped.
	none := limit
	none.Cur = uint64(number) // The lowest number that is free.
	ok(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &none))
	wantData(t, s, "kept")
	wantData(t, s, "kept")
	if !s.stale {
		t.Error("there was a descriptor")
	}
	ok(t, syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit))
	wantData(t, s, "kept")
	if s.stale {
		t.Error("there still are stale events")
	}
}

// A number that was closed while registered has no entry, and gets none by a rebuild, whoever has
// the number by then.
func TestEpollRebuildDoesNotRevive(t *testing.T) {
	s, _, _ := trapped(t)
	in, out, err := sys.Pipe()
	ok(t, err)
	ok(t, s.Register(in, Readable, "closed"))
	ok(t, sys.Close(in))
	again, other, err := sys.Pipe()
	ok(t, err)
	defer sys.Close(out)
	defer sys.Close(again)
	defer sys.Close(other)
	if again != in {
		t.Skipf("number %d was not used again, %d was: another test opened files", in, again)
	}
	_, err = sys.TryWrite(other, []byte{1})
	ok(t, err)
	wantData(t, s) // A stale one, dropped.
	wantNoEntry(t, s)
	ok(t, s.Unregister(in))
}

// OpenCoarseEpoll opens an epoll as on a kernel before 5.11, without epoll_pwait2, for the
// conformance suite.
func OpenCoarseEpoll() (Selector, error) {
	opened, err := openEpoll()
	if err == nil {
		opened.(*epoll).coarse = true
	}
	return opened, err
}

func TestWaitIsCutToMaxWait(t *testing.T) {
	var s set
	for _, c := range []struct{ timeout, want time.Duration }{
		{-1, -1}, {0, 0}, {1, 1}, {MaxWait, MaxWait}, {MaxWait + 1, MaxWait}, {1<<63 - 1, MaxWait},
	} {
		if got, err := s.check(c.timeout); got != c.want || err != nil {
			t.Errorf("timeout %v becomes %v, %v, want %v", c.timeout, got, err, c.want)
		}
	}
}

// wantNoEntry checks that the next Wait leaves the kernel with nothing ready.
func wantNoEntry(t *testing.T, s *epoll) {
	t.Helper()
	wantData(t, s)
	if n, err := sys.EpollWait(s.fd, s.buf[:], 0); n != 0 || err != nil {
		t.Errorf("the kernel still reports %d events (%v)", n, err)
	}
}

// wantData compares the data of the events that are ready now.
func wantData(t *testing.T, s Selector, want ...string) {
	t.Helper()
	events, err := s.Wait(0, nil)
	ok(t, err)
	var got []string
	for _, e := range events {
		got = append(got, e.Key.Data.(string))
	}
	if !slices.Equal(got, want) {
		t.Errorf("events for %v, want %v", got, want)
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
