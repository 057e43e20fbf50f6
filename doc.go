// SPDX-License-Identifier: Apache-2.0

// Package asyncio is Python's asyncio for Go: an event loop that runs callbacks and
// tasks one at a time on one goroutine, so that what they share needs no locks.
//
//	err := asyncio.Run(func(ctx context.Context) error {
//		task := asyncio.CreateTask(ctx, func(ctx context.Context) (string, error) {
//			err := asyncio.Sleep(ctx, time.Second)
//			return "Hello, world", err
//		})
//		greeting, err := task.Await(ctx)
//		if err != nil {
//			return err
//		}
//		fmt.Println(greeting)
//		return nil
//	})
//
// # Nouns
//
// A [Loop] runs callbacks ([Handle]), timers ([TimerHandle]) and watches of file
// descriptors. A [Future] is a result that somebody will provide. A [Task] is a
// future whose result is that of a function, which runs on a stack of its own and
// may be suspended anywhere: in Sleep, in Await, and in all that is built on them. A
// [TaskGroup] is tasks that end together. A [Runner] is a loop with a beginning and
// an end; [Run] is a Runner for one main function.
//
// # Who may call what, from where
//
// A loop and all that belongs to it may be used only by the goroutine that runs the
// loop, which is to say by its callbacks and tasks; the way in for others is
// [Loop.CallSoonThreadsafe]. The check is always on: functions that return an error
// return [ErrWrongGoroutine], the others panic with it. Only where a goroutine cannot
// tell who it is, on processors other than 386, amd64, arm and arm64 (so on wasm), there
// is no check, and a call from outside is a data race.
//
// A function that may suspend the task takes ctx first; one that does not, never
// suspends. ctx is the context that the task's function was given, or one derived
// from it, by this package or by another.
//
// # Cancellation
//
// Cancellation is the context's. [Task.Cancel], [WithTimeout] and task groups cancel
// contexts, and every wait under a cancelled context fails with its error, at once,
// each time, until the code has returned to where an outer context counts. Clean-up
// that must wait does so under [context.WithoutCancel]. It does not matter who made the
// context: one of the standard library between two of ours, or of another package, is asked
// by what is below it. (What package context derives from a context of ours below it is
// told by the next wait or the next turn.) A wait that was satisfied
// before the cancellation keeps what it got. [context.Cause] says who cancelled,
// where and why.
//
// # One turn of the loop
//
// The loop does the following over and over, each step in the function named:
//
//  1. pollTimeout: 0 if anything is ready or the loop is stopping, else until the
//     earliest deadline, else for ever.
//  2. poll: wait for descriptors. While there is work the poll may be skipped, for at
//     most 16 turns and 100 µs, so a chain of callbacks cannot starve I/O; and
//     altogether if no descriptor is watched, since other goroutines and signals are
//     heard without it.
//  3. dispatchReady: queue the callbacks of the descriptors that are ready.
//  4. expireTimers: queue the timers that are due, by deadline, equal ones in the
//     order they were armed.
//  5. runReady: run exactly what is ready now. What it schedules waits for the next turn.
//
// So callbacks run in the order they were scheduled, each once, never inside of the
// call that scheduled them; a task's steps are among them.
//
// # Failure
//
// An error that a task returns goes to whoever awaits it; one that nobody has asked
// for a second later goes to the exception handler ([Loop.SetExceptionHandler]), as
// does the panic of a callback. A panic in a task continues in whoever awaits the
// task, with both stacks. [runtime.Goexit] in a task, as t.FailNow does it, ends that
// task with [ErrGoexit]. Cancelled is not failed; but an error joined with a cancellation,
// or that of a context which is none of the task's, is an error like any other.
//
// # What a task must not do
//
// Block the goroutine: on a channel, a mutex that another task holds, a system call
// that waits. Everything stands still meanwhile; [ToThread] is for that. Hold a
// mutex across a wait that another task needs: a deadlock. Wait in a sequence that
// somebody pulls from ([iter.Pull]), which has a goroutine of its own: range over it.
//
// Change what thread it is locked to: a task that calls [runtime.LockOSThread] must undo
// it before it waits, ends, or creates an eager task, and a callback before it returns,
// or the Go runtime aborts the process. So does UnlockOSThread in a loop that runs on a
// locked goroutine. That is fine (a GUI's main thread, say), as long as whoever runs the
// loop again does it in the same state (a call from C locks the goroutine, too): with tasks left, [Runner.Run] and [Runner.Close]
// return [ErrOtherThread] if not. How often the goroutine has called LockOSThread counts,
// too, and is the one thing that they cannot see.
//
// # When something is wrong
//
// A watchdog is always on: a callback or step that holds the loop for longer than
// [DefaultStallThreshold] is logged while it does, with its stack ([Stall]). [Loop.WaitGraph]
// shows who waits for whom, and [waitgraph.Graph.Deadlock] names circles. [Loop.Latency] has
// histograms of turns and delays. Debug mode ([Loop.SetDebug]) remembers where tasks,
// futures and callbacks come from, and reports what was left.
//
// # Environment
//
// These are read when a loop is made; a program needs no line for them.
//
//	ASYNCIO_DEBUG=1         debug mode
//	ASYNCIO_TRACE=DIR       record what the loop does in a file in DIR, for curtain
//	ASYNCIO_TRACE_SITES=0   leave out file and line, which cost most of a recording's time
//	ASYNCIO_SELECTOR=NAME   epoll, poll, select or kqueue; see package selector
//	ASYNCIO_WAKER=NAME      eventfd or pipe
//
// # Reading order
//
// run.go is the front door. loop.go is a loop's life, turn.go the turn above, owner.go says
// whose the loop is, and clock.go what time it has. handle.go, timer.go, outside.go, watch.go
// and signal.go are what a turn runs. future.go, task.go and await.go belong together: a
// future, a task that is one, and the one way from a task into the loop; stack.go is what
// tasks run on, tasks.go the list of them, procedure.go a task without a result, eager.go one
// that begins at once. context.go is what cancellation is made of, with tree.go for contexts
// of others above ours, and twin.go for those below; cancellation.go tells it from an error.
// timeout.go, group.go, gather.go, wait.go and shield.go are built on these, with many.go for
// those that wait for several things. waiters.go is what lock.go, event.go, condition.go,
// semaphore.go, barrier.go and queue.go (with priorityqueue.go and lifoqueue.go) have in
// common. tothread.go with executor.go, defaultexecutor.go and heldup.go, concurrent.go with
// threadsafe.go, and channel.go with exchange.go and pump.go lead to other goroutines and
// back. watchdog.go, latency.go with histogram.go, debug.go with origin.go, graph.go,
// inspect.go and profile.go are for when something is wrong, which errors.go has names for.
// hooks.go is what a recorder sees, env.go what the environment says, order.go what tests
// decide.
// exception.go, site.go and osthread.go can wait.
//
// Ids in parentheses, such as S1, are those of docs/asyncio.md, which compares each
// feature of Python's asyncio with this package.
package asyncio
