// SPDX-License-Identifier: Apache-2.0

package trace

import (
	"encoding/binary"
	"errors"
	"os"
	"testing"
)

// grownRing is a ring of 16 records that another program has made larger.
type grownRing struct {
	file *os.File
	h    header
	n    uint64
}

// growRing copies the records of a ring into one of so many at the end of the file.
func growRing(t *testing.T, r *Ring, path string, capacity uint64) *grownRing {
	t.Helper()
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	g := &grownRing{file: file, h: r.header, n: r.n}
	block := r.header.size()
	g.h.ring, g.h.capacity, g.h.first = block+sizeLayout, capacity, max(r.n, r.mask+1)-r.mask-1
	g.write(t, g.h.layout(), block)
	for i := g.h.first; i < r.n; i++ {
		g.write(t, r.slots[(i&r.mask)*RecordSize:][:RecordSize], g.slot(i))
	}
	g.write(t, make([]byte, RecordSize), g.slot(capacity-1))
	g.write(t, binary.LittleEndian.AppendUint64(nil, block), offLayout)
	return g
}

func (g *grownRing) slot(i uint64) uint64 { return g.h.ring + i&(g.h.capacity-1)*RecordSize }

func (g *grownRing) write(t *testing.T, b []byte, at uint64) {
	t.Helper()
	if _, err := g.file.WriteAt(b, int64(at)); err != nil {
		t.Fatal(err)
	}
}

func (g *grownRing) append(t *testing.T, rec Record) {
	t.Helper()
	var b [RecordSize]byte
	rec.put(&b)
	g.write(t, b[:], g.slot(g.n))
	g.n++
	g.write(t, binary.LittleEndian.AppendUint64(nil, g.n), offHead)
}

// A reader goes on in a ring that grows, and one that comes later finds what was kept.
func TestRingGrows(t *testing.T) {
	r, path := newTestRing(t, 16, 0)
	s := follower(t, path)
	read := make([]Record, 100)
	for i := range 12 {
		r.Append(numbered(i))
	}
	if n, err := s.Read(read); n != 12 || err != nil {
		t.Fatalf("read %d, %v", n, err)
	}
	for i := range 8 {
		r.Append(numbered(12 + i))
	}
	g := growRing(t, r, path, 64)
	for i := range 30 {
		g.append(t, numbered(20+i))
	}
	checkNumbered(t, s, 12, 50)
	late := follower(t, path)
	if n, err := late.Read(read[:2]); n != 2 || err != nil || read[0].Kind != KindLost || read[0].A != 4 || read[1] != numbered(4) {
		t.Errorf("a late reader begins with %d records, %v, %v", n, read[:n], err)
	}
	checkNumbered(t, late, 5, 50)
	for i := range 100 {
		g.append(t, numbered(50+i))
	}
	if n, err := s.Read(read); n == 0 || err != nil || read[0].Kind != KindLost || read[1] != numbered(50+int(read[0].A)) {
		t.Errorf("after it was overwritten: %d records, %v, %v", n, read[:min(n, 2)], err)
	}
}

// checkNumbered reads all there is, which must be the records from first to end.
func checkNumbered(t *testing.T, s *Source, first, end int) {
	t.Helper()
	next := first
	if err := s.All(func(rec Record) bool {
		if rec != numbered(next) {
			t.Errorf("record %d is %+v", next, rec)
			return false
		}
		next++
		return true
	}); err != nil || next != end {
		t.Errorf("read up to record %d, want %d: %v", next, end, err)
	}
}

func TestImpossibleLayoutsAreRefused(t *testing.T) {
	for name, spoil := range map[string]func(g *grownRing){
		"outside":  func(g *grownRing) { g.write(t, binary.LittleEndian.AppendUint64(nil, 1<<50), offLayout) },
		"negative": func(g *grownRing) { g.write(t, binary.LittleEndian.AppendUint64(nil, ^uint64(0)), offLayout) },
		"capacity": func(g *grownRing) { g.write(t, []byte{17}, g.h.ring-sizeLayout+24) },
		"far ring": func(g *grownRing) { g.write(t, []byte{255, 255, 255}, g.h.ring-sizeLayout+18) },
	} {
		t.Run(name, func(t *testing.T) {
			r, path := newTestRing(t, 16, 0)
			for i := range 12 {
				r.Append(numbered(i))
			}
			spoil(growRing(t, r, path, 64))
			s := follower(t, path)
			n, err := s.Read(make([]Record, 100))
			if n != 0 || !errors.Is(err, ErrFormat) {
				t.Errorf("read %d records, %v", n, err)
			}
		})
	}
}
