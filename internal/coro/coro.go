// SPDX-License-Identifier: Apache-2.0

// Package coro is one coroutine: a stack that runs one body after another, and can be left in the
// middle of a body and entered again. It knows nothing of loops or tasks.
//
// It is built on [iter.Pull], the only way for an ordinary library to use the runtime's coroutines.
// Three facts about it shape this package:
//
//   - making one costs several times as much as a switch
//     (BenchmarkNew and BenchmarkSwitch), so a Coro is reused for many bodies;
//   - the runtime aborts the process if a coroutine is entered or left under another
//     LockOSThread state than it was made under, so all are made and resumed by
//     the loop's goroutine in one state ([Thread]), and a body that changes it must
//     change it back before it suspends, returns, or makes a coroutine;
//   - a Goexit inside would be carried over to the goroutine that resumes, so it
//     is caught on its way out (see Coro.goexit).
package coro

import (
	"iter"

	"github.com/gocurtain/asyncio/internal/sys"
)

// Body is what a coroutine runs. Run must recover its own panics.
type Body interface {
	Run()
}

// Coro is a coroutine. The body calls Suspend. Only the goroutine that made the coroutine, or
// another coroutine that this goroutine has resumed, may call the other methods.
type Coro struct {
	resume func() (struct{}, bool)
	stop   func()
	yield  func(struct{}) bool
	body   Body
	// G identifies the goroutine that is this coroutine's stack: what [sys.CurrentG] returns inside
	// a body. It is 0 until the first body starts, and does not change after that.
	G    uintptr
	dead bool
}

// New makes a coroutine that has no body.
func New() *Coro {
	c := new(Coro)
	c.Init()
	return c
}

// Init is New for a Coro inside a larger struct, which must not be copied after it.
func (c *Coro) Init() { c.resume, c.stop = iter.Pull(c.work) }

// Start runs body until it suspends or returns.
func (c *Coro) Start(body Body) {
	c.body = body
	c.resume()
}

// Resume runs the body on from its last Suspend until it suspends or returns.
func (c *Coro) Resume() { c.resume() }

// Suspend gives control back to the caller of Start or Resume, and returns when Resume is called.
func (c *Coro) Suspend() { c.yield(struct{}{}) }

// Idle reports whether the last body has returned, so that Start may be called.
func (c *Coro) Idle() bool { return c.body == nil && !c.dead }

// Dead reports whether runtime.Goexit ended the last body. A dead coroutine cannot be started
// again.
func (c *Coro) Dead() bool { return c.dead }

// Stop ends an idle coroutine and frees its stack. On a dead one it does nothing.
func (c *Coro) Stop() {
	if !c.dead {
		c.stop()
	}
}

func (c *Coro) work(yield func(struct{}) bool) {
	c.yield = yield
	c.G = sys.CurrentG()
	defer c.goexit()
	for {
		c.body.Run()
		c.body = nil
		if !yield(struct{}{}) {
			return
		}
	}
}

// goexit runs when work ends. After a Stop there is nothing to do. After a Goexit, which has run
// the body's own deferred calls by now, it hands control back to the loop; the goroutine's end
// waits for Bury.
func (c *Coro) goexit() {
	if c.body == nil {
		return
	}
	c.body = nil
	c.dead = true
	c.yield(struct{}{})
}

// Bury frees the stack of a dead coroutine. iter.Pull carries a Goexit over to the goroutine that
// resumes, so a goroutine that may die does it. That one is not locked to a thread. If the caller
// is, resuming would abort the process: then the dead coroutine stays parked, and its stack is not
// freed.
func (c *Coro) Bury() {
	if !CurrentThread().Locked() {
		go c.resume()
	}
}
