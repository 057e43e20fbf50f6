// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/gocurtain/asyncio/record"
	"github.com/gocurtain/asyncio/trace"
)

// hookGuard stands between a loop and the program's hooks. After the first panic of a hook it calls
// them no more, and reports that once.
type hookGuard struct {
	sealed
	hooks  Hooks
	broken atomic.Bool
	// failed gets the panic, on any goroutine.
	failed func(g *hookGuard, panicked any, stack []byte)
}

var _ Hooks = (*hookGuard)(nil)

// guardHooks guards h, unless it is nil, guarded already, or our own recorder, whose records the
// guard would make dearer (BenchmarkSleepZeroRecorded). A nil recorder, which somebody has not got
// and uses all the same, is guarded, too.
func guardHooks(h Hooks, failed func(g *hookGuard, panicked any, stack []byte)) Hooks {
	switch h := h.(type) {
	case nil:
		return nil
	case *record.Recorder:
		if h != nil {
			return h
		}
	case *hookGuard:
		return guardHooks(h.hooks, failed)
	}
	return &hookGuard{hooks: h, failed: failed}
}

// caught ends each method.
func (g *hookGuard) caught() {
	if v := recover(); v != nil {
		g.fail(v)
	}
}

func (g *hookGuard) fail(v any) {
	if !g.broken.Swap(true) {
		g.failed(g, v, debug.Stack())
	}
}

// Outside is called under the lock that failed needs.
func (g *hookGuard) Outside() (at int64, site uint32) {
	if g.broken.Load() {
		return 0, 0
	}
	defer func() {
		if v := recover(); v != nil {
			go g.fail(v)
		}
	}()
	return g.hooks.Outside()
}

func (g *hookGuard) LoopBegin(loop uint64, name string) {
	if !g.broken.Load() {
		defer g.caught()
		g.hooks.LoopBegin(loop, name)
	}
}

func (g *hookGuard) LoopEnd(loop uint64) {
	if !g.broken.Load() {
		defer g.caught()
		g.hooks.LoopEnd(loop)
	}
}

func (g *hookGuard) LoopFound(loop uint64, name string) {
	if !g.broken.Load() {
		defer g.caught()
		g.hooks.LoopFound(loop, name)
	}
}

func (g *hookGuard) LoopLeft(loop uint64) {
	if !g.broken.Load() {
		defer g.caught()
		g.hooks.LoopLeft(loop)
	}
}

func (g *hookGuard) TurnBegin(turn uint64, ready int) {
	if !g.broken.Load() {
		defer g.caught()
		g.hooks.TurnBegin(turn, ready)
	}
}

func (g *hookGuard) TurnEnd(turn uint64) {
	if !g.broken.Load() {
		defer g.caught()
		g.hooks.TurnEnd(turn)
	}
}

func (g *hookGuard) PollBegin(timeout time.Duration) {
	if !g.broken.Load() {
		defer g.caught()
		g.hooks.PollBegin(timeout)
	}
}

func (g *hookGuard) PollEnd(events int) {
	if !g.broken.Load() {
		defer g.caught()
		g.hooks.PollEnd(events)
	}
}

func (g *hookGuard) Ready(fd int, flags uint8, handle uint64) {
	if !g.broken.Load() {
		defer g.caught()
		g.hooks.Ready(fd, flags, handle)
	}
}

func (g *hookGuard) HandleScheduled(handle uint64, origin trace.Origin, delay time.Duration) {
	if !g.broken.Load() {
		defer g.caught()
		g.hooks.HandleScheduled(handle, origin, delay)
	}
}

func (g *hookGuard) HandleScheduledOutside(handle uint64, at int64, site uint32) {
	if !g.broken.Load() {
		defer g.caught()
		g.hooks.HandleScheduledOutside(handle, at, site)
	}
}

func (g *hookGuard) HandleBegin(handle uint64) {
	if !g.broken.Load() {
		defer g.caught()
		g.hooks.HandleBegin(handle)
	}
}

func (g *hookGuard) HandleEnd(handle uint64) {
	if !g.broken.Load() {
		defer g.caught()
		g.hooks.HandleEnd(handle)
	}
}

func (g *hookGuard) HandleCancelled(handle uint64) {
	if !g.broken.Load() {
		defer g.caught()
		g.hooks.HandleCancelled(handle)
	}
}

func (g *hookGuard) TaskCreated(task, parent uint64) {
	if !g.broken.Load() {
		defer g.caught()
		g.hooks.TaskCreated(task, parent)
	}
}

func (g *hookGuard) TaskFound(task, parent uint64, name string, wait trace.Wait, on uint64, words string) {
	if !g.broken.Load() {
		defer g.caught()
		g.hooks.TaskFound(task, parent, name, wait, on, words)
	}
}

func (g *hookGuard) TaskNamed(task uint64, name string) {
	if !g.broken.Load() {
		defer g.caught()
		g.hooks.TaskNamed(task, name)
	}
}

func (g *hookGuard) StepBegin(task uint64) {
	if !g.broken.Load() {
		defer g.caught()
		g.hooks.StepBegin(task)
	}
}

func (g *hookGuard) StepEnd(task uint64, done bool) {
	if !g.broken.Load() {
		defer g.caught()
		g.hooks.StepEnd(task, done)
	}
}

func (g *hookGuard) TaskWaits(task uint64, wait trace.Wait, on uint64, words string) {
	if !g.broken.Load() {
		defer g.caught()
		g.hooks.TaskWaits(task, wait, on, words)
	}
}

func (g *hookGuard) TaskWoken(task uint64, wake trace.Wake, by uint64) {
	if !g.broken.Load() {
		defer g.caught()
		g.hooks.TaskWoken(task, wake, by)
	}
}

func (g *hookGuard) TaskCancelled(task, by uint64, cause error) {
	if !g.broken.Load() {
		defer g.caught()
		g.hooks.TaskCancelled(task, by, cause)
	}
}

func (g *hookGuard) TaskDone(task uint64, outcome trace.Outcome, err error) {
	if !g.broken.Load() {
		defer g.caught()
		g.hooks.TaskDone(task, outcome, err)
	}
}

func (g *hookGuard) FutureResolved(future uint64, outcome trace.Outcome) {
	if !g.broken.Load() {
		defer g.caught()
		g.hooks.FutureResolved(future, outcome)
	}
}

func (g *hookGuard) BytesRead(fd, n int) {
	if !g.broken.Load() {
		defer g.caught()
		g.hooks.BytesRead(fd, n)
	}
}

func (g *hookGuard) BytesWritten(fd, n int) {
	if !g.broken.Load() {
		defer g.caught()
		g.hooks.BytesWritten(fd, n)
	}
}

func (g *hookGuard) ConnectionOpened(fd int, name string) {
	if !g.broken.Load() {
		defer g.caught()
		g.hooks.ConnectionOpened(fd, name)
	}
}

func (g *hookGuard) ConnectionClosed(fd int, err error) {
	if !g.broken.Load() {
		defer g.caught()
		g.hooks.ConnectionClosed(fd, err)
	}
}
