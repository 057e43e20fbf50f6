// SPDX-License-Identifier: Apache-2.0

package pytrace_test

import (
	"path/filepath"
	"testing"

	"github.com/gocurtain/asyncio/internal/interpreter"
	"github.com/gocurtain/asyncio/pytrace"
	"github.com/gocurtain/asyncio/trace"
)

// The recording of a thread has room for a loop, whatever the thread has recorded before, also if
// that was more than its ring had held.
func TestLoopsInThreadsHaveRoom(t *testing.T) {
	const turns = 4_000
	interpreter.Each(t, func(t *testing.T, p python) {
		for _, compiled := range []string{"1", "0"} {
			for _, calls := range []string{"0", "100", "30000"} {
				t.Run(calls+" "+compiled, func(t *testing.T) {
					t.Setenv("CURTAIN_PYTHON_COMPILED", compiled)
					res, dir := traced(t, p, pytrace.Options{Records: 1 << 18}, filepath.Join("testdata", "grows.py"), calls)
					if res.Status != "exit status 0" || res.Errors != "" {
						t.Fatalf("%s\n%s", res.Status, res.Errors)
					}
					recordings := read(t, dir)
					if len(recordings) != 2 {
						t.Fatalf("%d recordings, want those of two threads", len(recordings))
					}
					checkRoom(t, recordings[1], turns)
				})
			}
		}
	})
}

// checkRoom checks that only what came before the loop is lost.
func checkRoom(t *testing.T, recording []record, turns int) {
	t.Helper()
	began := 0
	for i, rec := range recording {
		switch rec.Kind {
		case trace.KindTurnBegin:
			began++
		case trace.KindLost:
			if i > 0 {
				t.Errorf("record %d tells that %d are lost", i, rec.A)
			}
		}
	}
	if began < turns {
		t.Errorf("%d turns, want at least %d", began, turns)
	}
}

// The table of places grows with what is in it.
func TestPlacesHaveRoom(t *testing.T) {
	const places = 12_000
	interpreter.Each(t, func(t *testing.T, p python) {
		_, dir := traced(t, p, pytrace.Options{Records: 1 << 18}, filepath.Join("testdata", "places.py"))
		lines := 0
		for _, recording := range read(t, dir) {
			for _, rec := range recording {
				site := rec.src.Site(rec.Site)
				if rec.Kind != trace.KindOutsideCall || site.File != "<places>" {
					continue
				}
				if lines++; site.Line > places {
					t.Errorf("record %d is at %+v", lines, site)
				}
			}
			if lost := recording[0].src.LostStrings(); lost > 0 {
				t.Errorf("%d places are lost", lost)
			}
		}
		if lines != places {
			t.Errorf("%d records have a place, want %d", lines, places)
		}
	})
}
