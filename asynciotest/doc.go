// SPDX-License-Identifier: Apache-2.0

// Package asynciotest runs tests of asyncio programs: in virtual time, in many orders,
// or in all of them.
//
// [Run] runs a test body as the main task of a loop of its own, in virtual time: when all
// tasks wait, the clock jumps to the next timer, so an hour's sleep takes microseconds
// and the times seen are exact. What the body leaves behind fails the test: tasks that
// still run, timers, watched descriptors, errors that nobody has awaited. When all tasks
// wait for each other, that is a failure too, and names them.
//
// [Shuffle] runs the body many times, each time with the handles that are ready in a turn
// in another random order, from a seed that a failure prints.
//
// [Explore] runs the body under every order of what is ready. A small test of a lock or a queue has some
// thousand orders, each of which takes some ten microseconds; so a bug that needs one
// order in ten thousand is found for certain. The orders nearest to the usual one come
// first, so the schedule that is reported is a shortest one. It is replayed by its token.
//
// [Synctest] runs a body inside of a bubble of testing/synctest, where goroutines and the
// loop share one virtual clock.
//
// # What a body must keep to
//
// Virtual time passes only while every task waits: code takes none. Blocking functions
// that were given to an executor are waited for, unless they wait themselves, in
// ConcurrentFuture.Await; one that waits for the loop in another way, such as for its
// context's Done, waits for ever. So are values on their way to a Recv or from a Send. A cancellation that has happened is heard of before the time goes on,
// whoever made the context. Other goroutines are not known to the clock, which runs ahead of
// them; use [Synctest] for these. Under [Explore] there must be none, and nothing random or
// real may decide what the body does: a schedule is replayed from its beginning over and over.
//
// # Environment
//
//	ASYNCIOTEST_SEED=N         Shuffle runs once, with this seed
//	ASYNCIOTEST_SCHEDULE=TOKEN Explore runs this schedule only, and prints its steps
//
// # Reading order
//
// run.go is one run, t.go what its body is given, world.go the clock and the selector.
// shuffle.go and explore.go are many runs: schedule.go is one order, path.go the way along
// it, footprint.go what makes two orders the same, story.go what is told of one that fails.
// leaks.go is what a test binary must not leave behind.
package asynciotest
