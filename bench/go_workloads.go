// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/gocurtain/asyncio"
)

// goWorkloads are the twins of those in workloads.py.
var goWorkloads = map[string]func(n, outstanding int) (results, error){
	"call_soon":    warmed(callSoon),
	"sleep0":       warmed(sleep0),
	"create_await": warmed(createAwait),
	"lock":         warmed(lock),
	"queue1":       warmed(queue1),
	"to_thread":    warmed(toThread),
	"timer":        timer,
	"threadsafe":   warmed(threadsafe),
	"burst":        warmed(burst),
	"sleepers":     sleepers,
	"memory":       memory,
	"sleep5ms":     sleep5ms,
}

// burstSize is how many CallSoonThreadsafe come in a row.
const burstSize = 1000

// onLoop runs a measurement on a loop, between marks.
func onLoop(body func(ctx context.Context) (results, error)) (found results, err error) {
	if marked() {
		// Go's own poller sets itself up before the mark, or strace would count it.
		time.AfterFunc(time.Hour, func() {}).Stop()
		if r, w, err := os.Pipe(); err == nil {
			r.Close()
			w.Close()
		}
	}
	mark("bench:begin")
	defer mark("bench:end")
	err = asyncio.Run(func(ctx context.Context) error {
		found, err = body(ctx)
		return err
	})
	return found, err
}

// warmed runs a tenth of the operations first, on the same loop.
func warmed(body func(ctx context.Context, n int) (results, error)) func(n, _ int) (results, error) {
	return func(n, _ int) (results, error) {
		return onLoop(func(ctx context.Context) (results, error) {
			if !marked() {
				if _, err := body(ctx, n/10+1); err != nil {
					return nil, err
				}
			}
			return body(ctx, n)
		})
	}
}

// callSoon is a chain of n callbacks, each scheduled by the one before.
func callSoon(ctx context.Context, n int) (results, error) {
	loop := asyncio.RunningLoop(ctx)
	done := asyncio.NewFuture[int](loop)
	left := n
	var step func()
	step = func() {
		if left--; left > 0 {
			loop.CallSoon(step)
		} else {
			_ = done.SetResult(0)
		}
	}
	m := startMeter()
	loop.CallSoon(step)
	if _, err := done.Await(ctx); err != nil {
		return nil, err
	}
	return m.stop(n), nil
}

// sleep0 is n times Sleep(0) in one task.
func sleep0(ctx context.Context, n int) (results, error) {
	m := startMeter()
	for range n {
		if err := asyncio.Sleep(ctx, 0); err != nil {
			return nil, err
		}
	}
	return m.stop(n), nil
}

// createAwait creates a task that does nothing and awaits it, n times.
func createAwait(ctx context.Context, n int) (results, error) {
	nothing := func(context.Context) (int, error) { return 0, nil }
	m := startMeter()
	for range n {
		if _, err := asyncio.CreateTask(ctx, nothing).Await(ctx); err != nil {
			return nil, err
		}
	}
	return m.stop(n), nil
}

// lock acquires and releases a lock that nobody else wants, n times.
func lock(ctx context.Context, n int) (results, error) {
	var free asyncio.Lock
	m := startMeter()
	for range n {
		if err := free.Acquire(ctx); err != nil {
			return nil, err
		}
		free.Release()
	}
	return m.stop(n), nil
}

// toThread has another goroutine call a function, n times.
func toThread(ctx context.Context, n int) (results, error) {
	nothing := func(context.Context) (int, error) { return 0, nil }
	m := startMeter()
	for range n {
		if _, err := asyncio.ToThread(ctx, nothing); err != nil {
			return nil, err
		}
	}
	return m.stop(n), nil
}

// queue1 hands n items from one task to another through a queue that holds one.
func queue1(ctx context.Context, n int) (results, error) {
	queue := asyncio.NewQueue[int](1)
	m := startMeter()
	consumer := asyncio.CreateTask(ctx, func(ctx context.Context) (int, error) {
		for range n {
			if _, err := queue.Get(ctx); err != nil {
				return 0, err
			}
		}
		return 0, nil
	})
	for i := range n {
		if err := queue.Put(ctx, i); err != nil {
			return nil, err
		}
	}
	if _, err := consumer.Await(ctx); err != nil {
		return nil, err
	}
	return m.stop(n), nil
}

// timer arms a timer and cancels it, n times, while others are outstanding.
func timer(n, outstanding int) (results, error) {
	return onLoop(func(ctx context.Context) (results, error) {
		loop := asyncio.RunningLoop(ctx)
		nothing := func() {}
		others := make([]asyncio.TimerHandle, 0, outstanding)
		for _, delay := range scattered(outstanding) {
			others = append(others, loop.CallLater(delay, nothing))
		}
		delays := scattered(timerBatch)
		batches := func(count int) error {
			for range count {
				for _, delay := range delays {
					loop.CallLater(delay, nothing).Cancel()
				}
				if err := asyncio.Sleep(ctx, 0); err != nil {
					return err
				}
			}
			return nil
		}
		count := max(1, n/timerBatch)
		if err := batches(count / 10); err != nil {
			return nil, err
		}
		m := startMeter()
		if err := batches(count); err != nil {
			return nil, err
		}
		found := m.stop(count * timerBatch)
		for _, other := range others {
			other.Cancel()
		}
		return found, nil
	})
}

// threadsafe schedules n callbacks from another goroutine, in bursts; the next burst waits for the
// last callback to have run.
func threadsafe(ctx context.Context, n int) (results, error) {
	loop := asyncio.RunningLoop(ctx)
	done := asyncio.NewFuture[int](loop)
	bursts := max(1, n/burstSize)
	nothing := func() {}
	caller := func() {
		ran := make(chan struct{}, 1)
		for range bursts {
			for range burstSize - 1 {
				_ = loop.CallSoonThreadsafe(nothing)
			}
			_ = loop.CallSoonThreadsafe(func() { ran <- struct{}{} })
			<-ran
		}
		_ = loop.CallSoonThreadsafe(func() { _ = done.SetResult(0) })
	}
	m := startMeter()
	go caller()
	if _, err := done.Await(ctx); err != nil {
		return nil, err
	}
	return m.stop(bursts * burstSize), nil
}

// burst makes bursts as threadsafe does, but their first callback holds the loop until the burst is
// complete.
func burst(ctx context.Context, n int) (results, error) {
	loop := asyncio.RunningLoop(ctx)
	done := asyncio.NewFuture[int](loop)
	bursts := max(1, n/burstSize)
	nothing := func() {}
	caller := func() {
		for i := range bursts {
			complete, ran := make(chan struct{}), make(chan struct{})
			_ = loop.CallSoonThreadsafe(func() { <-complete })
			for range burstSize - 2 {
				_ = loop.CallSoonThreadsafe(nothing)
			}
			if i == bursts-1 {
				_ = loop.CallSoonThreadsafe(func() { _ = done.SetResult(0) })
			}
			_ = loop.CallSoonThreadsafe(func() { close(ran) })
			close(complete)
			<-ran
		}
	}
	m := startMeter()
	go caller()
	if _, err := done.Await(ctx); err != nil {
		return nil, err
	}
	return m.stop(bursts * burstSize), nil
}

// sleepers has n tasks sleep one second each: nanoseconds over that second.
func sleepers(n, _ int) (results, error) {
	return onLoop(func(ctx context.Context) (results, error) {
		m := startMeter()
		tasks := make([]*asyncio.Task[int], n)
		for i := range tasks {
			tasks[i] = asyncio.CreateTask(ctx, func(ctx context.Context) (int, error) {
				return 0, asyncio.Sleep(ctx, time.Second)
			})
		}
		for _, task := range tasks {
			if _, err := task.Await(ctx); err != nil {
				return nil, err
			}
		}
		return m.stop(1).less(time.Second), nil
	})
}

// memory has n tasks asleep: bytes of resident memory each. Then all wake and end.
func memory(n, _ int) (results, error) {
	return onLoop(func(ctx context.Context) (results, error) {
		before, err := memoryStatus("VmRSS")
		if err != nil {
			return nil, err
		}
		started := 0
		wake := time.Now().Add(time.Second + time.Duration(n)*10*time.Microsecond)
		tasks := make([]*asyncio.Task[int], n)
		for i := range tasks {
			tasks[i] = asyncio.CreateTask(ctx, func(ctx context.Context) (int, error) {
				started++
				return 0, asyncio.Sleep(ctx, time.Until(wake))
			})
		}
		for started < n {
			if err := asyncio.Sleep(ctx, 0); err != nil {
				return nil, err
			}
		}
		if time.Now().After(wake) {
			return nil, errors.New("the first sleepers woke before the last one slept")
		}
		found, err := memoryEach(before, n)
		if err != nil {
			return nil, err
		}
		for _, task := range tasks {
			if _, err := task.Await(ctx); err != nil {
				return nil, err
			}
		}
		return found, nil
	})
}

// sleep5ms sleeps once, for counting system calls.
func sleep5ms(_, _ int) (results, error) {
	return onLoop(func(ctx context.Context) (results, error) {
		m := startMeter()
		err := asyncio.Sleep(ctx, 5*time.Millisecond)
		return m.stop(1), err
	})
}
