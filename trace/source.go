// SPDX-License-Identifier: Apache-2.0

package trace

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// Extension is how the names of files of recordings end.
const Extension = ".curtain"

// Names resolves the ids in records. Unknown ids give zero values.
type Names interface {
	// String returns an interned string, free of control characters.
	String(id uint32) string
	// Site returns an interned place in the source.
	Site(id uint32) Site
}

// Source reads one recording, a ring or a stream, complete or still growing. It is for one
// goroutine at a time. No content of a file makes it panic or allocate much more than the file's
// size.
type Source struct {
	header header
	in     input
	close  io.Closer
	closed bool
}

// input is one of the two shapes of a recording.
type input interface {
	// read is Source.Read, but may not be called with an empty slice.
	read(into []Record) (int, error)
	// names returns the string table, brought up to date if it must know id.
	names(id uint32) *table
}

// Follow opens the recording in a file, which may still be growing. Its Read returns 0, nil when it
// has read all there is for now. If the file's producer is still creating it, or it is no regular
// file, the error wraps [ErrFormat].
func Follow(path string) (*Source, error) {
	// Opening a pipe would wait until somebody writes into it.
	if info, err := os.Stat(path); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("read %s: %w: it is not a regular file", path, ErrFormat)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	s, err := follow(file)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read %s: %w", path, err), file.Close())
	}
	return s, nil
}

func follow(file *os.File) (*Source, error) {
	h, err := readHeader(file)
	if err != nil {
		return nil, err
	}
	s := &Source{header: h, close: file}
	if h.stream() {
		s.in = &streamInput{r: file, growing: true}
		return s, nil
	}
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if uint64(info.Size()) < h.size() {
		return nil, fmt.Errorf("%w: it is cut off", ErrFormat)
	}
	s.in = &ringInput{file: file, header: h}
	return s, nil
}

// NewSource reads a stream. Its Read answers [io.EOF] after a proper end and [io.ErrUnexpectedEOF]
// where the stream was cut off, in both cases after the last whole record.
func NewSource(r io.Reader) (*Source, error) {
	h, err := readHeader(r)
	if err != nil {
		return nil, err
	}
	if !h.stream() {
		return nil, fmt.Errorf("%w in stream form: it is a ring, which only a file can hold", ErrFormat)
	}
	return &Source{header: h, in: &streamInput{r: r}}, nil
}

func readHeader(r io.Reader) (header, error) {
	b := make([]byte, HeaderSize)
	if n, err := io.ReadFull(r, b); err == io.EOF || err == io.ErrUnexpectedEOF {
		return header{}, fmt.Errorf("%w: only %d bytes long", ErrFormat, n)
	} else if err != nil {
		return header{}, err
	}
	return decodeHeader(b)
}

// FollowAll opens path if it is a file. If it is a directory, it opens all files in it whose names
// end in [Extension], in the order in which the recordings began.
func FollowAll(path string) ([]*Source, error) {
	paths, err := recordings(path)
	if err != nil {
		return nil, err
	}
	var sources []*Source
	for _, p := range paths {
		s, err := Follow(p)
		if err != nil {
			for _, open := range sources {
				open.Close()
			}
			return nil, err
		}
		sources = append(sources, s)
	}
	slices.SortStableFunc(sources, func(a, b *Source) int {
		return cmp.Compare(a.header.Start, b.header.Start)
	})
	return sources, nil
}

func recordings(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil || !info.IsDir() {
		return []string{path}, err
	}
	entries, err := os.ReadDir(path)
	var paths []string
	for _, e := range entries {
		if filepath.Ext(e.Name()) == Extension {
			paths = append(paths, filepath.Join(path, e.Name()))
		}
	}
	return paths, err
}

// names is the string table, an empty one for a zero Source.
func (s *Source) names(id uint32) *table {
	if s.in == nil {
		return new(table)
	}
	return s.in.names(id)
}

// Producer says who made the recording.
func (s *Source) Producer() Producer { return s.header.Producer }

// Read fills into with the next records and returns how many. Where the ring was overwritten before
// it was read, one [KindLost] stands for the lost records. 0, nil means that there is nothing more
// for now; [io.EOF] means that the producer closed the recording and all was read. If the recording
// is damaged, the error wraps [ErrFormat].
func (s *Source) Read(into []Record) (int, error) {
	if len(into) == 0 {
		return 0, nil
	}
	if s.in == nil {
		return 0, errors.New("trace: a zero Source; open one with Follow or NewSource")
	}
	n, err := s.in.read(into)
	s.closed = s.closed || err == io.EOF
	return n, err
}

// Closed reports whether the producer closed the recording and Read has returned all of it.
func (s *Source) Closed() bool { return s.closed }

// String returns the string with an id, "" if there is none.
func (s *Source) String(id uint32) string { return s.names(id).text(id) }

// Site returns the site with an id, the zero Site if there is none.
func (s *Source) Site(id uint32) Site {
	t := s.names(id)
	e, _ := t.get(id)
	if e.site == nil {
		return Site{}
	}
	return Site{File: t.text(e.site.file), Function: t.text(e.site.function), Line: int(e.site.line & (1<<31 - 1))}
}

// HasString reports whether there is a string with this id.
func (s *Source) HasString(id uint32) bool {
	e, ok := s.names(id).get(id)
	return ok && e.site == nil
}

// HasSite reports whether there is a site with this id.
func (s *Source) HasSite(id uint32) bool {
	e, ok := s.names(id).get(id)
	return ok && e.site != nil
}

// LostStrings returns how many strings and sites are missing because the string table was full;
// records have id 0 for them. A stream loses none.
func (s *Source) LostStrings() uint64 {
	if in, ok := s.in.(*ringInput); ok {
		return in.lostStrings()
	}
	return 0
}

// Note returns a text about what the producer, or a process that it forked, could not record, if it
// had no other place to say so; "" if there is none. It may appear at any time.
func (s *Source) Note() string {
	if in, ok := s.in.(*ringInput); ok {
		return in.note()
	}
	return ""
}

// Close closes the file. A reader given to NewSource is the caller's.
func (s *Source) Close() error {
	if s.close == nil {
		return nil
	}
	return s.close.Close()
}

// All reads what there is now and calls yield with each record, until yield returns false. It
// returns the error of Read, and nil at an end of any kind.
func (s *Source) All(yield func(Record) bool) error {
	batch := make([]Record, 512)
	for {
		n, err := s.Read(batch)
		for _, rec := range batch[:n] {
			if !yield(rec) {
				return nil
			}
		}
		switch {
		case err == io.EOF || err == io.ErrUnexpectedEOF:
			return nil
		case err != nil || n == 0:
			return err
		}
	}
}
