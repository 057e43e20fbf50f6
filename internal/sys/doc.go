// SPDX-License-Identifier: Apache-2.0

// Package sys is the thin edge to the operating system: the system calls that the selectors, the
// wakers and the trace ring need, and nothing else. It is the only package that imports
// golang.org/x/sys. Functions return the kernel's error number unchanged (a [syscall.Errno]); the
// caller, who knows what was attempted, wraps it in words.
//
// Functions that take a timeout know three cases: negative means no limit, 0 means do not wait,
// positive is a limit which is never undercut: it is rounded up where the kernel counts in coarser
// units, and it must not exceed 24 hours (so that it fits every kernel's type). The functions
// themselves are safe for concurrent use, as system calls are; the buffers given to them are not.
package sys
