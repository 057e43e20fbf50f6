// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"fmt"

	"github.com/gocurtain/asyncio/internal/coro"
)

// This file keeps the Go runtime from aborting the process because a loop is run by a
// goroutine that is locked to its thread otherwise than the one that ran it before. A
// coroutine must be entered as it was made: on the same thread if that was locked, by
// whatever goroutine if not. The state is compared once for a run, and once by Close;
// what tasks and callbacks do to it between two switches is not seen.

// mayEnter is nil if the caller may enter coroutines that were made under a state, else
// what to do.
func mayEnter(made coro.Thread) error {
	switch here := coro.CurrentThread(); {
	case here == made:
		return nil
	case here.Locked() && !made.Locked():
		return fmt.Errorf("%w: call runtime.UnlockOSThread first", ErrOtherThread)
	default:
		return fmt.Errorf("%w: run it on the goroutine that did, locked as it was", ErrOtherThread)
	}
}
