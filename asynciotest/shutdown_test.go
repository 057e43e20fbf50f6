// SPDX-License-Identifier: Apache-2.0

package asynciotest

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/selector"
)

// slowWaker holds those up that wake the loop, once it is armed, until release is closed.
type slowWaker struct {
	selector.Waker
	armed   atomic.Bool
	release chan struct{}
}

func (w *slowWaker) Wake() error {
	err := w.Waker.Wake()
	if w.armed.Load() {
		<-w.release
	}
	return err
}

// Whoever waits for the end of an executor's jobs is told before the clock goes on, however slow
// the worker's goroutine is.
func TestShutdownTakesNoTime(t *testing.T) {
	clock := &virtualClock{}
	s := newVirtualSelector(clock, false)
	w := &slowWaker{Waker: s.Waker(), release: make(chan struct{})}
	asleep := make(chan struct{})
	var once sync.Once
	s.OnWait = func(timeout time.Duration) {
		if timeout < 0 {
			once.Do(func() { close(asleep) })
		}
	}
	cfg := asyncio.LoopConfig{Clock: clock, Selector: s, Waker: w}
	report(t, run(t, func(ctx context.Context, at *T) {
		e := asyncio.NewExecutor(asyncio.ExecutorConfig{})
		job := asyncio.CreateTask(ctx, func(ctx context.Context) (int, error) {
			return asyncio.RunInExecutor(ctx, e, func(context.Context) (int, error) {
				<-asleep
				w.armed.Store(true)
				return 1, nil
			})
		})
		if err := asyncio.Sleep(ctx, 0); err != nil {
			at.Error(err)
		}
		limited, cancel := asyncio.WithTimeout(ctx, time.Minute)
		defer cancel()
		if err := e.Shutdown(limited); err != nil {
			at.Error(err)
		}
		close(w.release)
		if got, err := job.Await(ctx); got != 1 || err != nil {
			at.Errorf("the job: %d, %v", got, err)
		}
	}, cfg, func(l *asyncio.Loop) { s.loop = l }))
}
