// SPDX-License-Identifier: Apache-2.0

// Package selector asks the kernel which file descriptors are ready: the floor below the event
// loop, after Python's selectors module.
//
// A [Selector] holds a set of descriptors, each with the directions of interest and a value of the
// caller's (a [Key]); [Selector.Wait] reports those that are ready as a list of [Event]. Readiness
// is level-triggered: it is reported by every Wait for as long as it lasts, so a reader may leave
// bytes for the next turn. A [Waker] is a descriptor that another goroutine can make readable, to
// end a Wait early.
//
// Only one goroutine at a time may use a Selector. [Waker.Wake] is the only call of this package
// that any goroutine may make.
//
// [New] and [NewWaker] choose the best of this system; the environment variables ASYNCIO_SELECTOR
// and ASYNCIO_WAKER overrule them, which is how we test the fallbacks. Linux has epoll, poll and
// select, with eventfd and pipe to wake them; macOS and the BSDs have kqueue, poll and select, with
// pipe. On every other system both fail with [errors.ErrUnsupported], and only [NewChannel] is
// left, without descriptors.
//
// All selectors answer alike, as package selectortest checks, with two exceptions that the kernels
// cause: select does not report a hang-up if only writing is of interest, and kqueue reports the
// end of a direction only for that direction.
//
// A descriptor should leave the selector before it is closed. If it does not, epoll and kqueue
// forget it silently, while poll and select report it ready, so that its owner gets EBADF. When
// another file has got the number, poll and select watch that file at once, epoll and kqueue after
// the next [Selector.Modify].
package selector
