// SPDX-License-Identifier: Apache-2.0

// Package ring is the loop's ready queue: a FIFO that grows, and in which an element is found by
// the number that Push gave it.
package ring

// minSize is the first capacity; a power of two, as all later ones are.
const minSize = 64

// Ring is a FIFO queue. The zero value is empty and ready to use. It is not safe for concurrent
// use.
type Ring[T any] struct {
	buf  []T
	head uint64 // number of the oldest element
	tail uint64 // number the next element will get
}

// Len returns the number of elements.
func (r *Ring[T]) Len() int { return int(r.tail - r.head) }

// Push appends v and returns its number. Numbers count from 0 and are never reused.
func (r *Ring[T]) Push(v T) uint64 {
	if r.tail-r.head == uint64(len(r.buf)) {
		r.grow()
	}
	n := r.tail
	r.buf[n&uint64(len(r.buf)-1)] = v
	r.tail = n + 1
	return n
}

// PushFront puts back what Pop has removed, as the oldest element, with its old number.
func (r *Ring[T]) PushFront(v T) {
	if r.tail-r.head == uint64(len(r.buf)) {
		r.grow()
	}
	r.head--
	r.buf[r.head&uint64(len(r.buf)-1)] = v
}

// Pop removes and returns the oldest element. The ring must not be empty.
func (r *Ring[T]) Pop() T {
	slot := &r.buf[r.head&uint64(len(r.buf)-1)]
	v := *slot
	// The slot must not keep what v points to alive.
	var zero T
	*slot = zero
	r.head++
	return v
}

// First returns the oldest element. The ring must not be empty.
func (r *Ring[T]) First() *T { return &r.buf[r.head&uint64(len(r.buf)-1)] }

// Head returns the number of the oldest element, or, if there is none, of the next one to be
// pushed.
func (r *Ring[T]) Head() uint64 { return r.head }

// At returns the element with number n, or nil if it has been popped. The pointer is good until the
// next Push.
func (r *Ring[T]) At(n uint64) *T {
	if n < r.head || n >= r.tail {
		return nil
	}
	return &r.buf[n&uint64(len(r.buf)-1)]
}

// Trim gives back the memory of an empty ring that has grown beyond size elements.
func (r *Ring[T]) Trim(size int) {
	if len(r.buf) > size && r.Len() == 0 {
		r.Clear()
	}
}

// Clear removes all elements and gives the memory back.
func (r *Ring[T]) Clear() {
	r.buf = nil
	r.head = r.tail
}

func (r *Ring[T]) grow() {
	size := max(minSize, 2*len(r.buf))
	buf := make([]T, size)
	for n := r.head; n != r.tail; n++ {
		buf[n&uint64(size-1)] = r.buf[n&uint64(len(r.buf)-1)]
	}
	r.buf = buf
}
