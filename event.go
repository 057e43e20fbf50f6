// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"

	"github.com/gocurtain/asyncio/trace"
)

// Event is a flag that tasks wait for (asyncio P2). The zero value is not set. It must not be
// copied. It belongs to a loop as a [Lock] does.
type Event struct {
	waitPlace
	waiters waiters
	set     bool
}

// Wait suspends the current task until the event is set. It does not suspend if the event is set
// (P8). A Set wakes the tasks that wait at that moment, even if a Clear follows before they run. If
// ctx is cancelled, before or meanwhile, Wait returns ctx.Err().
func (e *Event) Wait(ctx context.Context) error {
	t, err := e.enter(ctx, "Event.Wait")
	if err != nil || e.set {
		return err
	}
	return e.wait(ctx, t, &e.waiters, trace.WaitEvent, e)
}

// Set sets the event and wakes all tasks that wait for it. Setting it twice is harmless.
func (e *Event) Set() {
	e.mustOwn("Event.Set")
	e.set = true
	e.wakeAll(&e.waiters)
}

// Clear resets the event: a Wait from now on waits for the next Set.
func (e *Event) Clear() {
	e.mustOwn("Event.Clear")
	e.set = false
}

// IsSet reports whether the event is set.
func (e *Event) IsSet() bool {
	e.mustOwn("Event.IsSet")
	return e.set
}

// String shows the state and how many wait, for debugging (P7).
func (e *Event) String() string {
	e.mustOwn("Event.String")
	if e.set {
		return e.describe("Event", "set")
	}
	return e.describe("Event", "unset, %d waiting", e.waiters.count())
}

// EventStats is the state of an event.
type EventStats struct {
	Set     bool
	Waiting int // tasks that wait for it
}

// Stats returns the state of the event.
func (e *Event) Stats() EventStats {
	e.mustOwn("Event.Stats")
	return EventStats{Set: e.set, Waiting: e.waiters.count()}
}
