// SPDX-License-Identifier: Apache-2.0

package sys

import (
	"errors"
	"io"
	"os"
)

// Preallocate makes f at least size bytes long and reserves disk space for them, so that a full
// disk is an error here (ENOSPC) and not SIGBUS on a later store to a mapping of f. What f holds
// stays; new bytes are zero. The size must be positive.
func Preallocate(f *os.File, size int64) error {
	err := fallocate(f, size)
	if errors.Is(err, errors.ErrUnsupported) {
		return writeZeros(f, size)
	}
	return err
}

// writeZeros extends f to size by writing, the one way to reserve blocks that works everywhere.
// Truncate would be quicker but reserves nothing.
func writeZeros(f *os.File, size int64) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	_, err = io.CopyN(io.NewOffsetWriter(f, info.Size()), zeros{}, max(0, size-info.Size()))
	return err
}

// zeros is an endless reader of zero bytes.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
