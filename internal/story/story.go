// SPDX-License-Identifier: Apache-2.0

// Package story reads tests that are text files: what the test is about, a recording in the text
// form, and what is expected to come of it. Several packages write their tests so, and share the
// recordings.
package story

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"github.com/gocurtain/asyncio/trace"
)

var update = flag.Bool("update", false, "rewrite what stories expect")

// Story is a file in the form of package txtar.
type Story struct {
	// Name is the name of the file, without its extension.
	Name    string
	path    string
	archive *txtar.Archive
}

// All reads the stories in a directory. If there are none, the test fails.
func All(t testing.TB, dir string) []Story {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no stories in %s: %v", dir, err)
	}
	var all []Story
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, Story{Name: strings.TrimSuffix(filepath.Base(path), ".txt"), path: path, archive: archive})
	}
	return all
}

// Intro is what stands before the first part.
func (s Story) Intro() string { return string(s.archive.Comment) }

// Part returns a part by its name, "" if there is none.
func (s Story) Part(name string) string {
	for _, f := range s.archive.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

// Check compares a part with got, or with -update replaces the part by got.
func (s Story) Check(t testing.TB, name, got string) {
	t.Helper()
	want := s.Part(name)
	if got != want && !(*update && s.rewrite(t, name, got)) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func (s Story) rewrite(t testing.TB, name, got string) bool {
	t.Helper()
	for i := range s.archive.Files {
		if f := &s.archive.Files[i]; f.Name == name {
			f.Data = []byte(got)
			if err := os.WriteFile(s.path, txtar.Format(s.archive), 0o644); err != nil {
				t.Fatal(err)
			}
			return true
		}
	}
	return false
}

// Source turns the text form of a recording into a source.
func Source(t testing.TB, text string) *trace.Source {
	t.Helper()
	var stream bytes.Buffer
	if err := trace.ParseText(&stream, strings.NewReader(text)); err != nil {
		t.Fatal(err)
	}
	src, err := trace.NewSource(&stream)
	if err != nil {
		t.Fatal(err)
	}
	return src
}
