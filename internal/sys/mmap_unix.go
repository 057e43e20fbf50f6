// SPDX-License-Identifier: Apache-2.0

//go:build linux || darwin || dragonfly || freebsd || netbsd || openbsd

package sys

import (
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// MapShared maps the first size bytes of f for reading and writing (mmap(2), MAP_SHARED): what is
// stored in the slice reaches the file even if the process is killed. The file must be at least
// that long, and should have passed
// [Preallocate]: storing to a page that the disk has no room for kills the
// process with SIGBUS. The mapping outlives f; end it with [Unmap].
func MapShared(f *os.File, size int) ([]byte, error) {
	defer runtime.KeepAlive(f)
	return unix.Mmap(int(f.Fd()), 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
}

// Unmap ends a mapping made by [MapShared] (munmap(2)). It wants the slice that MapShared returned,
// not a part of it; touching the slice afterwards faults.
func Unmap(b []byte) error { return unix.Munmap(b) }
