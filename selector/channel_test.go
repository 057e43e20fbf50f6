// SPDX-License-Identifier: Apache-2.0

package selector_test

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gocurtain/asyncio/selector"
)

func TestChannelWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, w := selector.NewChannel()
		key := selector.Key{FD: w.FD(), Events: selector.Readable, Data: "waker"}
		woken := []selector.Event{{Key: key, Ready: selector.Readable}}
		start := time.Now()
		wait := func(what string, timeout time.Duration, want []selector.Event, took time.Duration) {
			t.Helper()
			start = time.Now()
			got, err := s.Wait(timeout, nil)
			if err != nil || !slices.Equal(got, want) || time.Since(start) != took {
				t.Errorf("%s: %v, %v after %v, want %v after %v", what, got, err, time.Since(start), want, took)
			}
		}
		check := func(err error) {
			t.Helper()
			if err != nil {
				t.Error(err)
			}
		}
		check(w.Wake())
		wait("not registered", time.Second, nil, time.Second)
		check(s.Register(w.FD(), selector.Readable, "waker"))
		wait("woken before", time.Second, woken, 0)
		wait("not drained", -1, woken, 0)
		wait("not drained, no wait", 0, woken, 0)
		check(w.Drain())
		check(w.Drain())
		wait("drained", 0, nil, 0)
		wait("drained", time.Minute, nil, time.Minute)
		time.AfterFunc(time.Second, func() { check(w.Wake()); check(w.Wake()) })
		wait("woken later", -1, woken, time.Second)
		check(s.Modify(w.FD(), selector.Writable, "waker"))
		wait("of no interest", time.Second, nil, time.Second)
		wait("cut", selector.MaxWait+time.Hour, nil, selector.MaxWait)
		check(s.Close())
		check(w.Close())
	})
}

func TestChannelRefuses(t *testing.T) {
	s, w := selector.NewChannel()
	unknown := s.Modify(w.FD(), selector.Readable, nil)
	if err := s.Register(w.FD(), selector.Readable, 1); err != nil {
		t.Fatal(err)
	}
	if keys := slices.Collect(s.All()); len(keys) != 1 || s.Len() != 1 || keys[0].Data != 1 {
		t.Errorf("it has %v, %d", keys, s.Len())
	}
	type refusal struct {
		name      string
		got, want error
	}
	refusals := []refusal{
		{"descriptor", s.Register(1, selector.Readable, nil), errors.ErrUnsupported},
		{"negative", s.Register(-1, selector.Readable, nil), fs.ErrInvalid},
		{"again", s.Register(w.FD(), selector.Readable, nil), fs.ErrExist},
		{"no events", s.Modify(w.FD(), 0, nil), fs.ErrInvalid},
		{"modify unknown", unknown, fs.ErrNotExist},
		{"unregister unknown", s.Unregister(7), fs.ErrNotExist},
		{"unregister", s.Unregister(w.FD()), nil},
		{"unregister again", s.Unregister(w.FD()), fs.ErrNotExist},
		{"register no events", s.Register(w.FD(), 0, nil), fs.ErrInvalid},
	}
	_, _ = s.Close(), w.Close()
	_, waited := s.Wait(-1, nil)
	for _, c := range append(refusals,
		refusal{"register closed", s.Register(w.FD(), selector.Readable, nil), os.ErrClosed},
		refusal{"modify closed", s.Modify(w.FD(), selector.Readable, nil), os.ErrClosed},
		refusal{"unregister closed", s.Unregister(w.FD()), os.ErrClosed},
		refusal{"wait closed", waited, os.ErrClosed},
		refusal{"wake closed", w.Wake(), os.ErrClosed},
		refusal{"drain closed", w.Drain(), os.ErrClosed},
		refusal{"close again", errors.Join(s.Close(), w.Close()), nil},
	) {
		if !errors.Is(c.got, c.want) {
			t.Errorf("%s: error is %v, want %v", c.name, c.got, c.want)
		}
	}
}
