// SPDX-License-Identifier: Apache-2.0

package waitgraph

import (
	"iter"
	"time"
)

// Graph is who waits for whom in one process at one moment. It is a copy, and belongs to the caller
// who asked for it.
type Graph struct {
	PID     int
	Runtime string // what the program runs on, such as "cpython 3.12.1"
	Loops   []Loop
}

// Loop is one event loop, and its tasks in the order of their creation.
type Loop struct {
	ID     uint64
	Name   string // "" if it has none
	Thread Thread
	// Running is the task whose step runs now, 0 for none. Since is how long that step, or a
	// callback, has run, 0 if that is not known.
	Running uint64
	Since   time.Duration
	Ready   int // callbacks and steps that are ready to run
	Timers  int // timers armed
	// NextTimer is the time until the first of the Timers is due, negative if it is overdue.
	NextTimer time.Duration
	Tasks     []Task
}

// Thread is the thread of the system that a loop runs on, the zero value if it is not known or may
// change, as in Go.
type Thread struct {
	ID   uint64
	Name string
}

// State is what a task does.
type State string

// The states of a task.
const (
	Ready   State = "ready"   // its next step is to come
	Running State = "running" // it runs
	Waiting State = "waiting" // for something, see Task.Waits
	Done    State = "done"    // it has ended
)

// Task is one task. The numbers of tasks are unique in the process; 0 means none.
type Task struct {
	ID    uint64
	Name  string
	State State
	// Function is where the task's function is, as far as that is known.
	Function Frame
	// Stack is where the task is, outermost call first, nil if nobody has asked for it.
	Stack []Frame
	// Origin is the stack on which the task was created, outermost call first; most runtimes keep
	// it in their debug mode only.
	Origin []Frame
	// Parent is the task on whose behalf it was created. It is 0 if there is none, if it has ended,
	// or if it is not known.
	Parent uint64
	// Waits is what a task in the state Waiting waits for.
	Waits Wait
	// WaitsFor are the tasks that it waits for, as far as that is known: the task that it awaits,
	// the holder of the lock, the tasks of its group or among those gathered. Who will put an item
	// into a queue is not known.
	WaitsFor []uint64
	// Woken is how its last wait ended.
	Woken Wake
	// Cancelled says who has cancelled the task, where and why; "" if nobody has.
	Cancelled string
}

// Frame is a call, or a function. What is not known is zero.
type Frame struct {
	Function string
	File     string
	Line     int
}

// Kind says in one word what a task waits for. The constants are the usual kinds; a source of
// graphs may have others.
type Kind string

// The kinds of what tasks wait for.
const (
	KindTimer     Kind = "timer"
	KindTask      Kind = "task"
	KindFuture    Kind = "future"
	KindGather    Kind = "gather" // several tasks or futures
	KindGroup     Kind = "group"  // the tasks of a group
	KindLock      Kind = "lock"
	KindEvent     Kind = "event"
	KindCondition Kind = "condition"
	KindSemaphore Kind = "semaphore"
	KindBarrier   Kind = "barrier"
	KindQueue     Kind = "queue"   // an item, room, or the end of the work
	KindChannel   Kind = "channel" // of Go
	KindSocket    Kind = "socket"  // or another descriptor
	KindThread    Kind = "thread"  // a function that runs on another thread
	KindProcess   Kind = "process"
	KindObject    Kind = "object" // anything else; of a [Wake], also a lock, event, queue or their like
)

// KindCancelled is the kind of a [Wake] that has cut the wait short.
const KindCancelled Kind = "cancelled"

// Wait is what a task waits for. Its Kind is "" if there is no wait, or nothing is known of it.
type Wait struct {
	Kind Kind
	What string // the same in words: "waiting for " and this
	// ID is the number of what it waits for: of a task if Kind is KindTask, else of an object, the
	// same for all who wait for it; 0 if it has none.
	ID  uint64
	For time.Duration // how long it has waited, 0 if that is not known
}

// Wake is how a wait ended: by what, and by which task, 0 for none, a timer or a callback. Its Kind
// is "" if no wait has ended yet, or nothing is known of it.
type Wake struct {
	Kind Kind
	By   uint64
}

// Tasks yields the tasks of all loops, in order.
func (g *Graph) Tasks() iter.Seq[*Task] {
	return func(yield func(*Task) bool) {
		for i := range g.Loops {
			for j := range g.Loops[i].Tasks {
				if !yield(&g.Loops[i].Tasks[j]) {
					return
				}
			}
		}
	}
}

// Task returns the task with a number, nil if there is none. It looks through all of them.
func (g *Graph) Task(id uint64) *Task {
	for t := range g.Tasks() {
		if t.ID == id {
			return t
		}
	}
	return nil
}

// byID returns the tasks by their numbers. If several have the same number, it is the first one's.
func (g *Graph) byID() map[uint64]*Task {
	tasks := map[uint64]*Task{}
	for t := range g.Tasks() {
		if tasks[t.ID] == nil {
			tasks[t.ID] = t
		}
	}
	return tasks
}
