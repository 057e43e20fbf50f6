// SPDX-License-Identifier: Apache-2.0

// Package copies copies what must not be copied; go vet has to say so of each line.
package copies

import "github.com/gocurtain/asyncio"

func use(...any) {}

type holder struct {
	asyncio.Lock
}

func copies(
	lock *asyncio.Lock, event *asyncio.Event, condition *asyncio.Condition, barrier *asyncio.Barrier,
	semaphore *asyncio.Semaphore, bounded *asyncio.BoundedSemaphore,
	queue *asyncio.Queue[int], lifo *asyncio.LIFOQueue[int], priority *asyncio.PriorityQueue[int],
	future *asyncio.Future[int], concurrent *asyncio.ConcurrentFuture[int], task *asyncio.Task[int],
	group *asyncio.TaskGroup, timeout *asyncio.Timeout, executor *asyncio.Executor, loop *asyncio.Loop, held *holder,
) {
	a := *lock       // copy of Lock
	b := *event      // copy of Event
	c := *condition  // copy of Condition
	d := *barrier    // copy of Barrier
	e := *semaphore  // copy of Semaphore
	f := *bounded    // copy of BoundedSemaphore
	g := *queue      // copy of Queue
	h := *lifo       // copy of LIFOQueue
	i := *priority   // copy of PriorityQueue
	j := *future     // copy of Future
	k := *concurrent // copy of ConcurrentFuture
	l := *task       // copy of Task
	m := *group      // copy of TaskGroup
	n := *timeout    // copy of Timeout
	o := *executor   // copy of Executor
	p := *loop       // copy of Loop
	q := *held       // copy of a struct with a lock
	use(&a, &b, &c, &d, &e, &f, &g, &h, &i, &j, &k, &l, &m, &n, &o, &p, &q)
}
