// SPDX-License-Identifier: Apache-2.0

package trace

// Kind says what a record tells and how its fields A, B, Aux and Flags are to be read. The numbers
// are part of the binary form: they are never reused and never renumbered, and a reader skips kinds
// it does not know.
//
// A producer is one thread of control, so the order of its records says what lies within what:
// everything between TurnBegin and TurnEnd belongs to that turn, everything between StepBegin and
// StepEnd was done by that task, everything between HandleBegin and HandleEnd by that callback.
// "Scheduled by" and "resolved by" are therefore not stored: they are the innermost open span at
// the moment of the record.
type Kind uint8

const (
	// KindNone marks a slot that was never written.
	KindNone Kind = 0

	// KindLoopBegin: a loop starts to run on this producer. A: loop id, B: string id of its name.
	// Flags: [LoopFound] if it runs already, and is recorded from here on: then a KindTaskFound for
	// each of its tasks follows, and a handle without a KindHandleScheduled was scheduled before.
	KindLoopBegin Kind = 1
	// KindLoopEnd: the loop has stopped running. A: loop id. Flags: [LoopLeft] if it goes on, but
	// is no longer recorded: what happens to its tasks and handles is not known.
	KindLoopEnd Kind = 2

	// KindTurnBegin: one turn of the loop starts. A: turn number, B: handles ready when it starts.
	KindTurnBegin Kind = 3
	// KindTurnEnd: the turn is over. A: turn number.
	KindTurnEnd Kind = 4
	// KindPollBegin: the loop asks the selector. A: timeout in ns, 0 = do not wait, [Forever] = no
	// limit.
	KindPollBegin Kind = 5
	// KindPollEnd: the selector has answered. A: number of events.
	KindPollEnd Kind = 6
	// KindReady: a watched descriptor is ready, or a signal has come. A: fd, or the signal's
	// number, B: handle id, Flags: [ReadyRead], [ReadyWrite], [ReadySignal]. It is followed by the
	// run of handle B; the pair is an arrow.
	KindReady Kind = 7

	// KindHandleScheduled: a callback was scheduled. A: handle id, B: deadline in ns for
	// OriginTimer, else 0; for OriginOutside, B is the time of the call. Aux: an [Origin]. Site:
	// where.
	KindHandleScheduled Kind = 8
	// KindHandleBegin: the callback starts to run. A: handle id.
	KindHandleBegin Kind = 9
	// KindHandleEnd: the callback has returned. A: handle id.
	KindHandleEnd Kind = 10
	// KindHandleCancelled: the callback will not run. A: handle id. Site: where.
	KindHandleCancelled Kind = 11

	// KindTaskFound: a loop that was found has this task, between two steps. A: task id, B: id of
	// its parent, if that was found too, else 0. Flags: [FoundWaiting] if it waits, and a
	// KindTaskWaits follows; else its next step is scheduled.
	KindTaskFound Kind = 12

	// KindTaskCreated: A: task id, B: id of the parent task, 0 = none. Site: where. The task's
	// first step is scheduled by this record; the pair is an arrow.
	KindTaskCreated Kind = 16
	// KindTaskName: A: task id, B: string id, Flags: [NameFunction]. A task without one is called
	// Task-<id>, if its id is below [FirstUnnumberedTask].
	KindTaskName Kind = 17
	// KindStepBegin: the task runs. A: task id.
	KindStepBegin Kind = 18
	// KindStepEnd: the task suspends or ends. A: task id, Flags: [StepDone] if it ended.
	KindStepEnd Kind = 19
	// KindTaskWaits: what the task is about to wait for, between StepBegin and StepEnd; or after
	// KindTaskFound, what it has been waiting for, where the length of a sleep is not known and 0.
	// A: task id, B: id of what, 0 = none, or ns for WaitSleep. Aux: a [Wait]. Site: where.
	KindTaskWaits Kind = 20
	// KindTaskWoken: the task's next step is scheduled. A: task id, B: id of the future, task or
	// object that woke it, 0 = none. Aux: a [Wake]. Site: where it was resolved. The pair with the
	// next StepBegin is an arrow.
	KindTaskWoken Kind = 21
	// KindTaskCancelled: cancellation was requested. A: task id, B: id of the requesting task, 0 =
	// none. Site: where.
	KindTaskCancelled Kind = 22
	// KindTaskDone: A: task id, B: string id of the type of its error (in Go, of what fmt.Errorf
	// wraps), 0 = none or not known, Flags: an [Outcome]. It comes within the task's last step or
	// right after it, or without a step if the task ended before its first, or is destroyed.
	KindTaskDone Kind = 23
	// KindFutureResolved: a future that is not a task was resolved. A: future id, Flags: an
	// [Outcome]. Site: where.
	KindFutureResolved Kind = 24

	// KindTaskWaitsIn follows a KindTaskWaits, at the same time: the wait is inside of a library's
	// coroutine. A: task id, B: string id of its name, such as Lock.acquire. Site: where that is
	// defined.
	KindTaskWaitsIn Kind = 25
	// KindTaskCancelText comes before a KindTaskCancelled, at the same time: the text that was
	// given for it. A: task id, B: string id.
	KindTaskCancelText Kind = 27
	// KindTaskWaitsOn follows a KindTaskWaits, at the same time: the program has words for what the
	// task waits for, such as the name of a lock, "fd 11" or a host. A: task id, B: string id of
	// the words.
	KindTaskWaitsOn Kind = 37
	// KindThreadName names the thread of this producer. A: its number in the system, B: string id.
	KindThreadName Kind = 26
	// KindOutsideCall: this thread made a thread-safe call to another producer of its process. That
	// producer's recording has a KindHandleScheduled with the same handle. A: handle id, from
	// [FirstLinkedHandle] on. Site: where. The pair with the run of the handle is an arrow between
	// recordings.
	KindOutsideCall Kind = 28
	// KindJobScheduled: a job was given to a pool of threads or processes. A: job id, unique in the
	// process; from [FirstSharedJob] on, in all of them. Site: where.
	KindJobScheduled Kind = 29
	// KindJobBegin: a thread starts it, inside of a span of the same time. A: job id, B: string id
	// of its function. The pair with KindJobScheduled is an arrow between recordings.
	KindJobBegin Kind = 30
	// KindJobEnd: the job is over. A: job id.
	KindJobEnd Kind = 31

	// KindRead: A: fd, B: bytes read.
	KindRead Kind = 32
	// KindWrite: A: fd, B: bytes written.
	KindWrite Kind = 33
	// KindSyscallBegin: A: string id of the call's name.
	KindSyscallBegin Kind = 34
	// KindSyscallEnd: A: result, two's complement.
	KindSyscallEnd Kind = 35
	// KindProcessStarted: this thread started a process, by fork or otherwise. A: its id in the
	// system, B: time just before the call that started it, ns, 0 = that of the record. Site:
	// where. The pair with the first record of the next process that starts with that id is an
	// arrow between recordings.
	KindProcessStarted Kind = 36

	// KindConnectionOpened: the program has a connection. A: fd, B: string id of its name. Until it
	// is closed, records about the fd are about the connection.
	KindConnectionOpened Kind = 38
	// KindConnectionClosed: the connection has ended. A: fd, B: string id of the text of the error
	// that ended it, 0 = none.
	KindConnectionClosed Kind = 39

	// KindCallBegin: a function is entered or resumed. Site: the function. Flags: [CallResume],
	// [CallC].
	KindCallBegin Kind = 40
	// KindCallEnd: it returns or suspends. Flags: [CallSuspend], [CallRaise].
	KindCallEnd Kind = 41
	// KindLine: a source line starts to run. Site: the line.
	KindLine Kind = 42

	// KindSpanBegin: a span of the program's own. A: string id of its name.
	KindSpanBegin Kind = 48
	// KindSpanEnd ends the innermost open span.
	KindSpanEnd Kind = 49
	// KindMark: a moment of the program's own. A: string id.
	KindMark Kind = 50
	// KindCounter: A: string id of its name, B: value, two's complement.
	KindCounter Kind = 51

	// KindLost: records are missing here because the ring was overwritten before it was read. A:
	// how many. Readers make it; producers never write it.
	KindLost Kind = 60
)

// FirstLinkedHandle is the least id of a handle whose scheduling is a KindOutsideCall of another
// producer.
const FirstLinkedHandle = 1 << 40

// FirstUnnumberedTask is the least id of a task that its program does not know by a number.
const FirstUnnumberedTask = 1 << 32

// FirstSharedJob is the least id of a job that another process may begin.
const FirstSharedJob = 1 << 52

// Forever is the timeout of a poll that has no limit.
const Forever = ^uint64(0)

// LoopFound is the flag of the KindLoopBegin of a loop that runs already.
const LoopFound uint8 = 1 << 0

// LoopLeft is the flag of the KindLoopEnd of a loop that goes on.
const LoopLeft uint8 = 1 << 0

// FoundWaiting is the flag of the KindTaskFound of a task that waits.
const FoundWaiting uint8 = 1 << 0

// Flags of KindReady.
const (
	ReadyRead  uint8 = 1 << 0
	ReadyWrite uint8 = 1 << 1
	// ReadySignal: A is the number of a signal.
	ReadySignal uint8 = 1 << 2
)

// NameFunction is the flag of a KindTaskName with the name of the task's function: nobody gave the
// task a name. The task is called Task-<id> and the function's name, or only by the function's name
// from FirstUnnumberedTask on.
const NameFunction uint8 = 1 << 0

// StepDone is the flag of the KindStepEnd with which a task ends.
const StepDone uint8 = 1 << 0

// Flags of KindCallBegin and KindCallEnd.
const (
	CallResume  uint8 = 1 << 0
	CallC       uint8 = 1 << 1
	CallSuspend uint8 = 1 << 2
	CallRaise   uint8 = 1 << 3
)

// Origin says how a handle was scheduled.
type Origin uint8

const (
	// OriginSoon is CallSoon on the loop itself.
	OriginSoon Origin = 1
	// OriginTimer is CallLater or CallAt.
	OriginTimer Origin = 2
	// OriginOutside is CallSoonThreadsafe.
	OriginOutside Origin = 3
	// OriginReader is AddReader; the handle may run many times.
	OriginReader Origin = 4
	// OriginWriter is AddWriter; the handle may run many times.
	OriginWriter Origin = 5
	// OriginSignal is AddSignalHandler; the handle may run many times.
	OriginSignal Origin = 6
	// OriginDone is a future's done callback.
	OriginDone Origin = 7
)

// Wait says what a task waits for.
type Wait uint8

const (
	// WaitYield is a bare yield: Sleep(0).
	WaitYield Wait = 1
	// WaitSleep is a timer; B of the record is its length in ns.
	WaitSleep Wait = 2
	// WaitFuture is a future; B is its id.
	WaitFuture Wait = 3
	// WaitTask is another task; B is its id.
	WaitTask Wait = 4
	// WaitGroup is the end of a task group.
	WaitGroup Wait = 5
	// WaitMany is several futures at once: Gather, Wait, AsCompleted.
	WaitMany Wait = 6
	// WaitLock is a lock; B is its id, as for those that follow.
	WaitLock Wait = 7
	// WaitEvent is an event to be set.
	WaitEvent Wait = 8
	// WaitCondition is a condition variable.
	WaitCondition Wait = 9
	// WaitSemaphore is a permit of a semaphore.
	WaitSemaphore Wait = 10
	// WaitBarrier is the other parties of a barrier.
	WaitBarrier Wait = 11
	// WaitGet is an item of a queue.
	WaitGet Wait = 12
	// WaitPut is room in a queue.
	WaitPut Wait = 13
	// WaitJoin is the end of the work on a queue's items.
	WaitJoin Wait = 14
	// WaitReceive is a value from a Go channel; B is 0.
	WaitReceive Wait = 15
	// WaitSend is a receiver for a value sent to a Go channel; B is 0.
	WaitSend Wait = 16
	// WaitRead is something to read from a descriptor; what descriptor it is, a KindTaskWaitsOn
	// says, as for those that follow. B is the id of the object that the task waits at, 0 = none.
	WaitRead Wait = 17
	// WaitWrite is room to write to a descriptor.
	WaitWrite Wait = 18
	// WaitAccept is a connection from a listener.
	WaitAccept Wait = 19
	// WaitConnect is a connection to be made.
	WaitConnect Wait = 20
	// WaitDrain is the sending of what was written before.
	WaitDrain Wait = 21
	// WaitProcess is the end of a process.
	WaitProcess Wait = 22
	// WaitResolve is the address of a host.
	WaitResolve Wait = 23
	// WaitSignal is a signal to the process.
	WaitSignal Wait = 24
	// WaitObject is an object of the program's own.
	WaitObject Wait = 25
)

// Wake says why a task's next step was scheduled.
type Wake uint8

const (
	// WakeYield ends a bare yield.
	WakeYield Wake = 1
	// WakeTimer ends a sleep.
	WakeTimer Wake = 2
	// WakeFuture: the future it waited for was resolved.
	WakeFuture Wake = 3
	// WakeTask: the task it waited for ended.
	WakeTask Wake = 4
	// WakeCancel: its context was cancelled; in Python, the future it waited for was.
	WakeCancel Wake = 5
	// WakeObject: the lock, event, queue or other object gave it what it waited for; B is the
	// object's id.
	WakeObject Wake = 6
)

// Outcome says how a task or future ended.
type Outcome uint8

const (
	// OutcomeResult is an ordinary result.
	OutcomeResult Outcome = 1
	// OutcomeError is an error.
	OutcomeError Outcome = 2
	// OutcomeCancelled is a cancellation.
	OutcomeCancelled Outcome = 3
	// OutcomePanic is a panic or runtime.Goexit.
	OutcomePanic Outcome = 4
	// OutcomeDestroyed: nobody referred to the task any more, and it was destroyed while it waited.
	// Python only.
	OutcomeDestroyed Outcome = 5
)
