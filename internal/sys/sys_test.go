// SPDX-License-Identifier: Apache-2.0

package sys

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

func TestCurrentG(t *testing.T) {
	here := CurrentG()
	if here == 0 {
		t.Skip("no stub for " + runtime.GOARCH)
	}
	if again := CurrentG(); again != here {
		t.Errorf("CurrentG() = %#x, then %#x on the same goroutine", here, again)
	}
	const others = 8
	ids, release := make(chan uintptr), make(chan struct{})
	for range others {
		go func() {
			ids <- CurrentG()
			<-release // An identity is unique only while its goroutine lives.
		}()
	}
	seen := map[uintptr]bool{here: true}
	for range others {
		seen[<-ids] = true
	}
	close(release)
	if len(seen) != others+1 {
		t.Errorf("%d goroutines have %d identities", others+1, len(seen))
	}
}

func BenchmarkCurrentG(b *testing.B) {
	for b.Loop() {
		CurrentG()
	}
}

func TestMonotonicDoesNotGoBack(t *testing.T) {
	last := Monotonic()
	for range 1000 {
		now := Monotonic()
		if now < last {
			t.Fatalf("Monotonic() = %d after %d", now, last)
		}
		last = now
	}
}

func TestPreallocate(t *testing.T) {
	ways := []struct {
		name string
		call func(*os.File, int64) error
	}{
		{"system", Preallocate},
		{"zeros", writeZeros}, // The fallback, forced.
	}
	sizes := []struct{ before, ask, after int }{
		{0, 1, 1},
		{0, 100_000, 100_000},
		{5, 4096, 4096},
		{4096, 5, 4096}, // Never shorter.
	}
	for _, way := range ways {
		for _, size := range sizes {
			f := tempFile(t)
			old := bytes.Repeat([]byte{'x'}, size.before)
			if _, err := f.Write(old); err != nil {
				t.Fatal(err)
			}
			if err := way.call(f, int64(size.ask)); err != nil {
				t.Errorf("%s: %d bytes in a file of %d: %v", way.name, size.ask, size.before, err)
			}
			got, err := os.ReadFile(f.Name())
			if err != nil {
				t.Fatal(err)
			}
			want := append(old, make([]byte, size.after-size.before)...)
			if !bytes.Equal(got, want) {
				t.Errorf("%s: %d bytes in a file of %d: content differs, length %d, want %d", way.name, size.ask, size.before, len(got), size.after)
			}
		}
	}
}

func TestMapShared(t *testing.T) {
	const size = 8192
	f := tempFile(t)
	if err := Preallocate(f, size); err != nil {
		t.Fatal(err)
	}
	m, err := MapShared(f, size)
	if errors.Is(err, errors.ErrUnsupported) {
		t.Skip("no shared mappings on " + runtime.GOOS)
	}
	if err != nil {
		t.Fatal(err)
	}
	if len(m) != size {
		t.Errorf("mapping has %d bytes, want %d", len(m), size)
	}
	f.Close() // The mapping must outlive the file.
	copy(m[size-5:], "hello")
	if err := Unmap(m); err != nil {
		t.Errorf("Unmap: %v", err)
	}
	got, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	if tail := string(got[size-5:]); tail != "hello" {
		t.Errorf("file ends in %q, want %q", tail, "hello")
	}
}

func tempFile(t *testing.T) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}
