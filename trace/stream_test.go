// SPDX-License-Identifier: Apache-2.0

package trace

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"testing/iotest"
)

// written returns a stream of n numbered records and one site, and its bytes.
func written(t testing.TB, n int) []byte {
	t.Helper()
	var buf bytes.Buffer
	s, err := NewStream(&buf, Producer{PID: 1})
	if err != nil {
		t.Fatal(err)
	}
	s.Site("f.go", "f", 1)
	for i := range n {
		s.Append(numbered(i))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
	return buf.Bytes()
}

func TestStreamRoundTrip(t *testing.T) {
	for _, n := range []int{0, 1, 5000} {
		s, err := NewSource(iotest.HalfReader(bytes.NewReader(written(t, n))))
		if err != nil {
			t.Fatal(err)
		}
		i := 0
		err = s.All(func(rec Record) bool {
			if rec != numbered(i) {
				t.Fatalf("record %d is %+v", i, rec)
			}
			i++
			return true
		})
		if i != n || err != nil || !s.Closed() {
			t.Errorf("%d records, %v, closed %v, want %d", i, err, s.Closed(), n)
		}
		if n > 0 && s.Site(3) != (Site{"f.go", "f", 1}) {
			t.Errorf("site is %+v", s.Site(3))
		}
	}
}

func TestStreamCutOff(t *testing.T) {
	whole := written(t, 3)
	s, err := NewSource(bytes.NewReader(whole[:len(whole)-1]))
	if err != nil {
		t.Fatal(err)
	}
	batch := make([]Record, 8)
	if n, err := s.Read(batch); n != 3 || err != nil {
		t.Errorf("first read: %d, %v", n, err)
	}
	if n, err := s.Read(batch); n != 0 || err != io.ErrUnexpectedEOF {
		t.Errorf("second read: %d, %v", n, err)
	}
}

// A growing stream is followed byte by byte: no cut may confuse the reader.
func TestStreamGrowing(t *testing.T) {
	whole := written(t, 3)
	path := filepath.Join(t.TempDir(), "s.curtain")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	f.Write(whole[:HeaderSize])
	s := follower(t, path)
	batch := make([]Record, 2)
	got := 0
	for _, b := range whole[HeaderSize:] {
		f.Write([]byte{b})
		for {
			n, err := s.Read(batch)
			if err != nil && err != io.EOF {
				t.Fatal(err)
			}
			for _, rec := range batch[:n] {
				if rec != numbered(got) {
					t.Fatalf("record %d is %+v", got, rec)
				}
				got++
			}
			if n == 0 {
				break
			}
		}
	}
	if got != 3 || !s.Closed() {
		t.Errorf("read %d records, closed %v", got, s.Closed())
	}
}

type failing struct{ left int }

func (w *failing) Write(p []byte) (int, error) {
	if w.left -= len(p); w.left < 0 {
		return 0, errors.New("disk is full")
	}
	return len(p), nil
}

func TestStreamKeepsFirstError(t *testing.T) {
	s, err := NewStream(&failing{left: HeaderSize}, Producer{})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 5000 {
		s.Append(numbered(i))
	}
	if err := s.Flush(); err == nil || err.Error() != "disk is full" {
		t.Errorf("Flush: %v", err)
	}
	if s.String("late") != 0 {
		t.Error("a failed stream gave an id")
	}
	if err := s.Close(); err == nil || err.Error() != "disk is full" {
		t.Errorf("Close: %v", err)
	}
	if _, err := NewStream(&failing{}, Producer{}); err == nil {
		t.Error("NewStream swallowed the error")
	}
}

// Whatever the bytes after a header, and whatever the numbers in it, reading ends without a panic.
func FuzzReader(f *testing.F) {
	stream := written(f, 3)[HeaderSize:]
	f.Add(true, uint64(0), uint64(0), uint64(0), uint64(0), uint64(0), uint64(0), stream)
	f.Add(false, uint64(HeaderSize), uint64(64), uint64(HeaderSize+64), uint64(minCapacity), uint64(40), uint64(24),
		append(stream[blockHead:], make([]byte, minCapacity*RecordSize)...))
	path := filepath.Join(f.TempDir(), "f")
	f.Fuzz(func(t *testing.T, stream bool, strings, stringsSize, ring, capacity, head, stringsEnd uint64, body []byte) {
		h := header{strings: strings, stringsSize: stringsSize, ring: ring, capacity: capacity}
		if stream {
			h.flags = flagStream
		}
		b := append(set(set(h.encode(), offHead, head), offStringsEnd, stringsEnd), body...)
		if s, err := NewSource(bytes.NewReader(b)); err == nil {
			drain(s)
		}
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		if s, err := Follow(path); err == nil {
			drain(s)
			s.Close()
		}
	})
}

func drain(s *Source) {
	for range s.header.capacity + 100 {
		more := false
		s.All(func(rec Record) bool {
			more = true
			s.String(uint32(rec.B))
			s.Site(rec.Site)
			return true
		})
		if !more {
			return
		}
	}
}
