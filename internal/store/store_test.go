// SPDX-License-Identifier: Apache-2.0

package store

import (
	"slices"
	"testing"
)

type item struct{ priority, number int }

// store is what all of them are.
type store interface {
	Push(item)
	Pop() item
	Restore(item)
	Len() int
	Clear()
}

// FuzzStores compares each store with a slice that is searched.
func FuzzStores(f *testing.F) {
	f.Add([]byte{1, 1, 9, 255, 7, 0, 0, 3, 0, 1, 0, 0, 0})
	f.Add([]byte{5, 4, 3, 2, 1, 0, 0, 6, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, ops []byte) {
		byPriority := func(a, b item) int { return a.priority - b.priority }
		for name, s := range map[string]struct {
			store store
			next  func(model []item) int // which one comes out
		}{
			"fifo": {&FIFO[item]{}, func([]item) int { return 0 }},
			"lifo": {&LIFO[item]{}, func(model []item) int { return len(model) - 1 }},
			"heap": {&Heap[item]{Compare: byPriority}, func(model []item) int {
				return slices.Index(model, slices.MinFunc(model, byPriority)) // the first of equal ones
			}},
		} {
			var model []item
			for i, op := range ops {
				switch {
				case op == 255:
					s.store.Clear()
					model = nil
				case op > 0:
					s.store.Push(item{int(op % 8), i})
					model = append(model, item{int(op % 8), i})
				case len(model) > 0:
					next := s.next(model)
					if got := s.store.Pop(); got != model[next] {
						t.Fatalf("%s, step %d: Pop = %v, want %v", name, i, got, model[next])
					}
					if i%3 == 0 { // changed one's mind
						s.store.Restore(model[next])
						break
					}
					model = slices.Delete(model, next, next+1)
				}
				if got := s.store.Len(); got != len(model) {
					t.Fatalf("%s, step %d: Len = %d, want %d", name, i, got, len(model))
				}
			}
		}
	})
}

func TestPopForgetsTheItem(t *testing.T) {
	l := LIFO[*int]{}
	l.Push(new(int))
	l.Pop()
	if l.items[:1][0] != nil {
		t.Error("an item that was taken out is still held")
	}
}

func TestMemoryIsGivenBack(t *testing.T) {
	l := LIFO[int]{}
	for i := range 100 * kept {
		l.Push(i)
	}
	for i := 100*kept - 1; i >= 0; i-- {
		if got := l.Pop(); got != i {
			t.Fatalf("Pop = %d, want %d", got, i)
		}
		if c := cap(l.items); c > kept && c > 8*max(1, len(l.items)) {
			t.Fatalf("%d items keep room for %d", len(l.items), c)
		}
	}
}
