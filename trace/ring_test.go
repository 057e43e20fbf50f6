// SPDX-License-Identifier: Apache-2.0

package trace

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

func newTestRing(t testing.TB, records, stringBytes int) (*Ring, string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("no shared mappings on windows")
	}
	path := filepath.Join(t.TempDir(), "1-1.curtain")
	producer := Producer{PID: 7, ID: 3, Start: 100, Wall: 200, Language: "go", Process: "demo"}
	r, err := CreateRing(path, producer, RingOptions{Records: records, Strings: stringBytes})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r, path
}

func follower(t testing.TB, path string) *Source {
	t.Helper()
	s, err := Follow(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func numbered(i int) Record {
	return Record{Time: uint64(1000 + i), Kind: KindMark, Flags: 1, Aux: 2, Site: 3, A: uint64(i), B: ^uint64(i)}
}

func TestRecordLayout(t *testing.T) {
	rec := Record{Time: 0x0102030405060708, Kind: 9, Flags: 10, Aux: 0x0b0c, Site: 0x0d0e0f10, A: 0x11, B: 0x12}
	var slot [RecordSize]byte
	rec.put(&slot)
	want := "0807060504030201090a0c0b100f0e0d11000000000000001200000000000000"
	if got := fmt.Sprintf("%x", slot); got != want {
		t.Errorf("bytes are\n%s, want\n%s", got, want)
	}
	var back Record
	back.get(&slot)
	if back != rec {
		t.Errorf("read back %+v, want %+v", back, rec)
	}
}

func TestRingReadsWhatWasAppended(t *testing.T) {
	r, path := newTestRing(t, 64, 0)
	s := follower(t, path)
	if want := (Producer{PID: 7, ID: 3, Start: 100, Wall: 200, Language: "go", Process: "demo"}); s.Producer() != want {
		t.Errorf("producer is %+v, want %+v", s.Producer(), want)
	}
	batch := make([]Record, 8)
	if n, err := s.Read(batch); n != 0 || err != nil {
		t.Fatalf("empty ring: %d, %v", n, err)
	}
	next := 0
	for i := range 50 {
		r.Append(numbered(i))
		if i%7 != 0 {
			continue
		}
		for {
			n, err := s.Read(batch)
			if err != nil {
				t.Fatal(err)
			}
			if n == 0 {
				break
			}
			for _, rec := range batch[:n] {
				if rec != numbered(next) {
					t.Fatalf("record %d is %+v", next, rec)
				}
				next++
			}
		}
	}
	if next != 50 {
		t.Errorf("read %d records, want 50", next)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Read(batch); n != 0 || err != io.EOF || !s.Closed() {
		t.Errorf("closed ring: %d, %v, closed %v", n, err, s.Closed())
	}
	r.Append(numbered(1))
	if r.String("new") != 0 {
		t.Error("a closed ring gave an id")
	}
}

func TestRingOverwritten(t *testing.T) {
	for _, batch := range []int{1, 2, 5, 100} {
		r, path := newTestRing(t, 16, 0)
		s := follower(t, path)
		for i := range 40 {
			r.Append(numbered(i))
		}
		var got []Record
		for {
			into := make([]Record, batch)
			n, err := s.Read(into)
			if err != nil {
				t.Fatal(err)
			}
			if n == 0 {
				break
			}
			got = append(got, into[:n]...)
		}
		// The slots of records 40 to 43 are those of 24 to 27, which may be being overwritten.
		if want := (Record{Time: 1028, Kind: KindLost, A: 28}); len(got) != 13 || got[0] != want {
			t.Fatalf("batch %d: %d records, first %+v, want 13 and %+v", batch, len(got), got[0], want)
		}
		for i, rec := range got[1:] {
			if rec != numbered(28+i) {
				t.Fatalf("batch %d: record %d is %+v", batch, i, rec)
			}
		}
	}
}

// A reader beside a fast writer must never return a torn record, and what it returns and what it
// counts as lost must add up.
func TestRingConcurrentReader(t *testing.T) {
	r, path := newTestRing(t, 256, 0)
	s := follower(t, path)
	const total = 200_000
	var wg sync.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		for i := range total {
			r.Append(numbered(i))
		}
		r.Close()
	}()
	defer wg.Wait()
	next := uint64(0)
	batch := make([]Record, 300)
	for {
		n, err := s.Read(batch)
		for _, rec := range batch[:n] {
			if rec.Kind == KindLost {
				next += rec.A
				continue
			}
			if rec != numbered(int(next)) {
				t.Fatalf("record %d is %+v", next, rec)
			}
			next++
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			runtime.Gosched()
		}
	}
	if next != total {
		t.Errorf("read and lost %d records, want %d", next, total)
	}
}

func TestRingNames(t *testing.T) {
	r, path := newTestRing(t, 16, 4096)
	s := follower(t, path)
	name := r.String("héllo\x1b[31m\n\xff")
	site := r.Site("/src/main.go", "main.main", 12)
	if again := r.Site("/src/main.go", "main.main", 12); again != site {
		t.Errorf("site was interned twice: %d and %d", site, again)
	}
	if got, want := s.String(name), "héllo�[31m��"; got != want {
		t.Errorf("name is %q, want %q", got, want)
	}
	if got, want := s.Site(site), (Site{"/src/main.go", "main.main", 12}); got != want {
		t.Errorf("site is %+v, want %+v", got, want)
	}
	for _, id := range []uint32{0, 99, ^uint32(0)} {
		if s.String(id) != "" || s.Site(id) != (Site{}) {
			t.Errorf("id %d resolves", id)
		}
	}
	if s.Site(name) != (Site{}) || s.String(site) != "" {
		t.Error("a string resolves as a site or a site as a string")
	}
}

// A table that is full grows, while it is read; names from before keep their ids. When it has grown
// enough it says how much is lost.
func TestRingTableGrows(t *testing.T) {
	r, path := newTestRing(t, 16, 4096)
	s := follower(t, path)
	read := make([]Record, 16)
	long := strings.Repeat("x", MaxString-8)
	names := make(map[uint32]string)
	for i := 0; r.lost == 0; i++ {
		name := fmt.Sprint(i, long)
		id := r.String(name)
		r.Append(numbered(i))
		if n, err := s.Read(read); n != 1 || err != nil || read[0] != numbered(i) {
			t.Fatalf("read %d records, %v, %v, want record %d", n, read[0], err, i)
		}
		if id != 0 {
			names[id] = name
		}
		if i%100 == 0 && s.String(id) != name {
			t.Fatalf("string %d is wrong, of %d bytes", id, r.header.stringsSize)
		}
	}
	for _, reader := range []*Source{s, follower(t, path)} {
		for id, name := range names {
			if reader.String(id) != name {
				t.Fatalf("string %d is %.20q, want %.20q", id, reader.String(id), name)
			}
		}
		if got := reader.LostStrings(); got != r.lost {
			t.Errorf("%d strings are lost, want %d", got, r.lost)
		}
	}
	if r.used < MaxStrings-len(long)*2 || r.used > MaxStrings {
		t.Errorf("the table has grown to %d bytes", r.used)
	}
	if r.String("0"+long) == 0 {
		t.Error("the full table forgot a string")
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// A table for which the disk has no more room stays as it is, and counts.
func TestRingTableCannotGrow(t *testing.T) {
	r, path := newTestRing(t, 16, 4096)
	full, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.file.Close(); err != nil {
		t.Fatal(err)
	}
	r.file = full // it can't be extended
	for i := range 500 {
		r.String(fmt.Sprint("filler ", i))
	}
	if r.String("one more") != 0 || r.lost == 0 {
		t.Error("the full table gave an id")
	}
	if got := follower(t, path).LostStrings(); got != r.lost {
		t.Errorf("%d strings are lost, want %d", got, r.lost)
	}
}

func TestRingNamesConcurrently(t *testing.T) {
	r, path := newTestRing(t, 16, 0)
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 200 {
				r.Site("f.go", fmt.Sprint("f", i), g)
			}
		})
	}
	wg.Wait()
	s := follower(t, path)
	for g := range 4 {
		for i := range 200 {
			want := Site{"f.go", fmt.Sprint("f", i), g}
			if got := s.Site(r.Site("f.go", want.Function, g)); got != want {
				t.Fatalf("site is %+v, want %+v", got, want)
			}
		}
	}
}

func TestLongStringIsCut(t *testing.T) {
	r, path := newTestRing(t, 16, 0)
	id := r.String(strings.Repeat("ü", MaxString))
	if got := follower(t, path).String(id); got != strings.Repeat("ü", MaxString/2) {
		t.Errorf("string has %d bytes, want %d", len(got), MaxString)
	}
}

func TestCreateRingErrors(t *testing.T) {
	_, path := newTestRing(t, 16, 0)
	if _, err := CreateRing(path, Producer{}, RingOptions{}); !errors.Is(err, os.ErrExist) {
		t.Errorf("existing file: %v", err)
	}
	for _, opts := range []RingOptions{{Records: -1}, {Strings: -1}, {Records: maxCapacity + 1}} {
		if _, err := CreateRing(path+"x", Producer{}, opts); err == nil {
			t.Errorf("%+v was accepted", opts)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode is %v, %v", info.Mode(), err)
	}
}

func TestFollowRefuses(t *testing.T) {
	r, path := newTestRing(t, 16, 0)
	r.Close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name   string
		damage func(b []byte) []byte
	}{
		{"empty", func(b []byte) []byte { return nil }},
		{"short", func(b []byte) []byte { return b[:100] }},
		{"cut off", func(b []byte) []byte { return b[:len(b)-1] }},
		{"magic", func(b []byte) []byte { b[0]++; return b }},
		{"version", func(b []byte) []byte { b[offVersion]++; return b }},
		{"record size", func(b []byte) []byte { b[offRecordSize]++; return b }},
		{"capacity 0", func(b []byte) []byte { return set(b, offCapacity, 0) }},
		{"capacity odd", func(b []byte) []byte { return set(b, offCapacity, 17) }},
		{"capacity huge", func(b []byte) []byte { return set(b, offCapacity, 1<<63) }},
		{"ring in header", func(b []byte) []byte { return set(b, offRing, 8) }},
		{"ring far", func(b []byte) []byte { return set(b, offRing, 1<<39) }},
		{"strings far", func(b []byte) []byte { return set(b, offStrings, ^uint64(7)) }},
		{"strings huge", func(b []byte) []byte { return set(b, offStringsSize, 1<<62) }},
	} {
		damaged := filepath.Join(t.TempDir(), "damaged")
		if err := os.WriteFile(damaged, test.damage(bytes.Clone(whole)), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Follow(damaged); !errors.Is(err, ErrFormat) {
			t.Errorf("%s: error is %v, want ErrFormat", test.name, err)
		}
	}
}

func set(b []byte, offset int, v uint64) []byte {
	binary.LittleEndian.PutUint64(b[offset:], v)
	return b
}

func TestFollowAll(t *testing.T) {
	dir := t.TempDir()
	for i, start := range []uint64{30, 10, 20} {
		f, err := os.Create(filepath.Join(dir, fmt.Sprint(i, Extension)))
		if err != nil {
			t.Fatal(err)
		}
		s, err := NewStream(f, Producer{Start: start})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(s.Close(), f.Close()); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "notes.txt"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	sources, err := FollowAll(dir)
	if err != nil {
		t.Fatal(err)
	}
	var starts []uint64
	for _, s := range sources {
		starts = append(starts, s.Producer().Start)
		s.Close()
	}
	if fmt.Sprint(starts) != "[10 20 30]" {
		t.Errorf("starts are %v", starts)
	}
	if _, err := FollowAll(filepath.Join(dir, "missing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
}

func BenchmarkRingAppend(b *testing.B) {
	r, _ := newTestRing(b, DefaultRecords, 0)
	rec := numbered(1)
	for b.Loop() {
		r.Append(rec)
	}
}

func TestRingNote(t *testing.T) {
	r, path := newTestRing(t, 16, 0)
	s := follower(t, path)
	if got := s.Note(); got != "" {
		t.Errorf("a ring without a note says %q", got)
	}
	copy(r.memory[offNote:offNote+sizeNote], "a.py: no\x1b room")
	if got, want := s.Note(), "a.py: no\ufffd room"; got != want {
		t.Errorf("the note is %q, want %q", got, want)
	}
}
