// SPDX-License-Identifier: Apache-2.0

package asynciotest

import "slices"

// This file says which steps can be exchanged. Two steps of a turn that use different things have
// the same result in both orders, so one order is enough. The technique is called sleep sets: once
// a step has been tried first at some moment, it sleeps in the runs that try another step first,
// until a step that uses one of its things has run. If everything that is ready in a run sleeps, we
// have seen such a run before. (P. Godefroid, Partial-Order Methods for the Verification of
// Concurrent Systems, 1996.)
//
// Things have numbers, given in the order of their first use in a run. Runs that begin alike agree
// on them up to where they part. After that, things with the same number in different runs are
// taken to be the same.

// everything is the number of what Uses calls 0: each step uses it.
const everything = 0

// footprint is what a step has used.
type footprint struct {
	all    bool
	things []int
}

func (f *footprint) add(thing int) {
	if thing == everything {
		f.all = true
	} else if !slices.Contains(f.things, thing) {
		f.things = append(f.things, thing)
	}
}

// sleeper is a handle that has been tried first, and what it used then.
type sleeper struct {
	handle uint64
	used   footprint
	known  int // so many things had a number at that moment
}

// minds reports whether a step of a later run cannot be exchanged with s.
func (s sleeper) minds(f footprint) bool {
	if s.used.all || f.all {
		return true
	}
	isNew := func(thing int) bool { return thing > s.known }
	for _, thing := range f.things {
		if isNew(thing) && slices.ContainsFunc(s.used.things, isNew) || slices.Contains(s.used.things, thing) {
			return true
		}
	}
	return false
}
