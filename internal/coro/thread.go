// SPDX-License-Identifier: Apache-2.0

package coro

import (
	"bytes"
	"runtime"

	"github.com/gocurtain/asyncio/internal/sys"
)

// Thread is what the Go runtime compares when a coroutine is entered or left, as far as it can be
// known: whether the goroutine is locked to its thread, and if so, which goroutine it is, on which
// thread, and within how many calls from C, each of which locks it. The runtime does not tell how
// often the goroutine has called LockOSThread. The zero value means a goroutine that is not locked.
type Thread struct {
	goroutine string // "" if it is not locked
	id        int    // 0 if the system does not tell
	callbacks int    // calls from C
}

// CurrentThread returns the Thread of the calling goroutine. It costs a few microseconds: the
// runtime tells it only in the first line of a stack trace.
func CurrentThread() Thread {
	var line [128]byte
	n := runtime.Stack(line[:], false)
	header, _, _ := bytes.Cut(line[:n], []byte("\n"))
	goroutine, state, _ := bytes.Cut(header, []byte(" ["))
	if !bytes.Contains(state, []byte("locked to thread")) {
		return Thread{}
	}
	return Thread{string(goroutine), sys.ThreadID(), callsFromC()}
}

// callsFromC counts the calls from C on the caller's stack.
func callsFromC() (n int) {
	var pcs [64]uintptr
	for skip := 2; ; skip += len(pcs) {
		found := runtime.Callers(skip, pcs[:])
		for frames, more := runtime.CallersFrames(pcs[:found]), found > 0; more; {
			var f runtime.Frame
			if f, more = frames.Next(); f.Function == "runtime.cgocallbackg" {
				n++
			}
		}
		if found < len(pcs) {
			return n
		}
	}
}

// Locked reports whether the goroutine was locked to its thread.
func (t Thread) Locked() bool { return t != Thread{} }
