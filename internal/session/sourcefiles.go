// SPDX-License-Identifier: Apache-2.0

package session

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/gocurtain/asyncio/trace"
)

// How much of source files goes into a trace.
const (
	maxSource  = 1 << 20  // bytes of one file; a larger one is left out
	maxSources = 16 << 20 // of all
)

// sourceFiles puts the source files that recordings name into the trace, as they are when they are
// first named, while the program runs.
//
// A recording is written by the traced program and may name anything, so what is read is narrow:
// regular files that are called .py, .pyw or .go, also behind a symbolic link, and hold text. The
// text goes only into the user's own trace.
type sourceFiles struct {
	file File
	seen map[string]bool
	room int
}

func newSourceFiles(file File) *sourceFiles {
	return &sourceFiles{file: file, seen: make(map[string]bool), room: maxSources}
}

// note takes a file in if it is new.
func (s *sourceFiles) note(pid uint64, file string) {
	if s.seen[file] {
		return
	}
	s.seen[file] = true
	if text, ok := readSource(file, min(maxSource, s.room)); ok {
		s.room -= len(text)
		s.file.Source(pid, file, text)
	}
}

// readSource returns the text of a source file of at most a size.
func readSource(file string, most int) (text string, ok bool) {
	if !filepath.IsAbs(file) || !isSource(file) {
		return "", false // such as <string>, or a path that -trimpath made
	}
	path, err := filepath.EvalSymlinks(file)
	if err != nil || !isSource(path) {
		return "", false
	}
	before, err := os.Lstat(path)
	if err != nil || !before.Mode().IsRegular() || before.Size() > int64(most) {
		return "", false
	}
	// Should it have become a pipe, opening it must not wait for the other end.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return "", false
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !os.SameFile(before, info) {
		return "", false
	}
	content, err := io.ReadAll(io.LimitReader(f, int64(most)+1))
	if err != nil || len(content) > most || bytes.IndexByte(content, 0) >= 0 {
		return "", false
	}
	return strings.ToValidUTF8(string(content), "\ufffd"), true
}

func isSource(path string) bool {
	switch filepath.Ext(path) {
	case ".py", ".pyw", ".go":
		return true
	}
	return false
}

// notingNames are the names in a recording; it notes the files that they name.
type notingNames struct {
	trace.Names
	pid     uint64
	sources *sourceFiles
}

// Site implements [trace.Names].
func (n notingNames) Site(id uint32) trace.Site {
	site := n.Names.Site(id)
	n.sources.note(n.pid, site.File)
	return site
}
