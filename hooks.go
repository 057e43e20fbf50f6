// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"time"

	"github.com/gocurtain/asyncio/internal/seal"
	"github.com/gocurtain/asyncio/trace"
)

// Hooks are what a loop tells while it runs, at fixed joints of its turn. The loop gets them when
// it is made ([LoopConfig]), or between two turns ([Loop.SetHooks]). The loop calls them
// synchronously on its own goroutine (or on that of the task that is running), so an implementation
// must be quick, and must not call back into the loop. If a method panics, that is logged, no more
// hooks are called, and they are removed before the next turn; the program goes on. For each method
// there is a [trace.Kind] constant that explains its arguments; package record turns the calls into
// records. A loop without hooks pays one nil check per joint.
//
// Ids are unique in the process and never reused; 0 means none. Tasks have a series of ids of their
// own; handles and the objects that tasks wait for share another. The method says which is meant,
// in TaskWaits and TaskWoken together with the wait and the wake.
//
// An implementation embeds [NopHooks], and has the methods that it wants. So a new method in a
// later version breaks no implementation.
type Hooks interface {
	seal.Sealed

	LoopBegin(loop uint64, name string)
	LoopEnd(loop uint64)
	// LoopFound comes instead of LoopBegin when the hooks are set on a loop that runs. A TaskFound
	// for each of its tasks follows, and then a turn. Handles that were scheduled before are not
	// told: when they run or are cancelled, they have new numbers.
	LoopFound(loop uint64, name string)
	// LoopLeft is the last call when the hooks are removed from a loop that goes on.
	LoopLeft(loop uint64)

	TurnBegin(turn uint64, ready int)
	TurnEnd(turn uint64)
	// PollBegin gets the timeout of the poll; a negative one means no limit.
	PollBegin(timeout time.Duration)
	PollEnd(events int)
	// Ready comes before the run of a handle that a descriptor or a signal has caused: once per
	// ready direction, after PollEnd.
	Ready(fd int, flags uint8, handle uint64)

	// HandleScheduled gets the delay until a timer is due, 0 for other origins.
	HandleScheduled(handle uint64, origin trace.Origin, delay time.Duration)
	// HandleScheduledOutside reports a callback that another goroutine scheduled, when the loop
	// finds it; at and site are what Outside returned on that goroutine.
	HandleScheduledOutside(handle uint64, at int64, site uint32)
	HandleBegin(handle uint64)
	HandleEnd(handle uint64)
	HandleCancelled(handle uint64)

	TaskCreated(task, parent uint64)
	// TaskFound tells a task of a loop that was found: its name, "" for Task-<id>, and what it
	// waits for, as TaskWaits does; a wait of 0 means that its next step is scheduled. The task's
	// context comes from the parent's, which is 0 if that task has ended.
	TaskFound(task, parent uint64, name string, wait trace.Wait, on uint64, words string)
	// TaskNamed comes after TaskCreated, when a task gets another name than Task-<id>.
	TaskNamed(task uint64, name string)
	StepBegin(task uint64)
	StepEnd(task uint64, done bool)
	// TaskWaits gets the program's words for what the task waits for, "" for none: the name of a
	// lock or queue, or the what of [WaitQueue.Wait].
	TaskWaits(task uint64, wait trace.Wait, on uint64, words string)
	TaskWoken(task uint64, wake trace.Wake, by uint64)
	// TaskCancelled gets the cause that was passed to Cancel, or another reason, nil for none.
	TaskCancelled(task, by uint64, cause error)
	// TaskDone gets the error that the task returned, a [*PanicError] if it panicked.
	TaskDone(task uint64, outcome trace.Outcome, err error)
	FutureResolved(future uint64, outcome trace.Outcome)

	// BytesRead and BytesWritten say that a transport has moved bytes.
	BytesRead(fd, n int)
	BytesWritten(fd, n int)
	// ConnectionOpened gives a descriptor the name of its connection, until ConnectionClosed, which
	// gets the error that ended the connection, nil for none.
	ConnectionOpened(fd int, name string)
	ConnectionClosed(fd int, err error)

	// Outside is the only method that any goroutine may call, one at a time. It says when and where
	// a thread-safe call was made. It is not called after LoopLeft.
	Outside() (at int64, site uint32)
}

// NopHooks does nothing at each joint.
type NopHooks struct{ sealed }

type sealed = seal.Seal

var _ Hooks = NopHooks{}

// LoopBegin does nothing, as do the other methods.
func (NopHooks) LoopBegin(uint64, string)                                     {}
func (NopHooks) LoopEnd(uint64)                                               {}
func (NopHooks) LoopFound(uint64, string)                                     {}
func (NopHooks) LoopLeft(uint64)                                              {}
func (NopHooks) TurnBegin(uint64, int)                                        {}
func (NopHooks) TurnEnd(uint64)                                               {}
func (NopHooks) PollBegin(time.Duration)                                      {}
func (NopHooks) PollEnd(int)                                                  {}
func (NopHooks) Ready(int, uint8, uint64)                                     {}
func (NopHooks) HandleScheduled(uint64, trace.Origin, time.Duration)          {}
func (NopHooks) HandleScheduledOutside(handle uint64, at int64, site uint32)  {}
func (NopHooks) HandleBegin(uint64)                                           {}
func (NopHooks) HandleEnd(uint64)                                             {}
func (NopHooks) HandleCancelled(uint64)                                       {}
func (NopHooks) TaskCreated(uint64, uint64)                                   {}
func (NopHooks) TaskFound(uint64, uint64, string, trace.Wait, uint64, string) {}
func (NopHooks) TaskNamed(uint64, string)                                     {}
func (NopHooks) StepBegin(uint64)                                             {}
func (NopHooks) StepEnd(uint64, bool)                                         {}
func (NopHooks) TaskWaits(uint64, trace.Wait, uint64, string)                 {}
func (NopHooks) TaskWoken(uint64, trace.Wake, uint64)                         {}
func (NopHooks) TaskCancelled(uint64, uint64, error)                          {}
func (NopHooks) TaskDone(uint64, trace.Outcome, error)                        {}
func (NopHooks) FutureResolved(uint64, trace.Outcome)                         {}
func (NopHooks) BytesRead(int, int)                                           {}
func (NopHooks) BytesWritten(int, int)                                        {}
func (NopHooks) ConnectionOpened(int, string)                                 {}
func (NopHooks) ConnectionClosed(int, error)                                  {}

// Outside returns zeros: nothing is known.
func (NopHooks) Outside() (at int64, site uint32) { return 0, 0 }
