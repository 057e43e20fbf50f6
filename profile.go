// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"runtime/pprof"
	rtrace "runtime/trace"
)

// profile is what the tools of the Go runtime are told about a task, see [LoopConfig.Profile]. It
// belongs to the task's stack, on which all of it is called.
type profile struct {
	task   *rtrace.Task    // nil if the execution tracer does not run
	ctx    context.Context // with that task
	region *rtrace.Region  // of the step that runs: one must begin and end on the same goroutine
}

// beginProfile is called before the task's function; ctx is that of the task.
func beginProfile(ctx context.Context, name string) *profile {
	p := &profile{}
	label(ctx, name)
	if rtrace.IsEnabled() {
		p.ctx, p.task = rtrace.NewTask(ctx, name)
		p.beginStep(name)
	}
	return p
}

// end is called after the task's function.
func (p *profile) end() {
	pprof.SetGoroutineLabels(context.Background())
	p.endStep()
	if p.task != nil {
		p.task.End()
	}
}

func (p *profile) beginStep(name string) {
	if p.task != nil && rtrace.IsEnabled() {
		p.region = rtrace.StartRegion(p.ctx, name)
	}
}

func (p *profile) endStep() {
	if p.region != nil {
		p.region.End()
		p.region = nil
	}
}

// label gives the goroutine the label of a task, and those in its context.
func label(ctx context.Context, name string) {
	pprof.SetGoroutineLabels(pprof.WithLabels(ctx, pprof.Labels("task", name)))
}
