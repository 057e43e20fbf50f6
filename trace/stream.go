// SPDX-License-Identifier: Apache-2.0

package trace

import (
	"encoding/binary"
	"errors"
	"io"
)

// Types of blocks.
const (
	blockStrings = 1
	blockRecords = 2
	blockEnd     = 3

	blockHead = 8
)

// flushRecords is how many bytes of records are gathered before they are written.
const flushRecords = 64 << 10

// ErrClosed is the error of a [Stream] after Close.
var ErrClosed = errors.New("recording is closed")

// Stream is a recording that goes to a writer and loses nothing. It buffers: what was appended
// since the last Flush is lost if the process dies.
type Stream struct {
	interner
	// All below is under interner.mu.
	w       io.Writer
	entries []byte // not yet written
	records []byte // not yet written
	err     error  // the first one, sticky
}

// NewStream writes the header to w and returns the recording. It does not close w.
func NewStream(w io.Writer, producer Producer) (*Stream, error) {
	h := header{Producer: producer, flags: flagStream}
	if _, err := w.Write(h.encode()); err != nil {
		return nil, err
	}
	s := &Stream{w: w}
	s.interner.init(s.addEntry)
	return s, nil
}

// Append commits one record. Any goroutine may call it. An error of the writer is kept for Flush
// and Close.
func (s *Stream) Append(rec Record) {
	var slot [RecordSize]byte
	rec.put(&slot)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return
	}
	s.records = append(s.records, slot[:]...)
	if len(s.records) >= flushRecords {
		s.flush()
	}
}

// Flush writes the buffer and returns the first error of the recording.
func (s *Stream) Flush() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flush()
	return s.err
}

// Close writes the buffer and the mark of a proper end. It returns the first error of the
// recording; a second Close does nothing.
func (s *Stream) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if errors.Is(s.err, ErrClosed) {
		return nil
	}
	s.flush()
	s.write(blockEnd, nil)
	err := s.err
	s.err = ErrClosed
	return err
}

func (s *Stream) addEntry(entry []byte) bool {
	if s.err != nil {
		return false
	}
	s.entries = append(s.entries, entry...)
	if len(s.entries) >= flushRecords {
		s.flush()
	}
	return s.err == nil
}

// flush writes strings before records, because records mention strings.
func (s *Stream) flush() {
	if len(s.entries) > 0 {
		s.write(blockStrings, s.entries)
	}
	if len(s.records) > 0 {
		s.write(blockRecords, s.records)
	}
	s.entries, s.records = s.entries[:0], s.records[:0]
}

func (s *Stream) write(kind uint32, payload []byte) {
	if s.err == nil && s.w == nil {
		s.err = errZeroRecording
	}
	if s.err != nil {
		return
	}
	head := binary.LittleEndian.AppendUint32(make([]byte, 0, blockHead), kind)
	head = binary.LittleEndian.AppendUint32(head, uint32(len(payload)))
	if _, s.err = s.w.Write(head); s.err != nil || len(payload) == 0 {
		return
	}
	_, s.err = s.w.Write(payload)
}
