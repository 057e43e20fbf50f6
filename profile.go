// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"runtime/pprof"
	rtrace "runtime/trace"
)

// profile is what the tools of the Go runtime are told about a task, see
// [LoopConfig.Profile]. It belongs to the task's stack.
type profile struct {
	task   *rtrace.Task    // nil if the execution tracer does not run
	ctx    context.Context // with that task
	region *rtrace.Region  // of the step that runs
}

// beginProfile is called on t's own stack, before its function.
func (t *task) beginProfile() {
	p := &profile{}
	t.coro.profile = p
	t.label()
	if rtrace.IsEnabled() {
		p.ctx, p.task = rtrace.NewTask(&t.scope, t.Name())
		p.region = rtrace.StartRegion(p.ctx, t.Name())
	}
}

// endProfile is called on t's own stack, after its function; the stack is used again.
func (t *task) endProfile() {
	p := t.coro.profile
	t.coro.profile = nil
	pprof.SetGoroutineLabels(context.Background())
	if p.region != nil {
		p.region.End()
	}
	if p.task != nil {
		p.task.End()
	}
}

// label gives the goroutine that is t's stack the label of the task, and those in its context.
func (t *task) label() {
	pprof.SetGoroutineLabels(pprof.WithLabels(&t.scope, pprof.Labels("task", t.Name())))
}

// parkProfiled is park between two regions: one must begin and end on the same goroutine.
func (t *task) parkProfiled() {
	p := t.coro.profile
	if p.region != nil {
		p.region.End()
		p.region = nil
	}
	t.coro.Suspend()
	if p.task != nil && rtrace.IsEnabled() {
		p.region = rtrace.StartRegion(p.ctx, t.Name())
	}
}
