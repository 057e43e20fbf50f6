// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package sys

import (
	"errors"
	"os"
)

// fallocate has no portable twin outside Linux.
func fallocate(*os.File, int64) error { return errors.ErrUnsupported }
