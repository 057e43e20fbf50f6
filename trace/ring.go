// SPDX-License-Identifier: Apache-2.0

package trace

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math/bits"
	"os"
	"sync/atomic"
	"unsafe"

	"github.com/gocurtain/asyncio/internal/sys"
)

// The default sizes of a ring.
const (
	DefaultRecords = 1 << 20
	DefaultStrings = 4 << 20
	// MaxStrings is the size up to which a string table grows: the memory that a program uses for
	// it must not grow for ever.
	MaxStrings = 16 << 20
)

// Appender is what producers write to: a [Ring] or a [Stream].
type Appender interface {
	// Append commits one record. One goroutine at a time may call it.
	Append(rec Record)
	// String returns the id of a string, 0 if there is no room. Any goroutine may call it.
	String(s string) uint32
	// Site returns the id of a place in the source, 0 if there is no room. Any goroutine may call
	// it.
	Site(file, function string, line int) uint32
	// Close ends the recording. It must not run at the same time as Append. What is appended after
	// it is dropped.
	Close() error
}

// RingOptions are the sizes of a ring; zero values mean the defaults.
type RingOptions struct {
	// Records is the capacity in records, rounded up to a power of two.
	Records int
	// Strings is how many bytes the string table has room for at first.
	Strings int
}

// Ring is a recording in a file that is mapped into memory. It holds a fixed number of records:
// when it is full, the oldest are overwritten. Only its string table grows, up to [MaxStrings]. It
// needs no flush: what was appended is in the file even if the process is killed right after.
type Ring struct {
	// Append's fields come first, to share a cache line.
	slots []byte
	mask  uint64
	n     uint64
	head  *uint64

	interner
	file    *os.File
	memory  []byte
	header  header
	strings []byte // the table's region; it and what follows is under interner.mu
	used    int    // bytes of it
	lost    uint64 // strings
	full    bool   // the table cannot grow any more
	grown   []byte // the mapping that the table lies in, if it has grown
}

// errZeroRecording is the misuse of a zero Ring or Stream.
var errZeroRecording = errors.New("trace: a zero Ring or Stream; make one with CreateRing or NewStream")

// CreateRing creates the file, which must not exist, with mode 0600, and reserves its disk space,
// so that a full disk is an error here and not a crash later.
func CreateRing(path string, producer Producer, opts RingOptions) (*Ring, error) {
	h, err := ringHeader(producer, opts)
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	memory, err := mapFile(file, h.size())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("create ring %s: %w", path, err), file.Close(), os.Remove(path))
	}
	return newRing(file, memory, h), nil
}

func ringHeader(producer Producer, opts RingOptions) (header, error) {
	if opts.Records == 0 {
		opts.Records = DefaultRecords
	}
	if opts.Strings == 0 {
		opts.Strings = DefaultStrings
	}
	if opts.Records < 0 || opts.Records > maxCapacity || opts.Strings < 0 || opts.Strings > maxStringsBytes {
		return header{}, fmt.Errorf("create ring: %d records or %d bytes of strings are out of range", opts.Records, opts.Strings)
	}
	h := header{Producer: producer, strings: HeaderSize}
	h.stringsSize = uint64(opts.Strings+HeaderSize-1) / HeaderSize * HeaderSize
	h.ring = h.strings + h.stringsSize
	h.capacity = max(minCapacity, uint64(1)<<bits.Len(uint(opts.Records-1)))
	if h.size() > uint64(^uint(0)>>1) {
		return header{}, errors.New("create ring: it is too large for this machine")
	}
	return h, nil
}

func mapFile(file *os.File, size uint64) ([]byte, error) {
	if err := sys.Preallocate(file, int64(size)); err != nil {
		return nil, err
	}
	return sys.MapShared(file, int(size))
}

func newRing(file *os.File, memory []byte, h header) *Ring {
	r := &Ring{
		slots:   memory[h.ring : h.ring+h.capacity*RecordSize],
		mask:    h.capacity - 1,
		head:    word(memory, offHead),
		file:    file,
		memory:  memory,
		header:  h,
		strings: memory[h.strings : h.strings+h.stringsSize],
	}
	r.interner.init(r.addEntry)
	encoded := h.encode()
	copy(memory[len(magic):], encoded[len(magic):])
	atomic.StoreUint64(word(memory, offState), littleEndian(stateRunning))
	// The magic comes last: a reader that sees it sees a whole header.
	atomic.StoreUint64(word(memory, 0), binary.NativeEndian.Uint64(encoded))
	return r
}

// Append commits one record. One goroutine at a time may call it. It does not allocate, lock or
// enter the kernel.
func (r *Ring) Append(rec Record) {
	offset := (r.n & r.mask) * RecordSize
	if offset >= uint64(len(r.slots)) { // in place of a check of the compiler's
		panic(errZeroRecording)
	}
	rec.put((*[RecordSize]byte)(r.slots[offset:]))
	r.n++
	atomic.StoreUint64(r.head, littleEndian(r.n))
}

// addEntry is the interner's commit.
func (r *Ring) addEntry(entry []byte) bool {
	if r.memory == nil {
		return false
	}
	if len(r.strings)-r.used < len(entry) && !r.grow(r.used+len(entry)) {
		r.lost++
		atomic.StoreUint64(word(r.memory, offStringsLost), littleEndian(r.lost))
		return false
	}
	copy(r.strings[r.used:], entry)
	r.used += len(entry)
	atomic.StoreUint64(word(r.memory, offStringsEnd), littleEndian(uint64(r.used)))
	return true
}

// grow makes the table at least need bytes large, at the end of the file; the ring stays where it
// is. It returns false if that is too much, or the disk has no room for it.
func (r *Ring) grow(need int) bool {
	size := 2 * len(r.strings)
	for size < need {
		size *= 2
	}
	if r.full || size > MaxStrings {
		return false
	}
	h, block := r.header, r.header.size()
	h.strings, h.stringsSize = block+HeaderSize, uint64(size)
	memory, err := mapFile(r.file, h.size())
	if err != nil {
		r.full = true
		return false
	}
	table := memory[h.strings:h.size()]
	copy(table, r.strings[:r.used])
	copy(memory[block:], h.layout())
	atomic.StoreUint64(word(r.memory, offLayout), littleEndian(block))
	before := r.grown
	r.header, r.strings, r.grown = h, table, memory
	return before == nil || sys.Unmap(before) == nil
}

// Close marks the recording as complete and releases the file. It must not run at the same time as
// Append. String and Site may run meanwhile; later they return 0 for what they do not know. A
// second Close does nothing.
func (r *Ring) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.memory == nil {
		return nil
	}
	atomic.StoreUint64(word(r.memory, offState), littleEndian(stateClosed))
	memory := r.memory
	grown := r.grown
	r.memory, r.strings, r.grown = nil, nil, nil
	// Append goes on into a scratch slot, which spares it a test for a closed ring. It is an
	// allocation of its own because its words must be aligned to 8.
	r.slots, r.mask, r.head = make([]byte, RecordSize), 0, new(uint64)
	var err error
	if grown != nil {
		err = sys.Unmap(grown)
	}
	return errors.Join(err, sys.Unmap(memory), r.file.Close())
}

// word returns a commit word. Safety: memory starts at a page boundary and offset is a multiple of
// 8 within the header, so the pointer is valid and aligned for 64-bit atomics on every machine; the
// caller keeps the mapping.
func word(memory []byte, offset int) *uint64 {
	return (*uint64)(unsafe.Pointer(&memory[offset]))
}

// littleEndian returns the word whose bytes in memory are v in little-endian order; on most
// machines that is v.
func littleEndian(v uint64) uint64 {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], v)
	return binary.NativeEndian.Uint64(b[:])
}
