// SPDX-License-Identifier: Apache-2.0

package session

import (
	"errors"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gocurtain/asyncio/trace"
	"github.com/gocurtain/asyncio/trace/model"
)

// turns is an output that counts turns of loops: those that are wanted, and all.
type turns struct {
	program      *model.Program
	wanted, all  int
	keeps        bool
	closed       int
	flush, close error
}

func (c *turns) Recording(producer trace.Producer, names trace.Names) *model.Recording {
	return c.program.Recording(producer, names, c)
}

func (c *turns) Begins(a model.Activity) {
	if _, ok := a.(*model.Turn); ok {
		c.all++
		if c.keeps {
			c.wanted++
		}
	}
}

func (c *turns) Ends(model.Activity)   {}
func (c *turns) Happens(model.Event)   {}
func (c *turns) Linked(l model.Link)   {}
func (c *turns) Keep()                 { c.keeps = true }
func (c *turns) Flush() error          { return c.flush }
func (c *turns) Close() (err error)    { c.closed++; return c.close }
func (c *turns) open() (Output, error) { return c, nil }

// record makes a recording with turns at some times.
func record(t *testing.T, dir string, times ...uint64) {
	t.Helper()
	ring, err := trace.CreateRing(filepath.Join(dir, "r"+trace.Extension), trace.Producer{PID: 7, ID: 1, Start: 1}, trace.RingOptions{Records: 64, Strings: 4096})
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range times {
		ring.Append(trace.Record{Time: at, Kind: trace.KindTurnBegin})
	}
	if err := ring.Close(); err != nil {
		t.Fatal(err)
	}
}

// An analysis is an output as a file is.
func TestAnalysisIsAnOutput(t *testing.T) {
	dir := t.TempDir()
	record(t, dir, 10, 20, 30)
	c := &turns{program: model.NewProgram()}
	s := Start(dir, Options{Open: c.open})
	s.End()
	<-s.Done()
	if c.wanted != 3 || c.closed != 1 {
		t.Errorf("%d turns, closed %d times; want 3, once", c.wanted, c.closed)
	}
	if sum := s.Sum(); sum.Events != 3 || sum.Threads != 1 || sum.Loops != 0 || sum.Err != nil || len(sum.Damaged) > 0 {
		t.Errorf("the sum is %+v", sum)
	}
}

// What is older than the last part is told, but not wanted.
func TestOutputKeepsTheLastPart(t *testing.T) {
	c := &turns{program: model.NewProgram()}
	r := newReader(Options{Open: c.open, Last: 10}, new(atomic.Bool))
	dir := t.TempDir()
	record(t, dir)
	ring, err := trace.Follow(filepath.Join(dir, "r"+trace.Extension))
	if err != nil {
		t.Fatal(err)
	}
	of := &recording{ring: ring}
	for _, at := range []uint64{10, 100, 105} {
		r.take(batch{of: of, recs: []trace.Record{{Time: at, Kind: trace.KindTurnBegin}}})
	}
	r.take(batch{of: of, last: true})
	r.close()
	if c.all != 3 || c.wanted != 2 || r.sum.Events != 2 {
		t.Errorf("%d turns, %d wanted, %d events; want 3, 2, 2", c.all, c.wanted, r.sum.Events)
	}
}

// Why an output cannot be written is said once, and the programs are followed on.
func TestOutputFails(t *testing.T) {
	full := errors.New("full")
	for name, open := range map[string]func() (Output, error){
		"open":  func() (Output, error) { return nil, full },
		"close": (&turns{program: model.NewProgram(), close: full}).open,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			record(t, dir, 10, 20)
			var said []error
			s := Start(dir, Options{Open: open, Failed: func(err error) { said = append(said, err) }, Last: time.Hour})
			s.End()
			<-s.Done()
			if len(said) != 1 || !errors.Is(said[0], full) || !errors.Is(s.Sum().Err, full) {
				t.Errorf("said %v, the sum has %v", said, s.Sum().Err)
			}
			if sum := s.Sum(); sum.Threads != 1 {
				t.Errorf("%d threads were followed, want 1", sum.Threads)
			}
		})
	}
}

// Nothing is opened if nothing is recorded.
func TestNothingIsOpened(t *testing.T) {
	s := Start(t.TempDir(), Options{Open: func() (Output, error) { t.Error("opened"); return nil, errors.New("opened") }})
	s.End()
	<-s.Done()
}
