// SPDX-License-Identifier: Apache-2.0

// Package asyncio is Python's asyncio for Go. Its event loop runs callbacks and tasks one at a time
// on one goroutine, so the data that they share needs no locks.
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
// A [Loop] runs callbacks ([Handle]), timers ([TimerHandle]) and watches of file descriptors. A
// [Future] is a result that comes later. A [Task] is a future, too: it runs a function on a stack
// of its own, and what the function returns is its result. A task can be suspended anywhere: in
// Sleep, in Await, and in everything built on them. A [TaskGroup] is a set of tasks that end
// together. A [Runner] is a loop with a beginning and an end; [Run] is a Runner for one main
// function.
//
// # Who may call what, from where
//
// Only the loop's goroutine may use a loop and what belongs to it: that is, the loop's callbacks
// and tasks. Any other goroutine goes through [Loop.CallSoonThreadsafe]. The check is always on:
// functions that return an error return [ErrWrongGoroutine], the others panic with it. Only on
// processors other than 386, amd64, arm and arm64 (so on wasm) there is no check, since a goroutine
// cannot tell there who it is; a call from outside is a data race then.
//
// A function that may suspend the task takes ctx first; a function without ctx never suspends it.
// ctx is the context that the task's function received, or one that any package has derived from
// it.
//
// # Cancellation
//
// Cancellation belongs to the context. [Task.Cancel], [WithTimeout] and task groups cancel
// contexts. Every wait under a cancelled context fails at once with the context's error, and so
// does each later one, until the code has returned to where it uses an outer context. Clean-up that
// must wait does so under [context.WithoutCancel]. A wait that was satisfied before the
// cancellation keeps what it got. [context.Cause] says who cancelled, where and why.
//
// It does not matter which package made the context. If a foreign context stands above one of ours,
// ours asks it. (A context that package context derives from such a one of ours learns of the
// cancellation at the next wait or in the next turn.)
//
// # One turn of the loop
//
// The loop does the following over and over, each step in the function named:
//
//  1. pollTimeout: 0 if anything is ready or the loop is stopping, else until the
//     earliest deadline, else for ever.
//  2. poll: wait for descriptors. While there is work the poll may be skipped, for at
//     most 16 turns and 100 µs, so that a chain of callbacks cannot starve I/O. If no
//     descriptor is watched it may be skipped for longer, since the loop notices other
//     goroutines and signals without it.
//  3. dispatchReady: queue the callbacks of the descriptors that are ready.
//  4. expireTimers: queue the timers that are due, by deadline, equal ones in the
//     order they were armed.
//  5. runReady: run exactly what is ready now. What it schedules waits for the next turn.
//
// So callbacks run in the order in which they were scheduled, each once, and never inside the call
// that scheduled them. The same holds for the steps of tasks.
//
// # Failure
//
// The code that awaits a task gets its error. If nobody has asked for the error within a second,
// the exception handler gets it ([Loop.SetExceptionHandler]). A panic in a task continues in the
// code that awaits the task, with both stacks. The panic of a callback goes to the exception
// handler. [runtime.Goexit] in a task (t.FailNow calls it) ends the task with [ErrGoexit]. A
// cancellation is not a failure. But an error joined with a cancellation is one, and so is the
// error of a context that has nothing to do with the task.
//
// # What a task must not do
//
// It must not block the goroutine: on a channel, on a mutex that another task holds, or in a system
// call that waits. Everything stands still meanwhile; use [ToThread]. It must not hold a mutex
// during a wait if another task needs the mutex: that is a deadlock. It must not wait inside a
// sequence that is read with [iter.Pull], which has a goroutine of its own: range over the sequence
// instead.
//
// It must not change how the goroutine is locked to a thread. A task that calls
// [runtime.LockOSThread] must undo it before it waits, ends or creates an eager task, and a
// callback must undo it before it returns; else the Go runtime aborts the process. UnlockOSThread
// on a goroutine that was locked before has the same end.
//
// A loop may run on a locked goroutine, such as the main thread of a GUI. While tasks are left, it
// must be run again in the same state, or [Runner.Run] and [Runner.Close] return [ErrOtherThread].
// (A call from C locks the goroutine, too.) They cannot see how often the goroutine has called
// LockOSThread, but that number must be the same as well.
//
// # When something is wrong
//
// A watchdog is always on: if a callback or step holds the loop for longer than
// [DefaultStallThreshold], it is logged while it still runs, with its stack ([Stall]).
// [Loop.WaitGraph] shows who waits for whom, and [waitgraph.Graph.Deadlock] finds circles.
// [Loop.Latency] has histograms of turns and delays. Debug mode ([Loop.SetDebug]) remembers where
// tasks, futures and callbacks come from, and reports what was left.
//
// # Environment
//
// The loop reads these when it is made; a program needs no line for them.
//
//	ASYNCIO_DEBUG=1         debug mode
//	ASYNCIO_TRACE=DIR       record what the loop does in a file in DIR, for curtain
//	ASYNCIO_TRACE_SITES=0   leave out file and line, which cost most of a recording's time
//	ASYNCIO_SELECTOR=NAME   epoll, poll, select or kqueue; see package selector
//	ASYNCIO_WAKER=NAME      eventfd or pipe
//
// # Reading order
//
// run.go is the front door. loop.go is a loop's life, turn.go the turn above, owner.go says whose
// the loop is, and clock.go what time it has. handle.go, timer.go, outside.go, watch.go and
// signal.go are what a turn runs, and readiness.go and waitsignal.go are tasks that wait for the
// last two. future.go, task.go and suspend.go belong together: a future, a task that is one, and
// the one way from a task into the loop, which sleep.go takes; stack.go is what tasks run on,
// tasks.go the list of them, procedure.go a task without a result, eager.go one that begins at
// once. cancel.go begins a cancellation. context.go is what it is made of, with tree.go for
// contexts of others above ours, and twin.go for those below; iscancellation.go tells it from an
// error. timeout.go, group.go, gather.go, wait.go and shield.go are built on these, with many.go
// for those that wait for several things; so are ticks.go and first.go. waitqueue.go, on
// waiters.go, is what lock.go, event.go, condition.go, semaphore.go, barrier.go and queue.go (with
// priorityqueue.go and lifoqueue.go) have in common. tothread.go with executor.go,
// defaultexecutor.go and heldup.go, concurrent.go with threadsafe.go, and channel.go with
// exchange.go and pump.go lead to other goroutines and back. watchdog.go, latency.go with
// histogram.go, debug.go with origin.go, graph.go, inspect.go and profile.go are for when something
// is wrong, which errors.go has names for. hooks.go is what a recorder sees, sethooks.go how one
// comes and goes, hookguard.go what becomes of one that fails, env.go what the environment says,
// order.go what tests decide. exception.go, site.go and osthread.go can wait.
//
// Ids in parentheses, such as S1, are those of docs/asyncio.md, which compares each feature of
// Python's asyncio with this package.
package asyncio
