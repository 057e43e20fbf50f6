// SPDX-License-Identifier: Apache-2.0

package coro

import (
	"bytes"
	"runtime"

	"github.com/gocurtain/asyncio/internal/sys"
)

// Thread is what the Go runtime compares when a coroutine is entered or left, as far as
// it can be known: whether the goroutine is locked to its thread, and then which one it
// is and on which thread. How often it has called LockOSThread is not told. The zero
// value is that of all goroutines that are not locked.
type Thread struct {
	goroutine string // "" if it is not locked
	id        int    // 0 if the system does not tell
}

// CurrentThread returns that of the calling goroutine. It costs some microseconds: the
// runtime tells it nowhere but in a stack trace's first line.
func CurrentThread() Thread {
	var line [128]byte
	n := runtime.Stack(line[:], false)
	header, _, _ := bytes.Cut(line[:n], []byte("\n"))
	goroutine, state, _ := bytes.Cut(header, []byte(" ["))
	if !bytes.Contains(state, []byte("locked to thread")) {
		return Thread{}
	}
	return Thread{string(goroutine), sys.ThreadID()}
}

// Locked reports whether the goroutine was locked to its thread.
func (t Thread) Locked() bool { return t != Thread{} }
