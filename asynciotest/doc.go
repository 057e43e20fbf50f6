// SPDX-License-Identifier: Apache-2.0

// Package asynciotest runs tests of asyncio programs: in virtual time, in many orders, or in all of
// them.
//
// [Run] runs a test body as the main task of a loop of its own, in virtual time: when all tasks
// wait, the clock jumps to the next timer, so an hour's sleep takes microseconds and the times seen
// are exact. The test fails if the body leaves something behind: tasks that still run, timers,
// watched descriptors, errors that nobody has awaited. It also fails if all tasks wait for each
// other; the failure names them.
//
// [Shuffle] runs the body many times, each time with the ready handles of each turn in another
// random order. A failure prints the seed.
//
// [Explore] runs the body under every order of what is ready. A small test of a lock or a queue has
// a few thousand orders, and each takes some ten microseconds. So it is certain to find a bug that
// needs one order in ten thousand. The orders nearest to the usual one come first, so the schedule
// that it reports is a shortest one. A token replays it.
//
// [Synctest] runs a body inside of a bubble of testing/synctest, where goroutines and the loop
// share one virtual clock.
//
// # What a body must keep to
//
// Virtual time passes only while every task waits: code takes none. The clock stands still while an
// executor runs a blocking function, unless that function waits in ConcurrentFuture.Await. A
// function that waits for the loop in another way, such as for its context's Done, waits for ever.
// The clock also stands still while a value is on its way to a Recv or from a Send. If a context
// was cancelled, tasks hear of it before time goes on, whoever made the context.
//
// No descriptor is ever ready, since the loop does not ask the kernel: a body that waits for one
// needs an ordinary loop.
//
// The clock does not know other goroutines, and runs ahead of them; use [Synctest] for these. Under
// [Explore] there must be none, and nothing random or real may decide what the body does: a
// schedule is replayed from its beginning over and over.
//
// # Environment
//
//	ASYNCIOTEST_SEED=N         Shuffle runs once, with this seed
//	ASYNCIOTEST_SCHEDULE=TOKEN Explore runs this schedule only, and prints its steps
//
// # Reading order
//
// run.go is one run, t.go what its body is given, virtualtime.go the clock and the selector.
// shuffle.go and explore.go are many runs: schedule.go is one order, path.go the way along it,
// footprint.go what makes two orders the same, story.go what is told of one that fails. leaks.go is
// what a body, and a test binary, must not leave behind.
package asynciotest
