// SPDX-License-Identifier: Apache-2.0

//go:build unix

package asyncio

import (
	"os"
	"os/signal"
	"runtime"
	"syscall"
)

const sigterm = syscall.SIGTERM

// dieOf ends the process as sig would have without a handler, so that its parent
// sees the true reason.
func dieOf(sig os.Signal) {
	signal.Reset(sig)
	// It cannot fail: the process exists, is ours, and the signal came from the kernel.
	_ = syscall.Kill(os.Getpid(), sig.(syscall.Signal))
	select {}
}

// canHandle refuses what the kernel does not deliver to handlers (signal(7)) and
// what the Go runtime leaves to the C library: on Linux 32 to 34.
func canHandle(sig os.Signal) bool {
	s, ok := sig.(syscall.Signal)
	if !ok || runtime.GOOS == "linux" && s >= 32 && s <= 34 {
		return false
	}
	return s > 0 && s < 65 && s != syscall.SIGKILL && s != syscall.SIGSTOP
}
