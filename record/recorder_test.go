// SPDX-License-Identifier: Apache-2.0

package record

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gocurtain/asyncio/trace"
)

// recorded runs f with a Recorder and returns what it recorded.
func recorded(t *testing.T, opts Options, f func(*Recorder)) (*trace.Source, []trace.Record) {
	t.Helper()
	var buf bytes.Buffer
	r, err := Stream(&buf, opts)
	if err != nil {
		t.Fatal(err)
	}
	f(r)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := trace.NewSource(&buf)
	if err != nil {
		t.Fatal(err)
	}
	var recs []trace.Record
	if err := s.All(func(rec trace.Record) bool { recs = append(recs, rec); return true }); err != nil {
		t.Fatal(err)
	}
	return s, recs
}

// everything calls each hook once.
func everything(r *Recorder) {
	r.LoopBegin(1, "main")
	r.TurnBegin(1, 2)
	r.PollBegin(-1)
	r.PollEnd(1)
	r.Ready(5, trace.ReadyRead, 7)
	r.HandleScheduled(8, trace.OriginTimer, time.Second)
	at, site := r.Outside()
	r.HandleScheduledOutside(9, at, site)
	r.HandleBegin(9)
	r.HandleEnd(9)
	r.HandleCancelled(8)
	r.TaskCreated(10, 0)
	r.TaskNamed(10, "fetch")
	r.TaskCreated(11, 10)
	r.StepBegin(10)
	r.TaskWaits(10, trace.WaitTask, 11, "accounts")
	r.StepEnd(10, false)
	r.TaskWoken(10, trace.WakeTask, 11)
	r.TaskCancelled(11, 10, errors.New("no longer wanted"))
	r.FutureResolved(12, trace.OutcomeResult)
	r.TaskDone(11, trace.OutcomeCancelled, context.Canceled)
	r.StepEnd(11, true)
	r.TaskDone(10, trace.OutcomeError, fmt.Errorf("fetch: %w", fmt.Errorf("open: %w", &fs.PathError{})))
	r.BytesRead(5, 100)
	r.BytesWritten(5, 200)
	r.ConnectionOpened(5, "tcp 127.0.0.1:80")
	r.ConnectionClosed(5, errors.New("reset"))
	r.TurnEnd(1)
	r.LoopLeft(1)
	r.LoopFound(1, "main")
	r.TaskFound(10, 0, "fetch", trace.WaitLock, 13, "accounts")
	r.TaskFound(14, 10, "", 0, 0, "")
	r.LoopEnd(1)
}

func TestHooksBecomeRecords(t *testing.T) {
	s, recs := recorded(t, Options{}, everything)
	want := []trace.Record{
		{Kind: trace.KindLoopBegin, A: 1, B: 1},
		{Kind: trace.KindTurnBegin, A: 1, B: 2},
		{Kind: trace.KindPollBegin, A: trace.Forever},
		{Kind: trace.KindPollEnd, A: 1},
		{Kind: trace.KindReady, Flags: trace.ReadyRead, A: 5, B: 7},
		{Kind: trace.KindHandleScheduled, Aux: uint16(trace.OriginTimer), A: 8},
		{Kind: trace.KindHandleScheduled, Aux: uint16(trace.OriginOutside), A: 9},
		{Kind: trace.KindHandleBegin, A: 9},
		{Kind: trace.KindHandleEnd, A: 9},
		{Kind: trace.KindHandleCancelled, A: 8},
		{Kind: trace.KindTaskCreated, A: 10},
		{Kind: trace.KindTaskName, A: 10, B: 2},
		{Kind: trace.KindTaskCreated, A: 11, B: 10},
		{Kind: trace.KindStepBegin, A: 10},
		{Kind: trace.KindTaskWaits, Aux: uint16(trace.WaitTask), A: 10, B: 11},
		{Kind: trace.KindTaskWaitsOn, A: 10, B: 3},
		{Kind: trace.KindStepEnd, A: 10},
		{Kind: trace.KindTaskWoken, Aux: uint16(trace.WakeTask), A: 10, B: 11},
		{Kind: trace.KindTaskCancelText, A: 11, B: 4},
		{Kind: trace.KindTaskCancelled, A: 11, B: 10},
		{Kind: trace.KindFutureResolved, Flags: uint8(trace.OutcomeResult), A: 12},
		{Kind: trace.KindTaskDone, Flags: uint8(trace.OutcomeCancelled), A: 11},
		{Kind: trace.KindStepEnd, Flags: trace.StepDone, A: 11},
		{Kind: trace.KindTaskDone, Flags: uint8(trace.OutcomeError), A: 10, B: 5},
		{Kind: trace.KindRead, A: 5, B: 100},
		{Kind: trace.KindWrite, A: 5, B: 200},
		{Kind: trace.KindConnectionOpened, A: 5, B: 6},
		{Kind: trace.KindConnectionClosed, A: 5, B: 7},
		{Kind: trace.KindTurnEnd, A: 1},
		{Kind: trace.KindLoopEnd, Flags: trace.LoopLeft, A: 1},
		{Kind: trace.KindLoopBegin, Flags: trace.LoopFound, A: 1, B: 1},
		{Kind: trace.KindTaskFound, Flags: trace.FoundWaiting, A: 10},
		{Kind: trace.KindTaskName, A: 10, B: 2},
		{Kind: trace.KindTaskWaits, Aux: uint16(trace.WaitLock), A: 10, B: 13},
		{Kind: trace.KindTaskWaitsOn, A: 10, B: 3},
		{Kind: trace.KindTaskFound, A: 14, B: 10},
		{Kind: trace.KindLoopEnd, A: 1},
	}
	if len(recs) != len(want) {
		t.Fatalf("%d records, want %d", len(recs), len(want))
	}
	last := s.Producer().Start
	for i, rec := range recs {
		if rec.Time < last {
			t.Errorf("record %d: time went from %d to %d", i, last, rec.Time)
		}
		last = rec.Time
		switch {
		case i == 5:
			want[i].B = rec.Time + uint64(time.Second)
		case i == 6 && rec.B <= rec.Time && rec.B >= s.Producer().Start:
			want[i].B = rec.B
		}
		want[i].Time = rec.Time
		if rec != want[i] {
			t.Errorf("record %d is %+v, want %+v", i, rec, want[i])
		}
	}
	for i, want := range []string{"main", "fetch", "accounts", "no longer wanted", "*fs.PathError", "tcp 127.0.0.1:80", "reset"} {
		if got := s.String(uint32(i + 1)); got != want {
			t.Errorf("string %d is %q, want %q", i+1, got, want)
		}
	}
}

// badError is an error without a text.
type badError struct{}

func (*badError) Error() string { panic("no text") }

// Whatever the cause of a cancellation is, it is noted, or else nothing is of it.
func TestCausesOfCancellations(t *testing.T) {
	for _, c := range []struct {
		cause error
		want  string
	}{
		{nil, "none"},
		{errors.New(""), "none"},
		{(*badError)(nil), "<nil>"},
		{&badError{}, "%!v(PANIC=Error method: no text)"},
		{errors.New(strings.Repeat("x", longest-1) + "\u00e9"), strings.Repeat("x", longest-1) + "\ufffd"},
	} {
		s, recs := recorded(t, Options{}, func(r *Recorder) { r.TaskCancelled(1, 0, c.cause) })
		got := "none"
		if recs[0].Kind == trace.KindTaskCancelText {
			got = s.String(uint32(recs[0].B))
		}
		if got != c.want || recs[len(recs)-1].Kind != trace.KindTaskCancelled {
			t.Errorf("%T is noted as %q, want %q", c.cause, got, c.want)
		}
	}
}

func TestSitesAreTheProgramsOwn(t *testing.T) {
	s, recs := recorded(t, Options{Sites: true}, everything)
	sited := 0
	for i, rec := range recs {
		if rec.Site == 0 {
			continue
		}
		sited++
		site := s.Site(rec.Site)
		if filepath.Base(site.File) != "recorder_test.go" || !strings.HasSuffix(site.Function, ".everything") || site.Line == 0 {
			t.Errorf("record %d, kind %d: site is %+v", i, rec.Kind, site)
		}
	}
	if sited != 9 {
		t.Errorf("%d records have sites, want 9", sited)
	}
}

func TestOpen(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no shared mappings on windows")
	}
	dir := t.TempDir()
	if _, err := Create(filepath.Join(dir, "missing"), Options{}); err == nil || !strings.Contains(err.Error(), "create it first") {
		t.Errorf("missing directory: %v", err)
	}
	r, err := Create(dir, Options{Records: 64, Strings: 4096})
	if err != nil {
		t.Fatal(err)
	}
	everything(r)
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	everything(r) // records nothing, and does not crash
	sources, err := trace.FollowAll(dir)
	if err != nil || len(sources) != 1 {
		t.Fatalf("%d recordings, %v", len(sources), err)
	}
	defer sources[0].Close()
	n := 0
	sources[0].All(func(trace.Record) bool { n++; return true })
	if n != 37 || !sources[0].Closed() {
		t.Errorf("%d records, closed %v", n, sources[0].Closed())
	}
	if p := sources[0].Producer(); p.PID != uint64(os.Getpid()) || p.Language != "go" {
		t.Errorf("producer is %+v", p)
	}
}

// Outside is the one hook that runs beside the others. All answers name the one place, and each
// goroutine's times do not go backwards.
func TestOutsideConcurrently(t *testing.T) {
	const goroutines, calls = 4, 100
	var sites [goroutines][calls]uint32
	s, recs := recorded(t, Options{Sites: true}, func(r *Recorder) {
		var wg sync.WaitGroup
		for i := range goroutines {
			wg.Go(func() {
				last := int64(0)
				for n := range calls {
					at, site := r.Outside()
					if at <= 0 || at < last {
						t.Errorf("goroutine %d was told the time %d after %d", i, at, last)
					}
					last, sites[i][n] = at, site
				}
			})
		}
		for range calls {
			r.TaskWoken(1, trace.WakeTimer, 0)
		}
		wg.Wait()
	})
	if len(recs) != calls {
		t.Errorf("%d records, want %d", len(recs), calls)
	}
	for i, site := range slices.Concat(sites[0][:], sites[1][:], sites[2][:], sites[3][:]) {
		if where := s.Site(site); site != sites[0][0] || filepath.Base(where.File) != "recorder_test.go" {
			t.Errorf("call %d has site %d, %+v; want %d, a line of recorder_test.go", i, site, where, sites[0][0])
		}
	}
}

func BenchmarkRecord(b *testing.B) {
	bench := func(name string, opts Options, f func(*Recorder)) {
		b.Run(name, func(b *testing.B) {
			var r *Recorder
			var err error
			if runtime.GOOS == "windows" {
				r, err = Stream(io.Discard, opts)
			} else {
				r, err = Create(b.TempDir(), opts)
			}
			if err != nil {
				b.Fatal(err)
			}
			defer r.Close()
			below(6, func() {
				for b.Loop() {
					f(r)
				}
			})
		})
	}
	bench("plain", Options{}, func(r *Recorder) { r.StepBegin(1) })
	bench("caused", Options{}, func(r *Recorder) { r.TaskWoken(1, trace.WakeTimer, 0) })
	bench("site", Options{Sites: true}, func(r *Recorder) { r.TaskWoken(1, trace.WakeTimer, 0) })
	bench("outside", Options{Sites: true}, func(r *Recorder) { r.Outside() })
	bench("named", Options{}, func(r *Recorder) { r.TaskNamed(1, "fetch") })
}

//go:noinline
func below(n int, f func()) {
	if n > 0 {
		below(n-1, f)
		return
	}
	f()
}

// A process that has the id of an earlier one, or whose ids are another namespace's, gets a file of
// its own.
func TestNamesAreNotUsedAgain(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no shared mappings on windows")
	}
	dir := t.TempDir()
	names := make(map[string]bool)
	for i := range 5 {
		last := producers.Load()
		r, err := Create(dir, Options{Records: 16, Strings: 4096})
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		producers.Store(last)
		found, err := filepath.Glob(filepath.Join(dir, "*"+trace.Extension))
		if err != nil || len(found) == 0 {
			t.Fatal(found, err)
		}
		for _, name := range found {
			names[name] = true
			if i%2 == 0 { // read, and removed
				if err := os.Remove(name); err != nil {
					t.Error(err)
				}
			}
		}
	}
	if len(names) != 5 {
		t.Errorf("5 recordings had %d names: %v", len(names), names)
	}
}
