// SPDX-License-Identifier: Apache-2.0

// Package selectortest helps to test selectors, wakers, and what is built on them. [Run] and
// [RunWaker] are the conformance suites that every implementation passes. [Fake] is a selector
// without a kernel: a test says what is ready, and reads the calls back. With [Fake.OnWait], or
// inside a bubble of testing/synctest, its time is virtual.
package selectortest
