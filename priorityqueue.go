// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"cmp"

	"github.com/gocurtain/asyncio/internal/store"
)

// PriorityQueue is a [Queue] that gives out the least item first, equal ones in the order they were
// put (asyncio Q4). Make one with [NewPriorityQueue] or [NewPriorityQueueFunc].
type PriorityQueue[T any] struct {
	queue[T, store.Heap[T], *store.Heap[T]]
}

// NewPriorityQueue makes a queue of at most maxsize items; zero or less means no limit.
func NewPriorityQueue[T cmp.Ordered](maxsize int) *PriorityQueue[T] {
	return NewPriorityQueueFunc(maxsize, cmp.Compare[T])
}

// NewPriorityQueueFunc is NewPriorityQueue with the order of compare, which must not be nil.
// compare returns a negative number if a comes before b, and zero if they are equal.
func NewPriorityQueueFunc[T any](maxsize int, compare func(a, b T) int) *PriorityQueue[T] {
	if compare == nil {
		panic(opError("NewPriorityQueueFunc", errNilCallback))
	}
	q := &PriorityQueue[T]{}
	q.maxsize = maxsize
	q.items.Compare = compare
	return q
}
