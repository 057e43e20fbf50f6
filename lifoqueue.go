// SPDX-License-Identifier: Apache-2.0

package asyncio

import "github.com/gocurtain/asyncio/internal/store"

// LifoQueue is a [Queue] that gives out the youngest item first (asyncio Q4). Make one
// with [NewLifoQueue]; the zero value has no limit.
type LifoQueue[T any] struct {
	queue[T, store.LIFO[T], *store.LIFO[T]]
}

// NewLifoQueue makes a queue of at most maxsize items; zero or less means no limit.
func NewLifoQueue[T any](maxsize int) *LifoQueue[T] {
	q := &LifoQueue[T]{}
	q.maxsize = maxsize
	return q
}
