// SPDX-License-Identifier: Apache-2.0

package trace

import "encoding/binary"

// RecordSize is the size of one record in bytes, in memory and on disk.
const RecordSize = 32

// Record is one thing that happened, exactly as it lies in the file: 32 bytes, little-endian, no
// padding.
//
//	offset  size  field
//	0       8     Time   CLOCK_MONOTONIC, ns
//	8       1     Kind
//	9       1     Flags
//	10      2     Aux
//	12      4     Site   id of an interned site, 0 = not recorded
//	16      8     A
//	24      8     B
//
// In Python: struct.pack_into("<QBBHIQQ", ring, offset, ...).
type Record struct {
	Time  uint64
	Kind  Kind
	Flags uint8
	Aux   uint16
	Site  uint32
	A     uint64
	B     uint64
}

// put writes the record into a slot. Plain stores suffice: the compiler merges each field into one,
// and the store of head publishes them.
func (r *Record) put(slot *[RecordSize]byte) {
	le := binary.LittleEndian
	le.PutUint64(slot[0:], r.Time)
	le.PutUint64(slot[8:], uint64(r.Kind)|uint64(r.Flags)<<8|uint64(r.Aux)<<16|uint64(r.Site)<<32)
	le.PutUint64(slot[16:], r.A)
	le.PutUint64(slot[24:], r.B)
}

// get reads the record from a slot.
func (r *Record) get(slot *[RecordSize]byte) {
	le := binary.LittleEndian
	word := le.Uint64(slot[8:])
	*r = Record{
		Time:  le.Uint64(slot[0:]),
		Kind:  Kind(word),
		Flags: uint8(word >> 8),
		Aux:   uint16(word >> 16),
		Site:  uint32(word >> 32),
		A:     le.Uint64(slot[16:]),
		B:     le.Uint64(slot[24:]),
	}
}
