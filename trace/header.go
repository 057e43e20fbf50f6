// SPDX-License-Identifier: Apache-2.0

package trace

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

const (
	// Version is the version of the binary form that this package writes and reads.
	Version = 1
	// HeaderSize is the size of the header in bytes.
	HeaderSize = 4096
	// MaxString is the greatest length of a string in bytes; longer ones are cut.
	MaxString = 16 << 10
	// MaxBlock is the greatest length of the payload of a block of a stream.
	MaxBlock = 1 << 20
)

const (
	magic      = "CURTAIN\x01"
	flagStream = 1 << 0
)

// Offsets within the header. From offHead on they are the commit words.
const (
	offVersion      = 8
	offFlags        = 12
	offHeaderSize   = 16
	offRecordSize   = 20
	offStrings      = 24
	offStringsSize  = 32
	offRing         = 40
	offCapacity     = 48
	offPID          = 56
	offID           = 64
	offStart        = 72
	offWall         = 80
	offLanguage     = 88
	sizeLanguage    = 32
	offProcess      = 120
	sizeProcess     = 136
	offCommand      = 256
	sizeCommand     = 768
	offHead         = 1024
	offStringsEnd   = 1088
	offStringsLost  = 1152
	offState        = 1216
	offLayout       = 1280
	offNote         = 1344
	sizeNote        = 512
	stateRunning    = 1
	stateClosed     = 2
	sizeLayout      = 40
	minCapacity     = 16
	maxCapacity     = 1 << 28
	maxStringsBytes = 64 << 20
	maxOffset       = 1 << 40
)

// ErrFormat is the error of readers for a file that is no recording, or a damaged one. They wrap
// it.
var ErrFormat = errors.New("not a curtain recording")

// Producer says who made a recording.
type Producer struct {
	// PID is the process id.
	PID uint64
	// ID tells the producers of one process apart: a loop or a thread.
	ID uint64
	// Start is when the recording began, CLOCK_MONOTONIC, ns.
	Start uint64
	// Wall is the same moment in ns since 1970.
	Wall uint64
	// Language is "go" or "python", at most 32 bytes.
	Language string
	// Process is the name of the process, at most 136 bytes.
	Process string
	// Command is its command line, "" if unknown, at most 768 bytes.
	Command string
}

// header is the decoded header without its commit words.
type header struct {
	Producer
	flags       uint32
	strings     uint64
	stringsSize uint64
	ring        uint64
	capacity    uint64
	first       uint64 // number of the oldest record that the ring has ever held
}

func (h *header) stream() bool { return h.flags&flagStream != 0 }

// encode returns the header as it lies in the file, with zero commit words.
func (h *header) encode() []byte {
	b := make([]byte, HeaderSize)
	le := binary.LittleEndian
	copy(b, magic)
	le.PutUint32(b[offVersion:], Version)
	le.PutUint32(b[offFlags:], h.flags)
	le.PutUint32(b[offHeaderSize:], HeaderSize)
	le.PutUint32(b[offRecordSize:], RecordSize)
	le.PutUint64(b[offStrings:], h.strings)
	le.PutUint64(b[offStringsSize:], h.stringsSize)
	le.PutUint64(b[offRing:], h.ring)
	le.PutUint64(b[offCapacity:], h.capacity)
	le.PutUint64(b[offPID:], h.PID)
	le.PutUint64(b[offID:], h.ID)
	le.PutUint64(b[offStart:], h.Start)
	le.PutUint64(b[offWall:], h.Wall)
	copy(b[offLanguage:], cut(h.Language, sizeLanguage))
	copy(b[offProcess:], cut(h.Process, sizeProcess))
	copy(b[offCommand:], cut(h.Command, sizeCommand))
	return b
}

// decodeHeader checks everything that could be wrong in a hostile file, but not that the regions
// lie within the file: only the reader of a file can know that.
func decodeHeader(b []byte) (header, error) {
	le := binary.LittleEndian
	if len(b) < HeaderSize || string(b[:len(magic)]) != magic {
		return header{}, ErrFormat
	}
	if v := le.Uint32(b[offVersion:]); v != Version {
		return header{}, fmt.Errorf("%w of version %d: it has version %d", ErrFormat, Version, v)
	}
	if le.Uint32(b[offHeaderSize:]) != HeaderSize || le.Uint32(b[offRecordSize:]) != RecordSize {
		return header{}, fmt.Errorf("%w: wrong sizes in its header", ErrFormat)
	}
	h := header{
		Producer: Producer{
			PID:      le.Uint64(b[offPID:]),
			ID:       le.Uint64(b[offID:]),
			Start:    le.Uint64(b[offStart:]),
			Wall:     le.Uint64(b[offWall:]),
			Language: fixedString(b[offLanguage : offLanguage+sizeLanguage]),
			Process:  fixedString(b[offProcess : offProcess+sizeProcess]),
			Command:  fixedString(b[offCommand : offCommand+sizeCommand]),
		},
		flags:       le.Uint32(b[offFlags:]),
		strings:     le.Uint64(b[offStrings:]),
		stringsSize: le.Uint64(b[offStringsSize:]),
		ring:        le.Uint64(b[offRing:]),
		capacity:    le.Uint64(b[offCapacity:]),
	}
	if h.stream() {
		return h, nil
	}
	return h, h.checkRegions()
}

// layout returns where the regions lie, in the form in which a recording that has grown stores it.
func (h *header) layout() []byte {
	b := make([]byte, 0, sizeLayout)
	for _, word := range []uint64{h.strings, h.stringsSize, h.ring, h.capacity, h.first} {
		b = binary.LittleEndian.AppendUint64(b, word)
	}
	return b
}

// setLayout sets where the regions lie from that form.
func (h *header) setLayout(b []byte) error {
	for i, word := range []*uint64{&h.strings, &h.stringsSize, &h.ring, &h.capacity, &h.first} {
		*word = binary.LittleEndian.Uint64(b[8*i:])
	}
	return h.checkRegions()
}

func (h *header) checkRegions() error {
	switch {
	case h.capacity < minCapacity || h.capacity > maxCapacity || h.capacity&(h.capacity-1) != 0:
		return fmt.Errorf("%w: impossible ring capacity %d", ErrFormat, h.capacity)
	case h.stringsSize > maxStringsBytes:
		return fmt.Errorf("%w: impossible string table size %d", ErrFormat, h.stringsSize)
	case h.strings < HeaderSize || h.strings > maxOffset || h.ring < HeaderSize || h.ring > maxOffset:
		return fmt.Errorf("%w: regions outside the file", ErrFormat)
	}
	return nil
}

// size returns the size of the file that the header describes.
func (h *header) size() uint64 {
	return max(h.strings+h.stringsSize, h.ring+h.capacity*RecordSize)
}

func fixedString(b []byte) string {
	s, _, _ := strings.Cut(string(b), "\x00")
	return cut(clean(s), len(b))
}
