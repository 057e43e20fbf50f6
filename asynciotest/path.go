// SPDX-License-Identifier: Apache-2.0

package asynciotest

import (
	"runtime"
	"slices"

	"github.com/gocurtain/asyncio"
)

// ending is why a run of an exploration was cut short.
type ending uint8

const (
	ran     ending = iota // it was not
	seen                  // the rest would have the same result as another run
	tooLong               // more steps than are allowed
	unfit                 // it cannot make the choices that it is to make
)

// branch is the way that a run takes: the same as another run up to one moment, there another
// choice, and from there on the usual order.
type branch struct {
	trunk  schedule // may be longer than at
	at     int      // -1 for the first run
	index  uint16
	print  uint64 // the fingerprint of what has happened before
	moment *moment
}

// choice returns what to choose at the nth moment; ok is false if the run may choose freely.
func (b *branch) choice(n int) (index uint16, ok bool) {
	switch {
	case n < b.at:
		return b.trunk[n], true
	case n == b.at:
		return b.index, true
	}
	return 0, false
}

// schedule is all that b says.
func (b *branch) schedule() schedule {
	if b.at < 0 {
		return nil
	}
	return append(slices.Clone(b.trunk[:b.at]), b.index)
}

// moment is where runs part, and what the first of them found there.
type moment struct {
	asleep []sleeper // when the first of them came there
	tried  []sleeper // the steps that they have gone on with
}

// fork is a moment where a run was free to choose, and what it has not chosen.
type fork struct {
	at     int
	others []uint16
	print  uint64
	moment *moment // nil without Reduce
}

// path is the order of one run: it goes where its branch leads, then takes the first handle that
// does not sleep, and notes what else there was.
type path struct {
	branch branch
	limit  int // of steps
	turns  bool
	reduce bool
	tell   func(n int) // if not nil, is told of each choice that is not as usual: one of n

	made  schedule
	forks []fork
	steps int
	end   ending
	print uint64

	// With reduce.
	things  map[uint64]int // the numbers of the things used so far
	asleep  []sleeper
	step    sleeper // the one that runs
	stepAt  *moment // where it was chosen, if others are to be chosen there
	inSteps bool
}

// Next implements [asyncio.Order].
func (p *path) Next(ready []asyncio.Choice) int {
	if p.end != ran {
		return p.closing()
	}
	if p.turns {
		ready = ready[:ofThisTurn(ready)]
	}
	if p.reduce {
		p.stepOver()
	}
	p.steps++
	if p.steps > p.limit {
		p.end = tooLong
		return -1
	}
	index := p.choose(ready)
	if index < 0 {
		return -1
	}
	if p.reduce {
		p.stepBegins(ready[index])
	}
	return index
}

// closing is Next while the loop is being closed, after the end. Tasks that go on forever although
// they are cancelled are left where they are.
func (p *path) closing() int {
	p.steps++
	if p.steps > 2*p.limit {
		runtime.Goexit()
	}
	return 0
}

// choose returns an index, or -1 with p.end set.
func (p *path) choose(ready []asyncio.Choice) int {
	if len(ready) == 1 {
		if p.sleeps(ready[0]) {
			p.end = seen
			return -1
		}
		return 0
	}
	n := len(p.made)
	p.mix(ready)
	index, ok := p.branch.choice(n)
	switch {
	case !ok:
		return p.chooseFreely(ready)
	case int(index) >= len(ready), n == p.branch.at && p.branch.print != 0 && p.branch.print != p.print:
		p.end = unfit
		return -1
	case n == p.branch.at && p.branch.moment != nil:
		p.stepAt = p.branch.moment
		p.asleep = slices.Concat(p.stepAt.asleep, p.stepAt.tried)
	}
	return p.take(int(index), len(ready))
}

// take notes a choice among n handles.
func (p *path) take(index, n int) int {
	p.made = append(p.made, uint16(index))
	if index != 0 && p.tell != nil {
		p.tell(n)
	}
	return index
}

func (p *path) chooseFreely(ready []asyncio.Choice) int {
	var awake []uint16
	for i, r := range ready {
		if !p.sleeps(r) {
			awake = append(awake, uint16(i))
		}
	}
	if awake == nil {
		p.end = seen
		return -1
	}
	if len(awake) > 1 {
		f := fork{at: len(p.made), others: awake[1:], print: p.print}
		if p.reduce {
			f.moment = &moment{asleep: slices.Clone(p.asleep)}
			p.stepAt = f.moment
		}
		p.forks = append(p.forks, f)
	}
	return p.take(int(awake[0]), len(ready))
}

// mix makes what is ready part of the fingerprint, which shows when a body does not do the same
// again.
func (p *path) mix(ready []asyncio.Choice) {
	h := p.print ^ uint64(p.steps)
	for _, r := range ready {
		h = (h ^ r.Number) * 0x100000001b3
		if r.Task != 0 {
			h = ^h
		}
	}
	p.print = h | 1
}

func (p *path) sleeps(r asyncio.Choice) bool {
	return slices.ContainsFunc(p.asleep, func(s sleeper) bool { return s.handle == r.Number })
}

// number returns the number of a thing in this run.
func (p *path) number(object uint64) int {
	if object == 0 {
		return everything
	}
	thing, ok := p.things[object]
	if !ok {
		thing = len(p.things) + 1
		p.things[object] = thing
	}
	return thing
}

// Uses implements [asyncio.Order].
func (p *path) Uses(object uint64) {
	if p.reduce && p.inSteps {
		p.step.used.add(p.number(object))
	}
}

func (p *path) stepBegins(r asyncio.Choice) {
	p.inSteps = true
	p.step = sleeper{handle: r.Number, known: len(p.things)}
	if r.Task != 0 {
		p.step.used.add(p.number(r.Task))
	}
}

// stepOver ends the sleep of the handles that the step has woken, and notes that the step was
// tried.
func (p *path) stepOver() {
	if !p.inSteps {
		return
	}
	p.inSteps = false
	p.asleep = slices.DeleteFunc(p.asleep, func(s sleeper) bool { return s.minds(p.step.used) })
	if p.stepAt != nil {
		p.stepAt.tried = append(p.stepAt.tried, p.step)
		p.stepAt = nil
	}
}
