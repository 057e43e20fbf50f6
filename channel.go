// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"

	"github.com/gocurtain/asyncio/trace"
)

// Recv receives a value from a Go channel, as v, ok := <-ch does, but suspends only the current
// task, not the loop. Any number of tasks and goroutines may share the channel.
//
// If ctx is cancelled, before or meanwhile, Recv returns ctx.Err(), and takes no value. If it took
// one before, it returns that: no value is lost.
//
// If there is a value, Recv does not suspend. But one of many such calls in a row lets the other
// tasks run, so that a busy goroutine cannot hold up the loop. If there is no value, a goroutine
// waits on the task's behalf, no longer than the task.
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
	_, err = t.exchange(ctx, ch, trace.WaitReceive, receiving(ch, &value, &ok))
	return value, ok, err
}

// Send sends a value to a Go channel, as ch <- value does, but suspends only the current task, not
// the loop. A send on a closed channel panics.
//
// If ctx is cancelled, before or meanwhile, Send returns ctx.Err(), and does not send the value. If
// it sent the value before, it returns nil. [Recv] says when it suspends, and who may call it.
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
	_, err = t.exchange(ctx, ch, trace.WaitSend, sending(ch, value))
	return err
}

// maxExchanges is how many operations on channels a loop's tasks may do until one of them lets the
// others run.
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
	if l.exchange != nil {
		l.exchange.settle() // first come, first served
	}
	if l.operated++; l.operated >= maxExchanges {
		l.operated = 0
		t.yield()
		return t, errOf(ctx)
	}
	return t, nil
}
