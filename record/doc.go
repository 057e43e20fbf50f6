// SPDX-License-Identifier: Apache-2.0

// Package record writes down what a loop does. A [Recorder] is a loop's hooks. It turns each call
// into one record of package trace, in a ring on disk that outlives the process ([Create]) or in a
// stream ([Stream]).
//
// One loop has one Recorder. The loop calls its methods as the hooks of the root package promise:
// one at a time, on its own goroutine or on that of the running task. Only Outside may be called by
// any goroutine at any time. Call Close after the loop has ended.
//
// In a ring a record costs one reading of the clock and one store of 32 bytes; it does not
// allocate, lock, or enter the kernel. With [Options].Sites some records also say which place in
// the program caused them. That takes a walk of the stack; BenchmarkRecord has the prices.
package record
