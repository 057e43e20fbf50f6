// SPDX-License-Identifier: Apache-2.0

package selector_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/selector"
	"github.com/gocurtain/asyncio/selector/selectortest"
)

func TestSelectors(t *testing.T) {
	for _, name := range selector.Names() {
		t.Run(name, func(t *testing.T) {
			selectortest.Run(t, func() (selector.Selector, error) { return selector.Open(name) })
		})
	}
}

func TestWakers(t *testing.T) {
	for _, name := range selector.WakerNames() {
		t.Run(name, func(t *testing.T) {
			selectortest.RunWaker(t, func() (selector.Waker, error) { return selector.OpenWaker(name) })
		})
	}
}

func TestOpenGivesWhatItIsAskedFor(t *testing.T) {
	for _, name := range selector.Names() {
		t.Setenv("ASYNCIO_SELECTOR", name)
		for _, open := range []func() (selector.Selector, error){
			selector.New,
			func() (selector.Selector, error) { return selector.Open(name) },
		} {
			s, err := open()
			if err != nil {
				t.Fatal(err)
			}
			if s.Name() != name {
				t.Errorf("asked for %s, got %s", name, s.Name())
			}
			s.Close()
		}
	}
	for _, name := range selector.WakerNames() {
		t.Setenv("ASYNCIO_WAKER", name)
		waker, err := selector.NewWaker()
		if err != nil {
			t.Fatal(err)
		}
		if waker.Name() != name {
			t.Errorf("asked for %s, got %s", name, waker.Name())
		}
		waker.Close()
	}
}

func TestNewGivesTheBest(t *testing.T) {
	needSelectors(t)
	t.Setenv("ASYNCIO_SELECTOR", "")
	s, err := selector.New()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if want := selector.Names()[0]; s.Name() != want {
		t.Errorf("New() is %s, want %s", s.Name(), want)
	}
}

func TestUnknownNameListsTheValidOnes(t *testing.T) {
	needSelectors(t)
	t.Setenv("ASYNCIO_SELECTOR", "abacus")
	t.Setenv("ASYNCIO_WAKER", "rooster")
	_, fromNew := selector.New()
	_, fromOpen := selector.Open("abacus")
	_, fromNewWaker := selector.NewWaker()
	for _, c := range []struct {
		err   error
		parts []string
	}{
		{fromNew, append(selector.Names(), "ASYNCIO_SELECTOR", "abacus")},
		{fromOpen, append(selector.Names(), "abacus")},
		{fromNewWaker, append(selector.WakerNames(), "ASYNCIO_WAKER", "rooster")},
	} {
		text := fmt.Sprint(c.err)
		missing := slices.DeleteFunc(c.parts, func(part string) bool { return strings.Contains(text, part) })
		if len(missing) > 0 || strings.Contains(text, "\n") {
			t.Errorf("error is %q, want one line that says %q too", text, missing)
		}
	}
}

func TestNoSelectorHere(t *testing.T) {
	if len(selector.Names()) > 0 {
		t.Skip("this system has selectors")
	}
	_, err := selector.New()
	_, errWaker := selector.NewWaker()
	if !errors.Is(err, errors.ErrUnsupported) || !errors.Is(errWaker, errors.ErrUnsupported) {
		t.Errorf("errors are %v and %v, want %v", err, errWaker, errors.ErrUnsupported)
	}
}

func TestEventsString(t *testing.T) {
	for events, want := range map[selector.Events]string{
		0:                      "",
		selector.Readable:      "r",
		selector.Writable:      "w",
		3:                      "rw",
		4:                      "Events(0x4)",
		4 | selector.Events(1): "Events(0x5)",
	} {
		if got := events.String(); got != want {
			t.Errorf("Events(%d).String() = %q, want %q", uint8(events), got, want)
		}
	}
}

func TestErrorsSayWhat(t *testing.T) {
	needSelectors(t)
	s, err := selector.New()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	got := s.Unregister(77)
	const want = "selector: unregister fd 77: file does not exist"
	if got == nil || got.Error() != want || !errors.Is(got, fs.ErrNotExist) {
		t.Errorf("error is %q, want %q", got, want)
	}
	s.Close()
	if _, err := s.Wait(0, nil); !errors.Is(err, os.ErrClosed) {
		t.Errorf("error is %v, want %v", err, os.ErrClosed)
	}
}

func needSelectors(t *testing.T) {
	t.Helper()
	if len(selector.Names()) == 0 {
		t.Skip("this system has no selectors")
	}
}
