// SPDX-License-Identifier: Apache-2.0

package trace

import (
	"encoding/binary"
	"fmt"
	"io"
	"os"
)

// ringInput reads a ring by pread rather than through a mapping: a file that is cut off under the
// reader is then an error instead of a SIGBUS. The kernel takes a reference to the page with a full
// barrier on each pread, so a later one never sees older memory than an earlier one.
type ringInput struct {
	file   *os.File
	header header
	layout uint64 // the word by which the regions in header are known
	tail   uint64 // number of the next record to return
	lost   uint64 // records to report before it
	table  table
	parsed uint64 // bytes of the table in it
	seen   uint64 // strings_end when it was last read
	buf    []byte
}

// maxBatch bounds the buffer, and so how long one copy takes.
const maxBatch = 4096

// maxTries bounds how often we try to catch up with a producer that overwrites faster than we copy.
const maxTries = 16

func (in *ringInput) read(into []Record) (int, error) {
	for range maxTries {
		head, state, err := in.progress()
		if err != nil {
			return 0, err
		}
		if in.tail == head {
			if state == stateClosed {
				return 0, io.EOF
			}
			return 0, nil
		}
		if err := in.settle(); err != nil {
			return 0, err
		}
		n, err := in.copy(into, head)
		if n > 0 || err != nil {
			return n, err
		}
	}
	return 0, nil
}

// progress loads the state before head, so a closed ring's head is its last.
func (in *ringInput) progress() (head, state uint64, err error) {
	if state, err = in.word(offState); err != nil {
		return 0, 0, err
	}
	if head, err = in.word(offHead); err != nil {
		return 0, 0, err
	}
	if head < in.tail {
		return 0, 0, fmt.Errorf("%w: its head went backwards", ErrFormat)
	}
	return head, state, nil
}

// settle finds out where the regions lie. Call it after head was loaded: the regions hold what was
// committed by then.
func (in *ringInput) settle() error {
	at, err := in.word(offLayout)
	if err != nil || at == in.layout {
		return err
	}
	if at > maxOffset {
		return fmt.Errorf("%w: regions outside the file", ErrFormat)
	}
	b := make([]byte, sizeLayout)
	if err := in.at(b, at); err != nil {
		return err
	}
	grown := in.header
	if err := grown.setLayout(b); err != nil {
		return err
	}
	in.header, in.layout = grown, at
	return nil
}

// moved reports whether the regions lie elsewhere now.
func (in *ringInput) moved() (bool, error) {
	at, err := in.word(offLayout)
	return at != in.layout, err
}

// copy returns records from tail on, or 0 if all it copied was overwritten, or the ring has grown,
// meanwhile. One place is kept for KindLost, if there is more than one.
func (in *ringInput) copy(into []Record, head uint64) (int, error) {
	in.skipTo(head)
	room := min(max(len(into)-1, 1), maxBatch)
	n := int(min(uint64(room), head-in.tail))
	raw, err := in.slots(in.tail, n)
	if err != nil {
		return 0, err
	}
	now, err := in.word(offHead)
	if err != nil {
		return 0, err
	}
	if moved, err := in.moved(); moved || err != nil {
		return 0, err
	}
	first := in.tail
	in.skipTo(now)
	torn := min(in.tail-first, uint64(n))
	raw = raw[torn*RecordSize:]
	if len(raw) == 0 {
		return 0, nil
	}
	return in.decode(into, raw), nil
}

// maxCommit is how many slots a producer may fill before it stores head.
const maxCommit = 4

// skipTo moves tail past the records that may be overwritten now: the producer may be filling the
// slots of the records from head on, which are also the slots of those from head-capacity on.
func (in *ringInput) skipTo(head uint64) {
	oldest := min(in.header.first, head)
	if head+maxCommit-oldest > in.header.capacity {
		oldest = head + maxCommit - in.header.capacity
	}
	if oldest > in.tail {
		in.lost += oldest - in.tail
		in.tail = oldest
	}
}

func (in *ringInput) decode(into []Record, raw []byte) int {
	n := 0
	if in.lost > 0 {
		var next Record
		next.get((*[RecordSize]byte)(raw))
		into[0] = Record{Time: next.Time, Kind: KindLost, A: in.lost}
		in.lost = 0
		n++
	}
	for len(raw) > 0 && n < len(into) {
		into[n].get((*[RecordSize]byte)(raw))
		raw = raw[RecordSize:]
		in.tail++
		n++
	}
	return n
}

// slots reads n slots from record number first on, in at most two pieces.
func (in *ringInput) slots(first uint64, n int) ([]byte, error) {
	in.buf = append(in.buf[:0], make([]byte, n*RecordSize)...)
	slot := first & (in.header.capacity - 1)
	whole := min(uint64(n), in.header.capacity-slot) * RecordSize
	if err := in.at(in.buf[:whole], in.header.ring+slot*RecordSize); err != nil {
		return nil, err
	}
	return in.buf, in.at(in.buf[whole:], in.header.ring)
}

func (in *ringInput) word(offset uint64) (uint64, error) {
	var b [8]byte
	err := in.at(b[:], offset)
	return binary.LittleEndian.Uint64(b[:]), err
}

func (in *ringInput) at(b []byte, offset uint64) error {
	if len(b) == 0 {
		return nil
	}
	_, err := in.file.ReadAt(b, int64(offset))
	if err == io.EOF {
		return fmt.Errorf("%w: it was cut off while it was read", ErrFormat)
	}
	return err
}

// lostStrings is 0 if the file cannot be read any more; a reader learns that from read.
func (in *ringInput) lostStrings() uint64 {
	lost, _ := in.word(offStringsLost)
	return lost
}

// note is "" if the file cannot be read any more; a reader learns that from read.
func (in *ringInput) note() string {
	b := make([]byte, sizeNote)
	if in.at(b, offNote) != nil {
		return ""
	}
	return fixedString(b)
}

func (in *ringInput) names(id uint32) *table {
	if uint64(id) > uint64(len(in.table.entries)) {
		in.readTable()
	}
	return &in.table
}

// readTable reads what was added to the table. If the table is unreadable, names stay unknown, but
// the records are not lost.
func (in *ringInput) readTable() {
	end, err := in.word(offStringsEnd)
	if err != nil || end <= in.seen || in.settle() != nil || end > in.header.stringsSize {
		return
	}
	in.seen = end
	b := make([]byte, end-in.parsed)
	if in.at(b, in.header.strings+in.parsed) == nil {
		in.parsed += uint64(in.table.parse(b))
	}
}
