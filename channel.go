// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"

	"github.com/gocurtain/asyncio/trace"
)

// Recv receives a value from a Go channel, as v, ok := <-ch does, but suspends the
// current task and not the loop: it is how tasks listen to goroutines. A channel may be
// shared by any number of tasks and goroutines.
//
// If ctx is cancelled, before or meanwhile, Recv returns ctx.Err(), and no value was
// taken out of the channel; if one had been, it returns that: no value is lost.
//
// Recv does not suspend if there is a value, except that of many such calls in a row
// one lets the others run, so that a busy goroutine does not keep the loop from them. Else
// a goroutine waits on the task's behalf, no longer than the task.
//
// Only the task that ctx belongs to may call it.
func Recv[T any](ctx context.Context, ch <-chan T) (value T, ok bool, err error) {
	t, err := enterChannel(ctx, "Recv")
	if err != nil {
		return value, false, err
	}
	select {
	case value, ok = <-ch:
		return value, ok, nil
	default:
	}
	_, err = t.exchange(ctx, trace.WaitReceive, func(stop <-chan struct{}) bool {
		select {
		case value, ok = <-ch:
			return true
		case <-stop:
			return false
		}
	})
	return value, ok, err
}

// Send sends a value to a Go channel, as ch <- value does, but suspends the current task
// and not the loop. A send on a closed channel panics.
//
// If ctx is cancelled, before or meanwhile, Send returns ctx.Err(), and the value was not
// sent; if it had been, it returns nil: a value is sent once or not at all. For when it
// suspends, and who may call it, see [Recv].
func Send[T any](ctx context.Context, ch chan<- T, value T) error {
	t, err := enterChannel(ctx, "Send")
	if err != nil {
		return err
	}
	select {
	case ch <- value:
		return nil
	default:
	}
	_, err = t.exchange(ctx, trace.WaitSend, func(stop <-chan struct{}) bool {
		select {
		case ch <- value:
			return true
		case <-stop:
			return false
		}
	})
	return err
}

// maxExchanges is how many operations on channels a loop's tasks may do until one of
// them lets the others run.
const maxExchanges = 64

// enterChannel is the beginning of Recv and Send.
func enterChannel(ctx context.Context, op string) (*task, error) {
	t, err := currentTask(ctx, op)
	if err != nil {
		return nil, err
	}
	if err := errOf(ctx); err != nil {
		return nil, err
	}
	l := t.loop
	l.usesAll() // who else uses the channel is not known
	if l.exchanges++; l.exchanges >= maxExchanges {
		l.exchanges = 0
		t.yield()
		return t, errOf(ctx)
	}
	return t, nil
}

// exchange is an operation on a channel that a goroutine does for a task that waits.
type exchange struct {
	stop    chan struct{} // closed by the task: it waits no longer
	over    chan struct{} // closed by the goroutine, which has written what follows
	done    bool          // the operation has taken place
	panic   any           // the send was one on a closed channel
	waiting bool          // the task's
}

// exchange suspends t, the current task, until operate, on a goroutine, has done its
// operation, or something else ends the wait. Then operate is stopped and the loop
// blocks until it has answered, for it must be known whether the operation has taken
// place; the answer comes at once. If it has, there is no error, whatever ended the wait.
func (t *task) exchange(ctx context.Context, kind trace.Wait, operate func(stop <-chan struct{}) bool) (done bool, err error) {
	x := &exchange{stop: make(chan struct{}), over: make(chan struct{}), waiting: true}
	go x.run(t, operate)
	err = t.block(ctx, kind, nil, 0)
	x.waiting = false
	close(x.stop)
	<-x.over
	switch {
	case x.panic != nil:
		panic(x.panic)
	case x.done:
		return true, nil
	}
	return false, err
}

// run is the life of the goroutine.
func (x *exchange) run(t *task, operate func(stop <-chan struct{}) bool) {
	defer func() {
		x.panic = recover()
		wanted := x.done || x.panic != nil
		close(x.over)
		if wanted {
			// The loop may be closed by now; then nobody waits.
			_ = t.loop.CallSoonThreadsafe(func() {
				if x.waiting {
					t.loop.wake(t, trace.WakeObject, nil)
				}
			})
		}
	}()
	x.done = operate(x.stop)
}

// PutFrom puts what it receives from a Go channel into the queue, until the channel is
// closed; then it returns nil. It receives only what there is room for, so the queue's
// limit holds back the senders. The error is ctx.Err() or [ErrQueueShutDown], as for
// Put; no value is lost, since none is received then.
func (q *queue[T, S, P]) PutFrom(ctx context.Context, ch <-chan T) error {
	for {
		if err := q.reserve(ctx, "Queue.PutFrom"); err != nil {
			return err
		}
		item, ok, err := q.receive(ctx, ch)
		if err != nil || !ok {
			q.unreserve()
			return err
		}
		q.fill(item)
	}
}

// receive is Recv that Shutdown ends, too. A value that came before is returned.
func (q *queue[T, S, P]) receive(ctx context.Context, ch <-chan T) (item T, ok bool, err error) {
	t, err := enterChannel(ctx, "Queue.PutFrom")
	if err != nil {
		return item, false, err
	}
	if q.shutDown { // while it let others run
		return item, false, ErrQueueShutDown
	}
	select {
	case item, ok = <-ch:
		return item, ok, nil
	default:
	}
	q.pumps.join(&t.place)
	done, err := t.exchange(ctx, trace.WaitReceive, func(stop <-chan struct{}) bool {
		select {
		case item, ok = <-ch:
			return true
		case <-stop:
			return false
		}
	})
	t.loop.uses(&q.awaited)
	q.pumps.leave(&t.place)
	if !done && err == nil {
		err = ErrQueueShutDown
	}
	return item, ok, err
}

// SendTo sends the queue's items to a Go channel, until the queue is shut down and
// empty; then it returns nil. An item that was sent is done, as for TaskDone. If ctx is
// cancelled, SendTo returns ctx.Err(); an item that was not sent is in the queue
// again, as the next one, even if that makes one more than the limit.
func (q *queue[T, S, P]) SendTo(ctx context.Context, ch chan<- T) error {
	for {
		item, err := q.Get(ctx)
		if err == ErrQueueShutDown {
			return nil
		}
		if err != nil {
			return err
		}
		if err := q.send(ctx, ch, item); err != nil {
			return err
		}
	}
}

func (q *queue[T, S, P]) send(ctx context.Context, ch chan<- T, item T) error {
	sent := false
	defer func() {
		if !sent { // also if the channel is closed, which is a panic
			P(&q.items).Restore(item)
			q.promise()
		}
	}()
	if err := Send(ctx, ch, item); err != nil {
		return err
	}
	sent = true
	q.finish(1)
	return nil
}
