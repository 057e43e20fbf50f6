// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"time"

	"github.com/gocurtain/asyncio/internal/seal"
	"github.com/gocurtain/asyncio/trace"
)

// Hooks are what a loop tells while it runs, at fixed joints of its turn. They are given to
// the loop when it is made ([LoopConfig]), or between two turns ([Loop.SetHooks]). The
// loop calls them synchronously on its own goroutine (or on that of the task
// that is running), so an implementation must be quick, and must not call back
// into the loop. If a method panics, that is logged, and the hooks are removed before the
// next turn and told nothing more; the program goes on. Each method has its twin among the
// [trace.Kind] constants, where the arguments are explained; package record
// turns the calls into records. A loop without hooks pays one nil check per
// joint.
//
// Ids are unique in the process and never reused; 0 means none. Those of tasks are counted
// apart from those of handles and of the things that tasks wait for: which of them is meant
// follows from the method, and in TaskWaits and TaskWoken from the wait and the wake.
//
// An implementation embeds [NopHooks], and has those of the methods that it wants: so a
// method that is new in a later version breaks none.
type Hooks interface {
	seal.Sealed

	LoopBegin(loop uint64, name string)
	LoopEnd(loop uint64)
	// LoopFound comes instead of LoopBegin when the hooks are set on a loop that runs. A
	// TaskFound for each of its tasks follows, and then a turn. Handles that were scheduled
	// before have not been told: they run, or are cancelled, under numbers that are new.
	LoopFound(loop uint64, name string)
	// LoopLeft is the last call when the hooks are taken from a loop, which goes on.
	LoopLeft(loop uint64)

	TurnBegin(turn uint64, ready int)
	TurnEnd(turn uint64)
	// PollBegin is given the timeout of the poll; a negative one means no limit.
	PollBegin(timeout time.Duration)
	PollEnd(events int)
	// Ready comes before the run of a handle that a descriptor or a signal has caused:
	// once per ready direction, after PollEnd.
	Ready(fd int, flags uint8, handle uint64)

	// HandleScheduled is given the delay until a timer is due, 0 for the other origins.
	HandleScheduled(handle uint64, origin trace.Origin, delay time.Duration)
	// HandleScheduledOutside reports, when the loop takes it in, a callback that another
	// goroutine scheduled; at and site are what Outside answered on that goroutine.
	HandleScheduledOutside(handle uint64, at int64, site uint32)
	HandleBegin(handle uint64)
	HandleEnd(handle uint64)
	HandleCancelled(handle uint64)

	TaskCreated(task, parent uint64)
	// TaskFound tells a task of a loop that was found: its name, "" for Task-<id>, and what it
	// waits for, as TaskWaits; a wait of 0 says that its next step is scheduled. The parent is
	// the task from whose context its own comes, as far as that has not ended.
	TaskFound(task, parent uint64, name string, wait trace.Wait, on uint64, words string)
	// TaskNamed comes after TaskCreated, when a task gets another name than Task-<id>.
	TaskNamed(task uint64, name string)
	StepBegin(task uint64)
	StepEnd(task uint64, done bool)
	// TaskWaits is given the program's words for what the task waits for, "" for none: the name
	// of a lock or queue, or what [WaitQueue.Wait] was given.
	TaskWaits(task uint64, wait trace.Wait, on uint64, words string)
	TaskWoken(task uint64, wake trace.Wake, by uint64)
	// TaskCancelled is given what was passed to Cancel, or another reason, nil for none.
	TaskCancelled(task, by uint64, cause error)
	// TaskDone is given what the task has returned, a [*PanicError] if it panicked.
	TaskDone(task uint64, outcome trace.Outcome, err error)
	FutureResolved(future uint64, outcome trace.Outcome)

	// BytesRead and BytesWritten say that a transport has moved bytes.
	BytesRead(fd, n int)
	BytesWritten(fd, n int)
	// ConnectionOpened gives a descriptor the name of its connection, until ConnectionClosed,
	// which is given the error that has ended it, nil for none.
	ConnectionOpened(fd int, name string)
	ConnectionClosed(fd int, err error)

	// Outside is the one method that any goroutine may call, one at a time. It says when and
	// where a thread-safe call was made. It is not called any more when LoopLeft is.
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

// Outside answers that nothing is known.
func (NopHooks) Outside() (at int64, site uint32) { return 0, 0 }
