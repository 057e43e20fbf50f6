// SPDX-License-Identifier: Apache-2.0

//go:build unix

package asyncio

import (
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"
)

const sigterm = syscall.SIGTERM

// dieOf ends the process as sig would have without a handler, so that its parent sees the true
// reason; with the status that a shell makes of it, if it cannot.
func dieOf(sig os.Signal) {
	if os.Getpid() != 1 { // the first one of a container gets no signal without a handler
		signal.Reset(sig)
		// It cannot fail: the process exists, is ours, and the signal came from the kernel.
		_ = syscall.Kill(os.Getpid(), sig.(syscall.Signal))
		// Nobody sees the end of this, unless somebody listens for sig again.
		time.Sleep(100 * time.Millisecond)
	}
	os.Exit(128 + signalNumber(sig))
}

// canHandle refuses what the kernel does not deliver to handlers (signal(7)) and what the Go
// runtime leaves to the C library: on Linux 32 to 34.
func canHandle(sig os.Signal) bool {
	s, ok := sig.(syscall.Signal)
	if !ok || runtime.GOOS == "linux" && s >= 32 && s <= 34 {
		return false
	}
	return s > 0 && s < 65 && s != syscall.SIGKILL && s != syscall.SIGSTOP
}
