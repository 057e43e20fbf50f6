// SPDX-License-Identifier: Apache-2.0

// Package selector asks the kernel which file descriptors are ready: the floor
// below the event loop, after Python's selectors module.
//
// A [Selector] holds a set of descriptors, each with the directions of interest
// and a value of the caller's (a [Key]); [Selector.Wait] reports those that are
// ready as a list of [Event]. Readiness is level-triggered: it is reported by
// every Wait for as long as it lasts, so a reader may leave bytes for the next
// turn. A [Waker] is a descriptor that another goroutine can make readable, to
// end a Wait early.
//
// A Selector belongs to one goroutine at a time. [Waker.Wake] is the only call
// of this package for which any goroutine will do.
//
// [New] and [NewWaker] choose the best of this system; the variables
// ASYNCIO_SELECTOR and ASYNCIO_WAKER of the environment overrule them, which is
// how the fallbacks are tested. Linux has epoll, poll and select, with eventfd
// and pipe to wake them; macOS and the BSDs have kqueue, poll and select, with
// pipe. On every other system both fail with [errors.ErrUnsupported]; what is left
// there is [NewChannel], without descriptors.
//
// Selectors answer alike, which package selectortest checks, but for two things
// that their kernels do not tell: select does not report a hang-up to one who is
// interested in writing only, and a kqueue reports the end of a direction to that
// direction only.
//
// A descriptor should leave the selector before it is closed. If it does not,
// epoll and kqueue forget it silently, while poll and select report it ready, so
// that its owner meets EBADF. Once the number is another file's, poll and select
// watch that file, and epoll and kqueue do after the next [Selector.Modify].
package selector
