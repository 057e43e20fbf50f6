// SPDX-License-Identifier: Apache-2.0

package selectortest_test

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gocurtain/asyncio/selector"
	"github.com/gocurtain/asyncio/selector/selectortest"
)

const (
	r  = selector.Readable
	w  = selector.Writable
	rw = r | w
)

var _ selector.Selector = (*selectortest.Fake)(nil)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantEvents(t *testing.T, f *selectortest.Fake, timeout time.Duration, want ...selector.Event) {
	t.Helper()
	got, err := f.Wait(timeout, nil)
	must(t, err)
	if !slices.Equal(got, want) {
		t.Errorf("Wait(%v) = %v, want %v", timeout, got, want)
	}
}

func event(fd int, interest selector.Events, data any, ready selector.Events) selector.Event {
	return selector.Event{Key: selector.Key{FD: fd, Events: interest, Data: data}, Ready: ready}
}

func TestFakeReportsWhatWasPushed(t *testing.T) {
	f := selectortest.NewFake()
	must(t, f.Register(3, rw, "three"))
	must(t, f.Register(4, r, "four"))
	f.Push(4, rw) // Masked by interest.
	f.Push(3, r)
	f.Push(5, r) // Not registered.
	f.Push(3, w) // Joined with the other.
	wantEvents(t, f, 0, event(4, r, "four", r), event(3, rw, "three", rw))
	wantEvents(t, f, 0) // Once only.
}

func TestFakeLog(t *testing.T) {
	f := selectortest.NewFake()
	f.OnWait = func(time.Duration) {}
	must(t, f.Register(3, rw, nil))
	must(t, f.Modify(3, r, nil))
	wantEvents(t, f, 0)
	wantEvents(t, f, 1500*time.Millisecond)
	f.Push(3, r)
	wantEvents(t, f, -1, event(3, r, nil, r))
	must(t, f.Unregister(3))
	must(t, f.Close())
	must(t, f.Close())
	want := []string{"register 3 rw", "modify 3 r", "wait 0s", "wait 1.5s", "wait forever", "unregister 3", "close"}
	if got := f.Log(); !slices.Equal(got, want) {
		t.Errorf("Log() = %q, want %q", got, want)
	}
}

func TestFakeRefuses(t *testing.T) {
	f := selectortest.NewFake()
	must(t, f.Register(3, r, "three"))
	closed := selectortest.NewFake()
	must(t, closed.Close())
	_, waited := closed.Wait(-1, nil)
	for _, c := range []struct {
		name      string
		got, want error
	}{
		{"duplicate", f.Register(3, r, nil), fs.ErrExist},
		{"negative", f.Register(-1, r, nil), fs.ErrInvalid},
		{"no events", f.Register(4, 0, nil), fs.ErrInvalid},
		{"unknown events", f.Modify(3, 4, nil), fs.ErrInvalid},
		{"modify unknown", f.Modify(4, r, nil), fs.ErrNotExist},
		{"unregister unknown", f.Unregister(4), fs.ErrNotExist},
		{"register closed", closed.Register(3, r, nil), os.ErrClosed},
		{"modify closed", closed.Modify(3, r, nil), os.ErrClosed},
		{"unregister closed", closed.Unregister(3), os.ErrClosed},
		{"wait closed", waited, os.ErrClosed},
	} {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: error is %v, want %v", c.name, c.got, c.want)
		}
	}
	want := []selector.Key{{FD: 3, Events: r, Data: "three"}}
	if got := slices.Collect(f.All()); !slices.Equal(got, want) || f.Len() != 1 {
		t.Errorf("All() = %v, Len() = %d, want %v", got, f.Len(), want)
	}
}

func TestFakeOnWaitMovesTheClock(t *testing.T) {
	f := selectortest.NewFake()
	var clock time.Duration
	f.OnWait = func(timeout time.Duration) {
		clock += timeout
		f.Push(3, w)
	}
	must(t, f.Register(3, w, nil))
	wantEvents(t, f, time.Hour, event(3, w, nil, w))
	if clock != time.Hour {
		t.Errorf("clock is at %v, want %v", clock, time.Hour)
	}
}

func TestFakePending(t *testing.T) {
	f := selectortest.NewFake()
	must(t, f.Register(3, r, nil))
	pending := func(when string, want bool) {
		t.Helper()
		if got := f.Pending(); got != want {
			t.Errorf("%s: Pending() = %v", when, got)
		}
	}
	pending("at first", false)
	f.Push(3, r)
	pending("after a push", true)
	wantEvents(t, f, 0, event(3, r, nil, r))
	pending("after Wait", false)
	w := f.Waker()
	must(t, w.Wake())
	pending("after Wake", true)
	must(t, w.Drain())
	pending("after Drain", false)
}

func TestFakeBlocks(t *testing.T) {
	for _, c := range []struct {
		name    string
		release func(f *selectortest.Fake)
		want    []selector.Event
		err     error
	}{
		{"push", func(f *selectortest.Fake) { f.Push(3, r) }, []selector.Event{event(3, r, "three", r)}, nil},
		{"wake", func(f *selectortest.Fake) { f.Waker().Wake() }, []selector.Event{event(selectortest.FakeWakerFD, r, "waker", r)}, nil},
		{"close", func(f *selectortest.Fake) { f.Close() }, nil, os.ErrClosed},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := selectortest.NewFake()
				must(t, f.Register(3, r, "three"))
				must(t, f.Register(f.Waker().FD(), r, "waker"))
				returned := false
				done := make(chan struct{})
				go func() {
					defer close(done)
					got, err := f.Wait(-1, nil)
					returned = true
					if !slices.Equal(got, c.want) || !errors.Is(err, c.err) {
						t.Errorf("Wait(-1) = %v, %v, want %v, %v", got, err, c.want, c.err)
					}
				}()
				f.Push(3, w) // Of no interest, so no reason to return.
				synctest.Wait()
				if returned {
					t.Error("Wait(-1) returned before there was a reason")
				}
				c.release(f)
				<-done
			})
		})
	}
}

func TestFakeWaitsOnTheClockOfTheBubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := selectortest.NewFake()
		must(t, f.Register(3, r, nil))
		begin := time.Now()
		wantEvents(t, f, time.Hour)
		time.AfterFunc(time.Minute, func() { f.Push(3, r) })
		wantEvents(t, f, time.Hour, event(3, r, nil, r))
		if took, want := time.Since(begin), time.Hour+time.Minute; took != want {
			t.Errorf("the two took %v, want %v", took, want)
		}
	})
}

func TestFakeWakerCounts(t *testing.T) {
	f := selectortest.NewFake()
	waker := f.Waker()
	must(t, f.Register(waker.FD(), r, nil))
	must(t, waker.Wake())
	must(t, waker.Wake())
	wakened := event(waker.FD(), r, nil, r)
	wantEvents(t, f, -1, wakened)
	wantEvents(t, f, -1, wakened) // Until it is drained.
	must(t, waker.Drain())
	wantEvents(t, f, 0)
	if waker.Wakes() != 2 || waker.Drains() != 1 {
		t.Errorf("%d wakes and %d drains, want 2 and 1", waker.Wakes(), waker.Drains())
	}
	must(t, waker.Close())
	if err := waker.Wake(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Wake after Close: error is %v, want %v", err, os.ErrClosed)
	}
	if err := waker.Drain(); !errors.Is(err, os.ErrClosed) {
		t.Errorf("Drain after Close: error is %v, want %v", err, os.ErrClosed)
	}
}
