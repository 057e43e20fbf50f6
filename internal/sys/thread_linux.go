// SPDX-License-Identifier: Apache-2.0

package sys

import "golang.org/x/sys/unix"

// ThreadID is the kernel's number of the calling thread (gettid(2)).
func ThreadID() int { return unix.Gettid() }
