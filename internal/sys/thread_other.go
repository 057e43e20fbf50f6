// SPDX-License-Identifier: Apache-2.0

//go:build !linux

package sys

// ThreadID returns 0: this system does not tell it to Go without cgo.
func ThreadID() int { return 0 }
