// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"

	"github.com/gocurtain/asyncio/internal/coro"
	"github.com/gocurtain/asyncio/internal/entry"
)

// procedure is a task whose function has no result. A wrapper that adds a result would hide from
// reports where the function is.
type procedure struct {
	Task[struct{}]
	fn func(context.Context) error
	// standsFor is the code of the function that reports are to show, 0 for fn.
	standsFor uintptr
}

func (p *procedure) public() AnyTask { return &p.Task }

func (p *procedure) body() coro.Body { return (*procedureBody)(p) }

func (p *procedure) entry() uintptr {
	if p.standsFor != 0 {
		return p.standsFor
	}
	return entry.Of(p.fn)
}

// procedureBody is to a procedure what taskBody is to a task.
type procedureBody procedure

// Run calls the function. It must not let a panic pass.
func (b *procedureBody) Run() {
	t := &b.task
	t.loop.setOwner(t.coro)
	defer t.exit()
	if t.loop.profile {
		t.coro.profile = beginProfile(&t.scope, t.Name())
		defer t.coro.endProfile()
	}
	t.err = b.fn(&t.scope)
	t.returned = true
	if t.err == nil {
		t.loop.leaveStack()
		b.fn = nil
	}
}
