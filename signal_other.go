// SPDX-License-Identifier: Apache-2.0

//go:build !unix

package asyncio

import (
	"os"
	"syscall"
)

const sigterm = syscall.SIGTERM

// dieOf ends the process with the status that a shell gives to a signal's death.
func dieOf(sig os.Signal) {
	status := 128
	if s, ok := sig.(syscall.Signal); ok {
		status += int(s)
	}
	os.Exit(status)
}

func canHandle(sig os.Signal) bool { return sig == os.Interrupt || sig == sigterm }
