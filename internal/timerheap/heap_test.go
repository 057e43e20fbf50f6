// SPDX-License-Identifier: Apache-2.0

package timerheap

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// popDue is PopDue and Take in one.
func popDue(h *Heap[int], now int64) (int, bool) {
	id, ok := h.PopDue(now)
	if !ok {
		return 0, false
	}
	return h.Take(id)
}

func drain(h *Heap[int]) (values []int) {
	for {
		v, ok := popDue(h, 1<<62)
		if !ok {
			return values
		}
		values = append(values, v)
	}
}

func TestEqualDeadlinesAreFIFO(t *testing.T) {
	var h Heap[int]
	for i := range 100 {
		h.Push(7, i)
	}
	for i, v := range drain(&h) {
		if v != i {
			t.Fatalf("timer %d fired in place %d", v, i)
		}
	}
}

func TestOrderByDeadline(t *testing.T) {
	var h Heap[int]
	for _, i := range rand.Perm(1000) {
		h.Push(int64(i), i)
	}
	if got := drain(&h); !slices.IsSorted(got) || len(got) != 1000 {
		t.Fatalf("fired %d timers, in order: %v", len(got), slices.IsSorted(got))
	}
}

func TestPopDueLeavesTheFuture(t *testing.T) {
	var h Heap[int]
	h.Push(10, 1)
	h.Push(11, 2)
	if _, ok := popDue(&h, 9); ok {
		t.Fatal("fired early")
	}
	if v, ok := popDue(&h, 10); !ok || v != 1 {
		t.Fatalf("PopDue(10) = %d, %v", v, ok)
	}
	if _, ok := popDue(&h, 10); ok {
		t.Fatal("the second fired early")
	}
	if when, ok := h.Next(); !ok || when != 11 {
		t.Fatalf("Next = %d, %v", when, ok)
	}
}

func TestCancel(t *testing.T) {
	var h Heap[int]
	a, b, c := h.Push(1, 1), h.Push(2, 2), h.Push(3, 3)
	if !h.Cancel(b) || h.Cancel(b) {
		t.Fatal("Cancel must report true once")
	}
	if h.Len() != 2 {
		t.Fatalf("Len = %d, want 2", h.Len())
	}
	if got := drain(&h); !slices.Equal(got, []int{1, 3}) {
		t.Fatalf("fired %v", got)
	}
	for _, id := range []ID{a, b, c, {}} {
		if h.Cancel(id) || h.Get(id) != nil {
			t.Fatalf("%v is still armed", id)
		}
	}
}

func TestIDOfReusedSlot(t *testing.T) {
	var h Heap[int]
	old := h.Push(1, 1)
	h.Cancel(old)
	h.Push(1, 2)
	if h.Cancel(old) {
		t.Fatal("a stale id cancelled the timer that took its slot")
	}
	h.Clear()
	h.Push(1, 3)
	if h.Cancel(old) || h.Len() != 1 {
		t.Fatal("a stale id survived Clear")
	}
}

func TestCancelAfterDue(t *testing.T) {
	var h Heap[int]
	h.Push(1, 1)
	h.Push(1, 2)
	first, _ := h.PopDue(1)
	second, _ := h.PopDue(1)
	if h.Len() != 0 {
		t.Fatalf("Len = %d with both due", h.Len())
	}
	if !h.Cancel(second) {
		t.Fatal("a due timer could not be cancelled")
	}
	if _, ok := h.Take(second); ok {
		t.Fatal("took a cancelled timer")
	}
	if v, ok := h.Take(first); !ok || v != 1 {
		t.Fatalf("Take = %d, %v", v, ok)
	}
	if h.Cancel(first) {
		t.Fatal("cancelled a timer that was taken")
	}
}

func TestSweepBoundsMemory(t *testing.T) {
	var h Heap[int]
	h.Push(1<<40, -1)
	for i := range 100_000 {
		a := h.Push(int64(1<<20+i), i)
		h.Push(int64(i), i)
		popDue(&h, int64(i))
		h.Cancel(a)
		if len(h.heap) > 4*sweepAt || len(h.nodes) > 1 {
			t.Fatalf("after %d rounds: %d entries, %d chunks for 1 timer", i, len(h.heap), len(h.nodes))
		}
	}
}

type modelTimer struct {
	id    ID
	when  int64
	value int
}

func FuzzHeap(f *testing.F) {
	f.Add([]byte("0918273645"))
	f.Add([]byte{0, 3, 0, 2, 1, 0, 2, 9, 1, 1})
	f.Fuzz(func(t *testing.T, ops []byte) {
		var h Heap[int]
		var model []modelTimer
		for i := 0; i+1 < len(ops); i += 2 {
			op, arg := ops[i], ops[i+1]
			switch {
			case op < 120:
				when := int64(arg)
				model = append(model, modelTimer{h.Push(when, i), when, i})
			case op < 200 && len(model) > 0:
				k := int(arg) % len(model)
				if !h.Cancel(model[k].id) {
					t.Fatalf("op %d: Cancel of an armed timer failed", i)
				}
				model = slices.Delete(model, k, k+1)
			default:
				popDueLikeModel(t, &h, &model, int64(arg))
			}
			if h.Len() != len(model) {
				t.Fatalf("op %d: Len = %d, want %d", i, h.Len(), len(model))
			}
		}
		popDueLikeModel(t, &h, &model, 255)
	})
}

// popDueLikeModel drains both up to now and compares; the model is a stable sort.
func popDueLikeModel(t *testing.T, h *Heap[int], model *[]modelTimer, now int64) {
	t.Helper()
	slices.SortStableFunc(*model, func(a, b modelTimer) int { return cmp.Compare(a.when, b.when) })
	for len(*model) > 0 && (*model)[0].when <= now {
		if v, ok := popDue(h, now); !ok || v != (*model)[0].value {
			t.Fatalf("PopDue(%d) = %d, %v; want %d", now, v, ok, (*model)[0].value)
		}
		*model = (*model)[1:]
	}
	if v, ok := popDue(h, now); ok {
		t.Fatalf("PopDue(%d) = %d; want none", now, v)
	}
}

func BenchmarkArmCancel(b *testing.B) {
	for _, n := range []int{1000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var h Heap[int]
			for i := range n {
				h.Push(int64(i), i)
			}
			when := int64(n)
			for b.Loop() {
				when++
				h.Cancel(h.Push(when, 0))
			}
		})
	}
}

// BenchmarkRandomCancel cancels a random timer of n and arms another one.
func BenchmarkRandomCancel(b *testing.B) {
	for _, n := range []int{1000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			var h Heap[int]
			ids := make([]ID, n)
			for i := range ids {
				ids[i] = h.Push(rand.Int64N(1<<40), i)
			}
			for b.Loop() {
				k := rand.IntN(n)
				h.Cancel(ids[k])
				ids[k] = h.Push(rand.Int64N(1<<40), k)
			}
		})
	}
}
