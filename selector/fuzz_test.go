// SPDX-License-Identifier: Apache-2.0

//go:build linux

package selector_test

import (
	"errors"
	"io/fs"
	"maps"
	"testing"

	"github.com/gocurtain/asyncio/internal/sys"
	"github.com/gocurtain/asyncio/selector"
)

// FuzzSelector runs a random program on pipes through every selector of Linux and compares errors
// and events with a model. Each operation is two bytes: what to do, and an [operand]. It is for
// Linux only, because the model knows what Linux reports in the wrong direction of a pipe.
func FuzzSelector(f *testing.F) {
	f.Add([]byte{opRegister, 0x10, opWrite, 0, opWait, 0, opRead, 0, opWait, 0})
	f.Add([]byte{opRegister, 0x30, opRegister, 0x38, opWait, 0, opClose, 0x08, opWait, 0, opClose, 0, opReopen, 0, opRegister, 0x10, opWait, 0})
	f.Add([]byte{opRegister, 0x3b, opClose, 0x83, opModify, 0x1b, opWait, 0, opModify, 0x2b, opUnregister, 0x0b, opUnregister, 0x0b})
	f.Fuzz(func(t *testing.T, program []byte) {
		const longest = 200
		for _, name := range selector.Names() {
			m := newMachine(t, name)
			for i := 0; i+1 < min(len(program), longest); i += 2 {
				m.step(program[i], operand(program[i+1]))
			}
			m.step(opWait, 0)
			m.stop()
		}
	})
}

// The operations of a program.
const (
	opRegister = iota
	opModify
	opUnregister
	opWrite
	opRead
	opClose
	opReopen
	opWait
	operations
)

// operand is an operation's second byte, from the lowest bit: three bits for the pipe, one for its
// end (0 reads, 1 writes), two for events, one unused, and one that makes close come before
// unregister.
type operand byte

func (o operand) pipe() int               { return int(o & 7) }
func (o operand) end() int                { return int(o >> 3 & 1) }
func (o operand) events() selector.Events { return selector.Events(o >> 4 & 3) }
func (o operand) closeFirst() bool        { return o>>7 == 1 }

// machine is a selector and the model of it.
type machine struct {
	t     *testing.T
	s     selector.Selector
	pipes [8]pipe
}

// pipe is the model of a pipe: both its ends, and the bytes it holds.
type pipe struct {
	ends  [2]end
	bytes int
}

type end struct {
	fd       int
	open     bool
	interest selector.Events // Empty while it is not registered.
}

func newMachine(t *testing.T, name string) *machine {
	s, err := selector.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	m := &machine{t: t, s: s}
	for i := range m.pipes {
		m.reopen(&m.pipes[i])
	}
	return m
}

func (m *machine) stop() {
	for i := range m.pipes {
		for e := range m.pipes[i].ends {
			if end := &m.pipes[i].ends[e]; end.open {
				m.want("close", sys.Close(end.fd), nil)
			}
		}
	}
	m.want("close the selector", m.s.Close(), nil)
}

func (m *machine) step(op byte, o operand) {
	p := &m.pipes[o.pipe()]
	end := &p.ends[o.end()]
	switch op % operations {
	case opRegister:
		m.register(end, o.events())
	case opModify:
		m.modify(end, o.events())
	case opUnregister:
		m.unregister(end)
	case opWrite:
		m.write(p)
	case opRead:
		m.read(p)
	case opClose:
		m.close(end, o.closeFirst())
	case opReopen:
		m.reopen(p)
	case opWait:
		m.wait()
	}
}

func (m *machine) register(e *end, events selector.Events) {
	if !e.open {
		return
	}
	err := m.s.Register(e.fd, events, e)
	switch {
	case e.interest != 0:
		m.want("register", err, fs.ErrExist)
	case events == 0:
		m.want("register", err, fs.ErrInvalid)
	default:
		m.want("register", err, nil)
		e.interest = events
	}
}

func (m *machine) modify(e *end, events selector.Events) {
	if !e.open {
		return
	}
	err := m.s.Modify(e.fd, events, e)
	switch {
	case e.interest == 0:
		m.want("modify", err, fs.ErrNotExist)
	case events == 0:
		m.want("modify", err, fs.ErrInvalid)
	default:
		m.want("modify", err, nil)
		e.interest = events
	}
}

func (m *machine) unregister(e *end) {
	if !e.open {
		return // Its number may be another's by now.
	}
	var want error
	if e.interest == 0 {
		want = fs.ErrNotExist
	}
	m.want("unregister", m.s.Unregister(e.fd), want)
	e.interest = 0
}

func (m *machine) write(p *pipe) {
	const room = 1000 // Far from full, so that a write end is always writable.
	if !p.ends[0].open || !p.ends[1].open || p.bytes == room {
		return
	}
	_, err := sys.TryWrite(p.ends[1].fd, []byte{1})
	m.want("write", err, nil)
	p.bytes++
}

func (m *machine) read(p *pipe) {
	if !p.ends[0].open || p.bytes == 0 {
		return
	}
	_, err := sys.TryRead(p.ends[0].fd, make([]byte, 1))
	m.want("read", err, nil)
	p.bytes--
}

func (m *machine) close(e *end, closeFirst bool) {
	if !e.open {
		return
	}
	registered := e.interest != 0
	if registered && !closeFirst {
		m.want("unregister", m.s.Unregister(e.fd), nil)
	}
	m.want("close", sys.Close(e.fd), nil)
	if registered && closeFirst {
		m.want("unregister after close", m.s.Unregister(e.fd), nil)
	}
	*e = end{}
}

// reopen makes a new pipe if both ends are closed.
func (m *machine) reopen(p *pipe) {
	if p.ends[0].open || p.ends[1].open {
		return
	}
	in, out, err := sys.Pipe()
	if err != nil {
		m.t.Fatal(err)
	}
	*p = pipe{ends: [2]end{{fd: in, open: true}, {fd: out, open: true}}}
}

func (m *machine) wait() {
	events, err := m.s.Wait(0, nil)
	m.want("wait", err, nil)
	got, want := map[int]selector.Events{}, map[int]selector.Events{}
	for _, e := range events {
		got[e.Key.FD] = e.Ready
		if owner := e.Key.Data.(*end); owner.fd != e.Key.FD || owner.interest != e.Key.Events {
			m.t.Errorf("%s: key %v is not that of %+v", m.s.Name(), e.Key, *owner)
		}
	}
	for i := range m.pipes {
		p := &m.pipes[i]
		for side := range p.ends {
			if ready := m.ready(p, side); ready != 0 {
				want[p.ends[side].fd] = ready
			}
		}
	}
	if !maps.Equal(got, want) {
		m.t.Errorf("%s: events %v, want %v", m.s.Name(), got, want)
	}
}

// ready is what Linux reports of an end (pipe(7), poll(2)).
func (m *machine) ready(p *pipe, side int) selector.Events {
	const both = selector.Readable | selector.Writable
	var ready selector.Events
	switch other := p.ends[1-side]; {
	case side == 1 && other.open:
		ready = selector.Writable
	case side == 1: // An error.
		ready = both
	case !other.open && m.s.Name() != "select": // A hang-up.
		ready = both
	case !other.open || p.bytes > 0:
		ready = selector.Readable
	}
	return ready & p.ends[side].interest
}

func (m *machine) want(what string, got, want error) {
	m.t.Helper()
	if !errors.Is(got, want) {
		m.t.Fatalf("%s: %s: error is %v, want %v", m.s.Name(), what, got, want)
	}
}
