// SPDX-License-Identifier: Apache-2.0

package asyncio

import "sync/atomic"

// Order decides in which order handles run. The loop promises the order in
// which they became ready, but when descriptors, timers and other goroutines make
// something ready is chance, so a program should be right under every order: package
// asynciotest tries them.
//
// The loop calls both methods on its own goroutine, or on that of the task that is
// running. They must not call back into the loop.
type Order interface {
	// Next returns the index of the handle to run next; a negative one stops the loop, as
	// [Loop.Stop] does, but at once. At least one is not of a later turn. ready is the
	// loop's again when Next returns.
	Next(ready []Choice) int
	// Uses says that what runs now uses an object: a task, a future, a lock or what else
	// tasks wait for, by its id (a task may have the same one as another object: then they
	// count as one, which only makes fewer steps exchangeable); 0 stands for everything, and for what the loop does not
	// know better. Two steps that use different objects of ours can be exchanged, unless they
	// share something else.
	Uses(object uint64)
}

// Choice is something that an [Order] may choose: the step of a task or a callback.
type Choice struct {
	Task   uint64 // the task's id, 0 for a callback
	Number uint64 // how many handles of the loop had become ready before
	Later  bool   // without an order it would be left to the next turn
}

// orderedLoops counts the running loops that have an order.
var orderedLoops atomic.Int32
