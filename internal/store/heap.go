// SPDX-License-Identifier: Apache-2.0

package store

// Heap gives out the least item first, equal ones in the order in which they came in. It is a
// binary heap, ordered by the items and then by their numbers.
type Heap[T any] struct {
	// Compare is negative if a comes before b, zero if they are equal. Set it before the second
	// Push.
	Compare func(a, b T) int

	entries  []entry[T]
	pushed   int64
	restored int64
}

type entry[T any] struct {
	item   T
	number int64 // it counts up; restored ones count down
}

// Len is the number of items.
func (h *Heap[T]) Len() int { return len(h.entries) }

// Clear removes all items.
func (h *Heap[T]) Clear() { h.entries = nil }

// Push adds an item.
func (h *Heap[T]) Push(item T) {
	h.insert(entry[T]{item, h.pushed})
	h.pushed++
}

// Restore undoes a Pop: the item comes before its equals.
func (h *Heap[T]) Restore(item T) {
	h.restored--
	h.insert(entry[T]{item, h.restored})
}

func (h *Heap[T]) insert(e entry[T]) {
	h.entries = append(h.entries, e)
	for i := len(h.entries) - 1; i > 0; {
		parent := (i - 1) / 2
		if !h.before(i, parent) {
			return
		}
		h.swap(i, parent)
		i = parent
	}
}

// Pop takes out the least item. There must be one.
func (h *Heap[T]) Pop() T {
	h.swap(0, len(h.entries)-1)
	var least entry[T]
	least, h.entries = cutLast(h.entries)
	for i := 0; ; {
		child := 2*i + 1
		if child >= len(h.entries) {
			return least.item
		}
		if right := child + 1; right < len(h.entries) && h.before(right, child) {
			child = right
		}
		if !h.before(child, i) {
			return least.item
		}
		h.swap(i, child)
		i = child
	}
}

// before compares two entries by their places.
func (h *Heap[T]) before(i, j int) bool {
	a, b := &h.entries[i], &h.entries[j]
	c := h.Compare(a.item, b.item)
	return c < 0 || c == 0 && a.number < b.number
}

func (h *Heap[T]) swap(i, j int) { h.entries[i], h.entries[j] = h.entries[j], h.entries[i] }
