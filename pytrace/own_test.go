// SPDX-License-Identifier: Apache-2.0

package pytrace_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/gocurtain/asyncio/internal/interpreter"
	"github.com/gocurtain/asyncio/pytrace"
	"github.com/gocurtain/asyncio/trace"
)

// The probe's code looks up nothing late that a program can replace.
func TestProbeOwnsWhatItUses(t *testing.T) {
	if _, err := probe(); err != nil {
		t.Fatal(err)
	}
	interpreter.Each(t, func(t *testing.T, p python) {
		res := p.Run(t, bare(), filepath.Join("testdata", "lookups.py"), probeDir)
		if res.Out != "" || res.Errors != "" || res.Status != "exit status 0" {
			t.Errorf("%s\n%s%s", res.Status, res.Out, res.Errors)
		}
	})
}

// A program that replaces the functions of Python, as mocks and freezegun do, sees no call by the
// probe, and what begins meanwhile is recorded in real time.
func TestFakesAreNotCalled(t *testing.T) {
	interpreter.Each(t, func(t *testing.T, p python) {
		for _, compiled := range []string{"1", "0"} {
			for _, level := range pytrace.Levels() {
				t.Run(string(level)+" "+compiled, func(t *testing.T) {
					t.Setenv("CURTAIN_PYTHON_COMPILED", compiled)
					checkFakes(t, p, level)
				})
			}
		}
	})
}

// Classes whose metaclass answers for what they are, and subclasses of Task and Future that have
// something else in the place of every attribute, are not asked.
func TestLiarsAreNotAsked(t *testing.T) {
	program := filepath.Join("testdata", "liars.py")
	onBoth(t, func(t *testing.T, p python) {
		without := p.Run(t, bare(), program)
		for _, level := range pytrace.Levels() {
			with, dir := traced(t, p, pytrace.Options{Level: level}, program)
			if with != without || without.Status != "exit status 0" {
				t.Errorf("level %s: got %v, want %v", level, with, without)
			}
			done := map[uint8]int{}
			var failed string
			for _, recording := range read(t, dir) {
				for _, rec := range recording {
					if rec.Kind == trace.KindTaskDone {
						done[rec.Flags]++
						failed += rec.src.String(uint32(rec.B))
					}
				}
			}
			if len(done) != 3 || failed != "__main__.Error" {
				t.Errorf("level %s: tasks have ended in %d ways, want 3, one of them with %q", level, len(done), failed)
			}
		}
	})
}

// A clock that is changed in C, as time_machine does it, does not change that of the recording.
func TestClocksChangedInC(t *testing.T) {
	onBoth(t, func(t *testing.T, p python) {
		res, dir := traced(t, p, pytrace.Options{}, filepath.Join("testdata", "clocks.py"))
		if res.Errors != "" || res.Out != "a clock of the program's\n" {
			t.Fatalf("%q %s", res.Out, res.Errors)
		}
		recordings := read(t, dir)
		if len(recordings) != 1 {
			t.Fatalf("%d recordings, want 1", len(recordings))
		}
		checkClock(t, recordings[0])
	})
}

// checkClock finds events or starts that lie an hour or more from now.
func checkClock(t *testing.T, recording []record) {
	t.Helper()
	producer := recording[0].src.Producer()
	if wall := time.Unix(0, int64(producer.Wall)); time.Since(wall) > time.Hour || time.Since(wall) < -time.Hour {
		t.Errorf("recording %d began at %v", producer.ID, wall)
	}
	for _, rec := range recording {
		if rec.Time < producer.Start || rec.Time-producer.Start > uint64(time.Hour) {
			t.Fatalf("recording %d has an event %v after its start", producer.ID, time.Duration(rec.Time-producer.Start))
		}
	}
}

func checkFakes(t *testing.T, p python, level pytrace.Level) {
	t.Helper()
	res, dir := traced(t, p, pytrace.Options{Level: level}, "-W", "ignore", filepath.Join("testdata", "faked.py"))
	if want := "called by the probe: []\n"; res.Out != want || res.Errors != "" {
		t.Errorf("got %q, want %q, and no errors: %s", res.Out, want, res.Errors)
	}
	recordings := read(t, dir)
	if len(recordings) != 3 {
		t.Fatalf("%d recordings, want those of two threads and a process", len(recordings))
	}
	var starts, turns int
	for _, recording := range recordings {
		checkClock(t, recording)
		for _, rec := range recording {
			switch {
			case rec.Kind == trace.KindProcessStarted:
				starts++
			case rec.Kind == trace.KindTurnBegin:
				turns++
			}
		}
	}
	if starts != 1 || turns == 0 {
		t.Errorf("%d processes were started, want 1; %d turns", starts, turns)
	}
}
