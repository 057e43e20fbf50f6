// SPDX-License-Identifier: Apache-2.0

// Package timerheap keeps timers in order of their deadlines, ties in order of arming. Arming costs
// O(log n), and next to nothing when deadlines come in rising order, as with equal timeouts.
// Cancelling costs O(1): the timer is only marked, and the marked ones are swept out when they
// outnumber the others.
//
// Why not a timing wheel: it would have to sort within a slot to be exact to the nanosecond, and an
// idle loop needs the earliest deadline itself, not its slot. Why not remove at once on Cancel: a
// heap entry would then have to know its position, and every move of every sift would write to a
// second place (BenchmarkArmCancel and BenchmarkRandomCancel are the measure of both).
package timerheap

import "slices"

// ID names an armed timer. The zero ID names none.
type ID struct {
	slot uint32
	seq  uint64
}

// entry is what the heap moves about: no pointers, so the collector skips it.
type entry struct {
	when int64
	seq  uint64
	slot uint32
}

func (e *entry) before(f *entry) bool {
	return e.when < f.when || e.when == f.when && e.seq < f.seq
}

// node is the payload of a timer. seq is 0 while the node is not in use, and an entry with another
// seq that still points to it is a cancelled one.
type node[T any] struct {
	seq   uint64
	value T
	fired bool   // its entry has left the heap
	free  uint32 // next free node, while not in use
}

// chunk is a block of nodes. Nodes lie in blocks that never move: a slice of a million would be
// copied, and the copies be garbage, each time it grows.
type chunk[T any] [chunkSize]node[T]

const chunkSize = 256

// sweepAt is the least number of cancelled entries that is worth a sweep.
const sweepAt = 64

// Heap is a priority queue of timers with payloads of type T. The zero value is empty and ready to
// use. It is not safe for concurrent use.
type Heap[T any] struct {
	heap  []entry
	nodes []*chunk[T]
	free  uint32 // head of the list of free nodes; valid while there is one
	used  int    // nodes in use
	armed int    // of these, the ones whose entry is in the heap
	seq   uint64
}

// Len returns the number of armed timers.
func (h *Heap[T]) Len() int { return h.armed }

// Push arms a timer that is due at when, in nanoseconds of the caller's clock.
func (h *Heap[T]) Push(when int64, value T) ID {
	h.seq++
	slot := h.take()
	n := h.node(slot)
	n.seq, n.value, n.fired = h.seq, value, false
	if len(h.heap) == cap(h.heap) {
		h.heap = slices.Grow(h.heap, max(sweepAt, len(h.heap)))
	}
	h.heap = append(h.heap, entry{when: when, seq: h.seq, slot: slot})
	h.up(len(h.heap) - 1)
	h.armed++
	return ID{slot: slot, seq: h.seq}
}

// Get returns the payload of a timer that is armed, or due and not yet taken; nil if it was taken
// or cancelled. The pointer is good until the next Push.
func (h *Heap[T]) Get(id ID) *T {
	if id.seq == 0 || int(id.slot/chunkSize) >= len(h.nodes) {
		return nil
	}
	n := h.node(id.slot)
	if n.seq != id.seq {
		return nil
	}
	return &n.value
}

// Cancel disarms a timer, even one that is due and not yet taken, and drops its payload. It reports
// whether there was something to cancel.
func (h *Heap[T]) Cancel(id ID) bool {
	if h.Get(id) == nil {
		return false
	}
	fired := h.node(id.slot).fired
	h.drop(id.slot)
	if fired {
		return true
	}
	h.armed--
	// A timer that is cancelled soon after it was armed is often the last one still: taking it off
	// the end leaves nothing to sweep.
	if last := len(h.heap) - 1; h.heap[last].seq == id.seq {
		h.heap = h.heap[:last]
	}
	if dead := len(h.heap) - h.armed; dead > sweepAt && dead > h.armed {
		h.sweep()
	}
	return true
}

// Next returns the earliest deadline; ok is false if no timer is armed.
func (h *Heap[T]) Next() (when int64, ok bool) {
	for len(h.heap) > 0 {
		if top := &h.heap[0]; h.node(top.slot).seq == top.seq {
			return top.when, true
		}
		h.pop()
	}
	return 0, false
}

// PopDue disarms the earliest timer if it is due at now or before. Its payload stays until Take or
// Cancel, so a timer can be cancelled after it came due.
func (h *Heap[T]) PopDue(now int64) (id ID, ok bool) {
	when, armed := h.Next()
	if !armed || when > now {
		return ID{}, false
	}
	top := h.heap[0]
	h.pop()
	h.node(top.slot).fired = true
	h.armed--
	return ID{slot: top.slot, seq: top.seq}, true
}

// Take removes and returns the payload of a timer that PopDue returned; ok is false if it was
// cancelled since.
func (h *Heap[T]) Take(id ID) (value T, ok bool) {
	p := h.Get(id)
	if p == nil {
		return value, false
	}
	value = *p
	h.drop(id.slot)
	return value, true
}

// Clear drops all timers and gives the memory back.
func (h *Heap[T]) Clear() {
	h.heap, h.nodes, h.used, h.armed = nil, nil, 0, 0
}

func (h *Heap[T]) take() uint32 {
	if h.used == chunkSize*len(h.nodes) {
		h.addChunk()
	}
	h.used++
	slot := h.free
	h.free = h.node(slot).free
	return slot
}

// addChunk adds free nodes when there are none.
func (h *Heap[T]) addChunk() {
	first := uint32(chunkSize * len(h.nodes))
	c := new(chunk[T])
	for i := range c {
		c[i].free = first + uint32(i) + 1
	}
	h.nodes = append(h.nodes, c)
	h.free = first
}

func (h *Heap[T]) node(slot uint32) *node[T] {
	return &h.nodes[slot/chunkSize][slot%chunkSize]
}

func (h *Heap[T]) drop(slot uint32) {
	*h.node(slot) = node[T]{free: h.free}
	h.free = slot
	h.used--
}

func (h *Heap[T]) pop() {
	last := len(h.heap) - 1
	h.heap[0] = h.heap[last]
	h.heap = h.heap[:last]
	if last > 0 {
		h.down(0)
	}
}

// sweep throws the cancelled entries out and rebuilds the heap in O(n). There have been at least as
// many cancels as living entries that it visits, so a cancel still costs O(1) on average. It also
// gives back the memory of a burst.
func (h *Heap[T]) sweep() {
	kept := h.heap[:0]
	for _, e := range h.heap {
		if h.node(e.slot).seq == e.seq {
			kept = append(kept, e)
		}
	}
	h.heap = kept
	if h.used == 0 {
		h.Clear()
		return
	}
	if cap(h.heap) > 1024 && len(h.heap) < cap(h.heap)/4 {
		h.heap = append(make([]entry, 0, 2*len(h.heap)), h.heap...)
	}
	for i := (len(h.heap) - 2) / arity; i >= 0; i-- {
		h.down(i)
	}
}

// arity 4 halves the levels of a binary heap, and the four children of an entry lie side by side.
const arity = 4

func (h *Heap[T]) up(i int) {
	e := h.heap[i]
	for i > 0 {
		parent := (i - 1) / arity
		if !e.before(&h.heap[parent]) {
			break
		}
		h.heap[i] = h.heap[parent]
		i = parent
	}
	h.heap[i] = e
}

func (h *Heap[T]) down(i int) {
	e := h.heap[i]
	for {
		first := arity*i + 1
		if first >= len(h.heap) {
			break
		}
		least := first
		for c := first + 1; c < min(first+arity, len(h.heap)); c++ {
			if h.heap[c].before(&h.heap[least]) {
				least = c
			}
		}
		if !h.heap[least].before(&e) {
			break
		}
		h.heap[i] = h.heap[least]
		i = least
	}
	h.heap[i] = e
}
