// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"fmt"

	"github.com/gocurtain/asyncio/internal/coro"
)

// The Go runtime aborts the process if the goroutine that runs a loop is locked to its thread in
// another way than the one that ran it before. This file prevents that. A coroutine must be entered
// as it was made: on the same thread if that was locked, on any unlocked goroutine if not. The
// state is compared once for a run, and once by Close; what tasks and callbacks do to it between
// two switches is not seen.

// mayEnter returns nil if the caller may enter coroutines that were made in the state made, else an
// error that says what to do.
func mayEnter(made coro.Thread) error {
	switch here := coro.CurrentThread(); {
	case here == made:
		return nil
	case here.Locked() && !made.Locked():
		return fmt.Errorf("%w: call runtime.UnlockOSThread first", ErrOtherThread)
	default:
		return fmt.Errorf("%w: run the loop on the goroutine that ran it then, locked as it was", ErrOtherThread)
	}
}
