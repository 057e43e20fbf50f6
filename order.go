// SPDX-License-Identifier: Apache-2.0

package asyncio

import "sync/atomic"

// Order decides in which order handles run. The loop promises the order in which they became ready.
// But it is chance when descriptors, timers and other goroutines make something ready, so a program
// should be right under every order: package asynciotest tries them.
//
// The loop calls both methods on its own goroutine, or on that of the task that is running. They
// must not call back into the loop.
type Order interface {
	// Next returns the index of the handle to run next. A negative index stops the loop, as
	// [Loop.Stop] does, but at once. At least one handle is not of a later turn. Next must not keep
	// ready.
	Next(ready []Choice) int
	// Uses says that what runs now uses the object with this id: a task, a future, a lock or what
	// else tasks wait for. 0 stands for all objects; the loop says it when it does not know which.
	// Two steps that use different objects of ours can be exchanged, unless they share something
	// else. (A task may have the same id as another object. Then they count as one, so fewer steps
	// can be exchanged.)
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
