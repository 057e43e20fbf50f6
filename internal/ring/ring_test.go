// SPDX-License-Identifier: Apache-2.0

package ring

import (
	"testing"
)

func TestOrderAcrossGrowth(t *testing.T) {
	var r Ring[int]
	next := 0
	for i := range 1000 {
		if n := r.Push(i); n != uint64(i) {
			t.Fatalf("Push(%d) got number %d", i, n)
		}
		// Popping every third time makes the ring wrap while it grows.
		if i%3 == 0 {
			if got := r.Pop(); got != next {
				t.Fatalf("Pop = %d, want %d", got, next)
			}
			next++
		}
	}
	for ; r.Len() > 0; next++ {
		if got := r.Pop(); got != next {
			t.Fatalf("Pop = %d, want %d", got, next)
		}
	}
	if next != 1000 {
		t.Fatalf("popped %d elements, want 1000", next)
	}
}

func TestAt(t *testing.T) {
	var r Ring[string]
	a, b := r.Push("a"), r.Push("b")
	if got := r.At(b); got == nil || *got != "b" {
		t.Fatalf("At(b) = %v", got)
	}
	r.Pop()
	if got := r.At(a); got != nil {
		t.Errorf("At of a popped element = %q, want nil", *got)
	}
	if got := r.At(b + 1); got != nil {
		t.Errorf("At of a number never given = %q, want nil", *got)
	}
}

func TestClearKeepsNumbers(t *testing.T) {
	var r Ring[int]
	first := r.Push(1)
	r.Clear()
	if r.Len() != 0 || r.At(first) != nil {
		t.Fatal("Clear left something behind")
	}
	if second := r.Push(2); second == first {
		t.Fatal("a number was reused after Clear")
	}
	if got := r.Pop(); got != 2 {
		t.Fatalf("Pop = %d, want 2", got)
	}
}

func TestPushFront(t *testing.T) {
	var r Ring[int]
	for i := range minSize {
		r.Push(i)
	}
	first := r.Pop()
	n := r.Push(minSize) // the ring is full, and has wrapped
	r.PushFront(first)
	equal := func(what string, got, want int) {
		if got != want {
			t.Errorf("%s = %d, want %d", what, got, want)
		}
	}
	equal("number of the last one", int(n), minSize)
	equal("element 0", *r.At(0), 0)
	equal("the last one", *r.At(n), minSize)
	for i := range minSize + 1 {
		equal("Pop", r.Pop(), i)
	}
	r.PushFront(7) // an empty ring
	equal("Pop", r.Pop(), 7)
}

func TestTrim(t *testing.T) {
	var r Ring[int]
	for i := range 1000 {
		r.Push(i)
	}
	r.Trim(100)
	if r.Len() != 1000 {
		t.Fatal("Trim took elements away")
	}
	for range 1000 {
		r.Pop()
	}
	r.Trim(2000)
	if r.buf == nil {
		t.Fatal("Trim took a ring that may stay")
	}
	r.Trim(100)
	if r.buf != nil {
		t.Fatal("Trim left a large ring")
	}
	if n := r.Push(1); n != 1000 || r.Pop() != 1 {
		t.Fatal("the ring does not go on after Trim")
	}
}

func TestPopReleasesElement(t *testing.T) {
	var r Ring[*int]
	r.Push(new(int))
	r.Pop()
	for i, p := range r.buf {
		if p != nil {
			t.Fatalf("slot %d still holds a pointer", i)
		}
	}
}

func FuzzRing(f *testing.F) {
	f.Add([]byte{1, 1, 0, 1, 0, 0, 2, 1})
	f.Fuzz(func(t *testing.T, ops []byte) {
		var r Ring[int]
		var model []int
		for i, op := range ops {
			switch op % 3 {
			case 0:
				if len(model) > 0 {
					if got := r.Pop(); got != model[0] {
						t.Fatalf("step %d: Pop = %d, want %d", i, got, model[0])
					}
					model = model[1:]
				}
			case 1:
				r.Push(i)
				model = append(model, i)
			case 2:
				r.Clear()
				model = nil
			}
			if r.Len() != len(model) {
				t.Fatalf("step %d: Len = %d, want %d", i, r.Len(), len(model))
			}
		}
	})
}

func BenchmarkPushPop(b *testing.B) {
	var r Ring[[3]uintptr]
	for b.Loop() {
		r.Push([3]uintptr{})
		r.Pop()
	}
}
