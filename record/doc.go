// SPDX-License-Identifier: Apache-2.0

// Package record writes down what a loop does. A [Recorder] is given to a loop
// as its hooks and turns each call into one record of package trace, in a ring
// on disk that outlives the process ([Open]) or in a stream ([Stream]).
//
// One loop has one Recorder. Its methods are called as the hooks of the root
// package promise: on the loop's goroutine or on that of the task that is
// running, one at a time; only Outside may be called by any goroutine at any
// time. Close comes after the loop has ended.
//
// In a ring a record costs one reading of the clock and one store of 32 bytes; it does
// not allocate, lock, or enter the kernel. With [Options].Sites some records
// also carry the place in the program that caused them, for which the stack is
// walked; see BenchmarkRecord for the prices.
package record
