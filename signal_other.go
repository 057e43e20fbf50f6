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
	os.Exit(128 + signalNumber(sig))
}

func canHandle(sig os.Signal) bool { return sig == os.Interrupt || sig == sigterm }
