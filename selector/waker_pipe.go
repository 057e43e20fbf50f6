// SPDX-License-Identifier: Apache-2.0

//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package selector

import "github.com/gocurtain/asyncio/internal/sys"

// openPipe makes a waker of a pipe. A wake writes a byte, as asyncio does.
func openPipe() (Waker, error) {
	r, w, err := sys.Pipe()
	if err != nil {
		return nil, kernel("pipe2", err)
	}
	return &waker{name: "pipe", read: r, write: w, token: []byte{0}}, nil
}
