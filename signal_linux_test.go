// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"os"
	"syscall"
	"testing"

	"github.com/gocurtain/asyncio/internal/need"
)

// The first process of a container gets no signal that it does not handle, also from itself; the
// second interrupt ends it all the same.
func TestSignalEndsFirstProcess(t *testing.T) {
	attr := &syscall.SysProcAttr{
		Cloneflags:  syscall.CLONE_NEWPID | syscall.CLONE_NEWUSER,
		UidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getuid(), Size: 1}},
		GidMappings: []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getgid(), Size: 1}},
	}
	child, err := startChildWith(t, "stubborn", "", attr)
	if err != nil {
		need.Skip(t, need.Namespace, "this system lets nobody make a namespace: %v", err)
	}
	defer child.in.Close()
	child.says(t, "ready")
	child.signal(t, syscall.SIGTERM)
	child.says(t, "cancelled")
	child.signal(t, syscall.SIGTERM)
	equal(t, "the child's end", child.ends(t), "exit 143")
}
