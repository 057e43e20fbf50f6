// SPDX-License-Identifier: Apache-2.0

//go:build !(linux || darwin || dragonfly || freebsd || netbsd || openbsd)

package sys

import (
	"errors"
	"os"
)

// MapShared fails with [errors.ErrUnsupported] on this system.
func MapShared(*os.File, int) ([]byte, error) { return nil, errors.ErrUnsupported }

// Unmap fails with [errors.ErrUnsupported] on this system.
func Unmap([]byte) error { return errors.ErrUnsupported }
