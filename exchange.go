// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"reflect"
	"slices"

	"github.com/gocurtain/asyncio/trace"
)

// exchange is an operation on a channel that a goroutine does for a waiting task.
type exchange struct {
	task    *task
	operate func(stop <-chan struct{}) bool // does it, or heeds stop; reports which
	waiting bool                            // the task's

	channel any        // with way, for a simulated loop
	way     trace.Wait // WaitReceive or WaitSend

	stop  chan struct{} // closed by the loop: the goroutine is to end; nil if there is none
	over  chan struct{} // closed by the goroutine, which has written what follows
	done  bool          // the operation has taken place
	panic any           // the send was one on a closed channel
}

// receiving is the operation of a receiver. If it is possible it takes place, even if stop is
// closed, too: the choice of a select decides nothing.
func receiving[T any](ch <-chan T, value *T, ok *bool) (operate func(stop <-chan struct{}) bool) {
	return func(stop <-chan struct{}) bool {
		select {
		case *value, *ok = <-ch:
			return true
		case <-stop:
		}
		select {
		case *value, *ok = <-ch:
			return true
		default:
			return false
		}
	}
}

// sending is the operation of a sender.
func sending[T any](ch chan<- T, value T) (operate func(stop <-chan struct{}) bool) {
	return func(stop <-chan struct{}) bool {
		select {
		case ch <- value:
			return true
		case <-stop:
		}
		select {
		case ch <- value:
			return true
		default:
			return false
		}
	}
}

// exchange suspends t, the current task, until operate, on a goroutine, has done its operation, or
// something else ends the wait. Then operate is stopped, and the loop blocks until it has answered
// whether the operation took place; the answer comes at once. If it took place, there is no error,
// whatever ended the wait.
func (t *task) exchange(ctx context.Context, channel any, way trace.Wait, operate func(stop <-chan struct{}) bool) (done bool, err error) {
	x := &exchange{task: t, operate: operate, channel: channel, way: way, waiting: true}
	if !t.loop.simulated {
		x.start()
	} else if exchangesOf(t.loop).begin(x) {
		return true, nil
	}
	err = t.block(ctx, way, nil, 0)
	x.waiting = false
	x.halt()
	if t.loop.simulated {
		exchangesOf(t.loop).end(x)
	}
	switch {
	case x.panic != nil:
		panic(x.panic)
	case x.done:
		return true, nil
	}
	return false, err
}

// start begins the life of the goroutine.
func (x *exchange) start() {
	x.stop, x.over = make(chan struct{}), make(chan struct{})
	go x.run(x.stop, x.over)
}

// halt ends the goroutine, if there is one.
func (x *exchange) halt() {
	if x.stop != nil {
		close(x.stop)
		<-x.over
		x.stop = nil
	}
}

func (x *exchange) run(stop, over chan struct{}) {
	defer func() {
		x.panic = recover()
		ended := x.ended()
		close(over)
		if ended {
			x.tell()
		}
	}()
	x.done = x.operate(stop)
}

// ended reports whether the task has nothing more to wait for.
func (x *exchange) ended() bool { return x.done || x.panic != nil }

// tell makes the loop wake the task. A simulated loop looks for itself, but may be asleep. On a
// closed loop nobody waits.
func (x *exchange) tell() {
	l := x.task.loop
	if l.simulated {
		l.rouse()
		return
	}
	_ = l.CallSoonThreadsafe(func() {
		if x.waiting {
			l.wake(x.task, trace.WakeObject, nil)
		}
	})
}

// What follows is for simulated loops: their clocks must not go on while a goroutine of ours is on
// its way with a value, and chance must not decide which of several tasks gets it. So the loop
// halts the goroutines again and again, and looks what they can do (settle).

// exchanges are the exchanges of a simulated loop's waiting tasks, in order.
type exchanges struct{ waiting []*exchange }

// exchangesOf returns the exchanges of l. It makes them if there are none.
func exchangesOf(l *Loop) *exchanges {
	es, ok := l.exchange.(*exchanges)
	if !ok {
		es = &exchanges{}
		l.exchange = es
	}
	return es
}

func (es *exchanges) unsettled() bool { return len(es.waiting) > 0 }

// sameWay reports whether y does the same to the same channel, so that one must wait for the other.
func (x *exchange) sameWay(y *exchange) bool { return x.way == y.way && x.sameChannel(y) }

func (x *exchange) sameChannel(y *exchange) bool {
	return reflect.ValueOf(x.channel).Pointer() == reflect.ValueOf(y.channel).Pointer()
}

// begin takes x up, and reports whether it was done at once.
func (es *exchanges) begin(x *exchange) (done bool) {
	if es.meet(x) {
		return true
	}
	if !slices.ContainsFunc(es.waiting, x.sameWay) {
		x.start()
	}
	es.waiting = append(es.waiting, x)
	return false
}

// meet does x together with a task that waits to do the opposite on the same unbuffered channel,
// where a goroutine is ready only for a moment. It reports whether there was one.
func (es *exchanges) meet(x *exchange) bool {
	for _, y := range es.waiting {
		if y.stop != nil && y.way != x.way && y.sameChannel(x) && reflect.ValueOf(x.channel).Cap() == 0 && x.operate(y.over) {
			return true
		}
	}
	return false
}

// end lets go of x, whose wait is over, and lets the next one begin.
func (es *exchanges) end(x *exchange) {
	i := slices.Index(es.waiting, x)
	if i < 0 {
		return
	}
	es.waiting = slices.Delete(es.waiting, i, i+1)
	if next := slices.IndexFunc(es.waiting, x.sameWay); next >= 0 && es.waiting[next].stop == nil {
		es.waiting[next].start()
	}
}

// settle wakes the tasks whose exchanges are possible, in the order they came.
func (es *exchanges) settle() {
	for i := 0; i < len(es.waiting); {
		x := es.waiting[i]
		if slices.ContainsFunc(es.waiting[:i], x.sameWay) {
			i++ // it has its turn after that one
			continue
		}
		if x.stop == nil {
			x.start()
		}
		x.halt()
		met := !x.ended() && es.meet(x)
		x.done = x.done || met
		if !x.ended() {
			x.start()
			i++
			continue
		}
		es.waiting = slices.Delete(es.waiting, i, i+1)
		x.task.loop.wake(x.task, trace.WakeObject, nil)
		if met {
			i = 0 // the other one may be one that was looked at before
		}
	}
}
