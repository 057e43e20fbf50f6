// SPDX-License-Identifier: Apache-2.0

//go:build linux

package selector

import (
	"encoding/binary"

	"github.com/gocurtain/asyncio/internal/sys"
)

// openEventfd makes a waker of an eventfd(2): a counter in the kernel, half the descriptors of a
// pipe and none of its pages. A wake adds 1; one read sets it to 0, whatever it was.
func openEventfd() (Waker, error) {
	fd, err := sys.EventFD()
	if err != nil {
		return nil, kernel("eventfd2", err)
	}
	one := binary.NativeEndian.AppendUint64(nil, 1)
	return &waker{name: "eventfd", read: fd, write: fd, token: one}, nil
}
