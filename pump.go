// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"

	"github.com/gocurtain/asyncio/trace"
)

// PumpFrom receives values from a Go channel and puts them into the queue, until the channel is
// closed; then it returns nil. It receives a value only when the queue has room, so the queue's
// limit holds back the senders. The error is ctx.Err() or [ErrQueueShutDown], as for Put; no value
// is lost, since none is received then.
func (q *queue[T, S, P]) PumpFrom(ctx context.Context, ch <-chan T) error {
	for {
		if err := q.reserve(ctx, "Queue.PumpFrom"); err != nil {
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

// receive is like Recv, but Shutdown ends it, too. A value that came before is returned.
func (q *queue[T, S, P]) receive(ctx context.Context, ch <-chan T) (item T, ok bool, err error) {
	t, err := enterChannel(ctx, "Queue.PumpFrom")
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
	done, err := t.exchange(ctx, ch, trace.WaitReceive, receiving(ch, &item, &ok))
	t.loop.uses(&q.awaited)
	q.pumps.leave(&t.place)
	if !done && err == nil {
		err = ErrQueueShutDown
	}
	return item, ok, err
}

// PumpTo sends the queue's items to a Go channel, until the queue is shut down and empty; then it
// returns nil. An item that was sent counts as done, as after TaskDone. If ctx is cancelled, PumpTo
// returns ctx.Err(). It puts an item that was not sent back into the queue, as the next one, even
// if the queue then has one more than its limit.
func (q *queue[T, S, P]) PumpTo(ctx context.Context, ch chan<- T) error {
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
