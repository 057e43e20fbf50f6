// SPDX-License-Identifier: Apache-2.0

// Package store has the orders in which queues give out their items: first in first out, last in
// first out, and least first. All have the same methods and an empty zero value, and give back the
// memory of a burst. None is safe for concurrent use.
package store

import "github.com/gocurtain/asyncio/internal/ring"

// kept bounds the memory that an almost empty store keeps, in items.
const kept = 1024

// FIFO gives out the oldest item first.
type FIFO[T any] struct {
	ring ring.Ring[T]
}

// Push adds an item.
func (f *FIFO[T]) Push(item T) { f.ring.Push(item) }

// Pop takes out the oldest item. There must be one.
func (f *FIFO[T]) Pop() T {
	item := f.ring.Pop()
	f.ring.Trim(kept)
	return item
}

// Restore undoes a Pop: the item is the next one again.
func (f *FIFO[T]) Restore(item T) { f.ring.PushFront(item) }

// Len is the number of items.
func (f *FIFO[T]) Len() int { return f.ring.Len() }

// Clear removes all items.
func (f *FIFO[T]) Clear() { f.ring.Clear() }

// LIFO gives out the youngest item first.
type LIFO[T any] struct {
	items []T
}

// Push adds an item.
func (l *LIFO[T]) Push(item T) { l.items = append(l.items, item) }

// Pop takes out the youngest item. There must be one.
func (l *LIFO[T]) Pop() T {
	var item T
	item, l.items = cutLast(l.items)
	return item
}

// Restore undoes a Pop: the item is the next one again.
func (l *LIFO[T]) Restore(item T) { l.Push(item) }

// Len is the number of items.
func (l *LIFO[T]) Len() int { return len(l.items) }

// Clear removes all items.
func (l *LIFO[T]) Clear() { l.items = nil }

// cutLast takes the last item off, and gives memory back if a burst has left much.
func cutLast[T any](items []T) (T, []T) {
	last := len(items) - 1
	item := items[last]
	clear(items[last:]) // what is left must not keep it alive
	items = items[:last]
	if cap(items) > kept && len(items) <= cap(items)/4 {
		items = append(make([]T, 0, cap(items)/2), items...)
	}
	return item, items
}
