// SPDX-License-Identifier: Apache-2.0

package trace

import (
	"encoding/binary"
	"fmt"
	"io"
)

// streamInput reads a stream block by block.
type streamInput struct {
	r       io.Reader
	growing bool // the end of r may move
	block   []byte
	records []byte // of the block in hand, not yet returned
	ended   bool
	table   table
}

func (in *streamInput) read(into []Record) (int, error) {
	for len(in.records) < RecordSize {
		if in.ended {
			return 0, io.EOF
		}
		kind, payload, err := in.next()
		if err != nil {
			return 0, err
		}
		switch kind {
		case blockNone:
			return 0, nil
		case blockStrings:
			in.table.parse(payload)
		case blockRecords:
			in.records = payload
		case blockEnd:
			in.ended = true
		}
	}
	n := 0
	for n < len(into) && len(in.records) >= RecordSize {
		into[n].get((*[RecordSize]byte)(in.records))
		in.records = in.records[RecordSize:]
		n++
	}
	return n, nil
}

// blockNone is what next returns when a growing stream has no further whole block yet.
const blockNone = 0

// next returns the next block; its payload is valid until the next call.
func (in *streamInput) next() (kind uint32, payload []byte, err error) {
	if len(in.block) >= blockHead {
		if n := in.blockSize(); len(in.block) == n {
			in.block = in.block[:0]
		}
	}
	if err := in.fill(blockHead); err != nil {
		return in.pause(err)
	}
	if n := in.blockSize(); n > blockHead+MaxBlock {
		return 0, nil, fmt.Errorf("%w: a block of %d bytes", ErrFormat, n)
	}
	if err := in.fill(in.blockSize()); err != nil {
		return in.pause(err)
	}
	return binary.LittleEndian.Uint32(in.block), in.block[blockHead:], nil
}

func (in *streamInput) blockSize() int {
	return blockHead + int(min(binary.LittleEndian.Uint32(in.block[4:]), MaxBlock+1))
}

// fill reads until the block in hand has n bytes.
func (in *streamInput) fill(n int) error {
	have := len(in.block)
	if have >= n {
		return nil
	}
	in.block = append(in.block, make([]byte, n-have)...)
	got, err := io.ReadFull(in.r, in.block[have:])
	in.block = in.block[:have+got]
	return err
}

// pause turns the end of the reader into what next returns for it.
func (in *streamInput) pause(err error) (uint32, []byte, error) {
	if err != io.EOF && err != io.ErrUnexpectedEOF {
		return 0, nil, err
	}
	if in.growing {
		return blockNone, nil, nil
	}
	return 0, nil, io.ErrUnexpectedEOF
}

func (in *streamInput) names(uint32) *table { return &in.table }
