// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"fmt"
	"iter"

	"github.com/gocurtain/asyncio/internal/store"
	"github.com/gocurtain/asyncio/trace"
)

// Queue hands items from tasks to tasks, in the order in which they were put (asyncio Q1 to Q6).
// Make one with [NewQueue]; the zero value has no limit. It must not be copied. It belongs to a
// loop as a [Lock] does. Before a loop's tasks use it, one goroutine may fill it with TryPut.
//
// It is fair: an item is promised to the task that has waited longest in Get, room to the one that
// has waited longest in Put. A newcomer cannot take what is promised. Which item a woken task gets
// is decided only when it runs: if the queue has more items than are promised, a task that runs
// before it takes the oldest.
type Queue[T any] struct {
	queue[T, store.FIFO[T], *store.FIFO[T]]
}

// NewQueue makes a queue of at most maxsize items; zero or less means no limit.
func NewQueue[T any](maxsize int) *Queue[T] {
	q := &Queue[T]{}
	q.maxsize = maxsize
	return q
}

// queue is the part that all queues share; S is how it keeps its items.
//
// An item stays in the queue until the Get that was woken for it runs and takes it. Meanwhile it is
// promised, so nobody else can have it. Room is promised to a woken Put in the same way. No
// cancellation reaches a Get or Put between its waking and its running, so no promise is left over.
type queue[T, S any, P storing[T, S]] struct {
	waitPlace
	items      S
	maxsize    int
	promised   int // items that woken tasks will get
	reserved   int // places that woken tasks will fill
	unfinished int // items that were put, and for which TaskDone was not called
	shutDown   bool

	getters, putters, joiners waiters
	pumps                     waiters // in PumpFrom, while there is room
}

// storing is how a queue keeps its items: one of the types of package store.
type storing[T, S any] interface {
	*S
	Push(item T)
	Pop() T
	Restore(item T) // undoes a Pop
	Len() int
	Clear()
}

func (q *queue[T, S, P]) count() int { return P(&q.items).Len() }

// isFull: there is no room that is not promised. Then tasks may wait for some.
func (q *queue[T, S, P]) isFull() bool {
	return q.maxsize > 0 && q.count()+q.reserved >= q.maxsize
}

// isEmpty: there is no item that is not promised. Then tasks may wait for one.
func (q *queue[T, S, P]) isEmpty() bool { return q.count() <= q.promised }

// add puts an item into its place, and promises it to the first who waits.
func (q *queue[T, S, P]) add(item T) {
	P(&q.items).Push(item)
	q.unfinished++
	q.promise()
}

// promise promises an item that is free to the first who waits.
func (q *queue[T, S, P]) promise() {
	if q.wakeFirst(&q.getters) != nil {
		q.promised++
	}
}

// take takes an item out, and promises its place to the first who waits.
func (q *queue[T, S, P]) take() T {
	item := P(&q.items).Pop()
	q.offerRoom()
	return item
}

func (q *queue[T, S, P]) offerRoom() {
	if !q.isFull() && q.wakeFirst(&q.putters) != nil {
		q.reserved++
	}
}

// Put suspends the current task until there is room, and puts the item into the queue (Q1). It does
// not suspend if there is room. If ctx is cancelled, before or meanwhile, Put returns ctx.Err() and
// the item is not in the queue. If Put was given room before, it returns nil and the item is in the
// queue. If the queue is shut down, before or meanwhile, the error is [ErrQueueShutDown].
func (q *queue[T, S, P]) Put(ctx context.Context, item T) error {
	if err := q.reserve(ctx, "Queue.Put"); err != nil {
		return err
	}
	q.fill(item)
	return nil
}

// reserve waits for room, and reserves it for the current task.
func (q *queue[T, S, P]) reserve(ctx context.Context, op string) error {
	t, err := q.enter(ctx, op)
	switch {
	case err != nil:
		return err
	case q.shutDown:
		return ErrQueueShutDown
	case !q.isFull():
		q.reserved++
		return nil
	}
	if err := q.wait(ctx, t, &q.putters, trace.WaitPut, q); err != nil {
		return err
	}
	if q.shutDown { // which has taken the reservations back
		return ErrQueueShutDown
	}
	return nil
}

// fill puts an item into the place that was reserved for it.
func (q *queue[T, S, P]) fill(item T) {
	q.release()
	q.add(item)
}

// unreserve gives a place back, to the first who waits for one.
func (q *queue[T, S, P]) unreserve() {
	q.release()
	q.offerRoom()
}

// release ends a reservation, unless a Shutdown has ended them all.
func (q *queue[T, S, P]) release() { q.reserved = max(0, q.reserved-1) }

// TryPut puts the item into the queue if there is room, without waiting (Q1). The error is
// [ErrQueueFull] if there is no room, or only room that is promised to waiting tasks, and
// [ErrQueueShutDown] after Shutdown.
func (q *queue[T, S, P]) TryPut(item T) error {
	switch err := q.access(); {
	case err == ErrWrongGoroutine:
		return opError("Queue.TryPut", err)
	case q.shutDown:
		return ErrQueueShutDown
	case q.isFull():
		return ErrQueueFull
	}
	q.add(item)
	return nil
}

// Get suspends the current task until there is an item, and takes it out of the queue (Q1). It does
// not suspend if there is one. If ctx is cancelled, before or meanwhile, Get returns ctx.Err() and
// takes no item. If it was given an item before, it returns that: no item is lost (Q2). The error
// is [ErrQueueShutDown] if the queue is shut down and empty.
func (q *queue[T, S, P]) Get(ctx context.Context) (T, error) {
	var none T
	t, err := q.enter(ctx, "Queue.Get")
	if err != nil {
		return none, err
	}
	if q.isEmpty() {
		if q.shutDown {
			return none, ErrQueueShutDown
		}
		if err := q.wait(ctx, t, &q.getters, trace.WaitGet, q); err != nil {
			return none, err
		}
		if q.promised == 0 { // it was woken by Shutdown
			return none, ErrQueueShutDown
		}
		q.promised--
	}
	return q.take(), nil
}

// TryGet takes an item out of the queue if there is one, without waiting (Q1). The error is
// [ErrQueueEmpty] if there is no item, or only items that are promised to waiting tasks, and
// [ErrQueueShutDown] if the queue is shut down, too.
func (q *queue[T, S, P]) TryGet() (T, error) {
	var none T
	switch err := q.access(); {
	case err == ErrWrongGoroutine:
		return none, opError("Queue.TryGet", err)
	case !q.isEmpty():
		return q.take(), nil
	case q.shutDown:
		return none, ErrQueueShutDown
	}
	return none, ErrQueueEmpty
}

// All yields the items as Get returns them, until the queue is shut down and empty. If ctx is
// cancelled, it yields ctx.Err() with a zero item, once, and ends. Leaving the range early is fine:
// an item is taken out when it is yielded. Several tasks may range over the same queue.
//
// Only the task that ctx belongs to may range over it.
func (q *queue[T, S, P]) All(ctx context.Context) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for {
			item, err := q.Get(ctx)
			if err == ErrQueueShutDown || !yield(item, err) || err != nil {
				return
			}
		}
	}
}

// TaskDone says that the work on an item from Get is done (Q3). It panics with [ErrInvalidState] if
// it is called more often than items were put.
func (q *queue[T, S, P]) TaskDone() {
	q.mustOwn("Queue.TaskDone")
	if q.unfinished == 0 {
		panic(opError("Queue.TaskDone", errTooManyDone))
	}
	q.finish(1)
}

// errTooManyDone is the panic of a TaskDone too many.
var errTooManyDone = fmt.Errorf("called more often than items were put: %w", ErrInvalidState)

func (q *queue[T, S, P]) finish(items int) {
	if q.unfinished = max(0, q.unfinished-items); q.unfinished == 0 {
		q.wakeAll(&q.joiners)
	}
}

// Join suspends the current task until TaskDone was called for each item that was put (Q3). It does
// not suspend if no work is left. If ctx is cancelled, before or meanwhile, Join returns ctx.Err().
func (q *queue[T, S, P]) Join(ctx context.Context) error {
	t, err := q.enter(ctx, "Queue.Join")
	if err != nil || q.unfinished == 0 {
		return err
	}
	return q.wait(ctx, t, &q.joiners, trace.WaitJoin, q)
}

// Shutdown lets no more items in: from now on Put and TryPut fail with [ErrQueueShutDown], and so
// do Puts that wait. Get works until the queue is empty, and then fails, too. With immediate the
// items are dropped, and count as done for Join (Q5). It may be called again.
func (q *queue[T, S, P]) Shutdown(immediate bool) {
	q.mustOwn("Queue.Shutdown")
	q.shutDown = true
	q.reserved = 0
	if immediate {
		dropped := q.count()
		P(&q.items).Clear()
		q.promised = 0
		q.finish(dropped)
	}
	q.wakeAll(&q.putters)
	q.wakeAll(&q.pumps)
	// Tasks that still wait in Get wait because no item is left.
	q.wakeAll(&q.getters)
}

// IsShutDown reports whether Shutdown was called.
func (q *queue[T, S, P]) IsShutDown() bool {
	q.mustOwn("Queue.IsShutDown")
	return q.shutDown
}

// Len returns the number of items in the queue, including those that woken tasks are about to get
// (Q6).
func (q *queue[T, S, P]) Len() int {
	q.mustOwn("Queue.Len")
	return q.count()
}

// Cap returns the largest number of items, 0 for no limit (Q6).
func (q *queue[T, S, P]) Cap() int { return max(0, q.maxsize) }

// String shows how many items there are, how many tasks wait, and how much work is left, for
// debugging (Q6).
func (q *queue[T, S, P]) String() string {
	q.mustOwn("Queue.String")
	limit, end := "", ""
	if q.maxsize > 0 {
		limit = fmt.Sprintf(" of %d", q.maxsize)
	}
	if q.shutDown {
		end = ", shut down"
	}
	return q.describe("Queue", "%d%s items, %d getting, %d putting, %d unfinished%s",
		q.count(), limit, q.getters.count(), q.putters.count(), q.unfinished, end)
}

// QueueStats is the state of a queue.
type QueueStats struct {
	Len, Cap   int // items, and the largest number of them; 0 for no limit
	Getting    int // tasks that wait for an item
	Putting    int // tasks that wait for room
	Unfinished int // items that TaskDone was not called for
	ShutDown   bool
}

// Stats returns the state of the queue.
func (q *queue[T, S, P]) Stats() QueueStats {
	q.mustOwn("Queue.Stats")
	return QueueStats{
		Len: q.count(), Cap: q.Cap(), Getting: q.getters.count(), Putting: q.putters.count(),
		Unfinished: q.unfinished, ShutDown: q.shutDown,
	}
}
