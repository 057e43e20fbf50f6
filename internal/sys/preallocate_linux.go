// SPDX-License-Identifier: Apache-2.0

package sys

import (
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// fallocate is fallocate(2); a filesystem without it answers EOPNOTSUPP, which is
// [errors.ErrUnsupported].
func fallocate(f *os.File, size int64) error {
	defer runtime.KeepAlive(f)
	for {
		err := unix.Fallocate(int(f.Fd()), 0, 0, size)
		if err != unix.EINTR {
			return err
		}
	}
}
