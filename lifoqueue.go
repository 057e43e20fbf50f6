// SPDX-License-Identifier: Apache-2.0

package asyncio

import "github.com/gocurtain/asyncio/internal/store"

// LIFOQueue is a [Queue] that gives out the youngest item first (asyncio Q4). Make one with
// [NewLIFOQueue]; the zero value has no limit.
type LIFOQueue[T any] struct {
	queue[T, store.LIFO[T], *store.LIFO[T]]
}

// NewLIFOQueue makes a queue of at most maxsize items; zero or less means no limit.
func NewLIFOQueue[T any](maxsize int) *LIFOQueue[T] {
	q := &LIFOQueue[T]{}
	q.maxsize = maxsize
	return q
}
