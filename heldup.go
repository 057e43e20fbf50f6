// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"slices"
	"sync"

	"github.com/gocurtain/asyncio/internal/sys"
)

// A simulated loop's clock stands still while its jobs run, as these take none of its time. But a
// job may wait itself, for what comes only as time goes on: for a task of the loop that sleeps,
// say. So a job that waits for a [ConcurrentFuture] is held up until the future has a result or the
// wait is cancelled, and the clock goes on meanwhile.

// heldUp are the jobs of simulated loops that are held up. Any goroutine may use it.
var heldUp heldUpJobs

type heldUpJobs struct {
	mu    sync.Mutex
	waits map[*job]context.Context // what may end the wait
}

// runningJobs finds, by the goroutine, the job of a simulated loop that runs on it.
var runningJobs sync.Map // uintptr -> *job

// onThisGoroutine says that j runs on this goroutine until done is called.
func (j *job) onThisGoroutine() (done func()) {
	g := sys.CurrentG()
	if g == 0 {
		return func() {} // where goroutines are unknown, nothing is held up
	}
	runningJobs.Store(g, j)
	return func() { runningJobs.Delete(g) }
}

// holdUp holds up the job that runs on this goroutine, if there is one, as it waits for f under
// ctx; goOn is to be called when it waits no longer.
func (f *concurrent) holdUp(ctx context.Context) (goOn func()) {
	found, _ := runningJobs.Load(sys.CurrentG())
	j, ok := found.(*job)
	if !ok {
		return func() {}
	}
	l := j.done.loop
	f.mu.Lock()
	if f.state == pending {
		f.heldUp = append(f.heldUp, j)
		heldUp.add(j, ctx)
	}
	f.mu.Unlock()
	l.rouse()
	return func() {
		heldUp.remove(j)
		f.mu.Lock()
		defer f.mu.Unlock()
		f.heldUp = slices.DeleteFunc(f.heldUp, func(other *job) bool { return other == j })
	}
}

// release lets the jobs go on that wait for f: before they know it themselves, so that no clock can
// go on in between. The caller holds mu.
func (f *concurrent) release() {
	for _, j := range f.heldUp {
		heldUp.remove(j)
		j.done.loop.rouse()
	}
	f.heldUp = nil
}

func (h *heldUpJobs) add(j *job, ctx context.Context) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.waits == nil {
		h.waits = make(map[*job]context.Context)
	}
	h.waits[j] = ctx
}

func (h *heldUpJobs) remove(j *job) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.waits, j)
}

// count counts the jobs of a loop, without those whose wait was cancelled: they go on in a moment.
func (h *heldUpJobs) count(l *Loop) int {
	h.mu.Lock()
	var ctxs []context.Context
	for j, ctx := range h.waits {
		if j.done.loop == l {
			ctxs = append(ctxs, ctx)
		}
	}
	h.mu.Unlock()
	n := 0
	for _, ctx := range ctxs {
		if errOf(ctx) == nil {
			n++
		}
	}
	return n
}
