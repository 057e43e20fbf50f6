// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"testing"

	"github.com/gocurtain/asyncio/trace"
)

func BenchmarkLock(b *testing.B) {
	inLoop(b, func(ctx context.Context) {
		var lock Lock
		for b.Loop() {
			_ = lock.Acquire(ctx)
			lock.Release()
		}
	})
}

func BenchmarkLockDo(b *testing.B) {
	inLoop(b, func(ctx context.Context) {
		var lock Lock
		nothing := func(context.Context) error { return nil }
		for b.Loop() {
			_ = lock.Do(ctx, nothing)
		}
	})
}

// BenchmarkLockContended has two tasks that take turns.
func BenchmarkLockContended(b *testing.B) {
	inLoop(b, func(ctx context.Context) {
		var lock Lock
		turn := func(ctx context.Context) error {
			_ = lock.Acquire(ctx)
			err := Sleep(ctx, 0)
			lock.Release()
			return err
		}
		other := CreateTask(ctx, func(ctx context.Context) (int, error) {
			for turn(ctx) == nil {
			}
			return 0, nil
		})
		for b.Loop() {
			_ = turn(ctx)
		}
		other.Cancel(nil)
	})
}

// BenchmarkQueue1 hands items from one task to another through a queue for one item.
func BenchmarkQueue1(b *testing.B) { benchmarkQueue(b, 1) }

// BenchmarkQueue100 is BenchmarkQueue1 with room for more.
func BenchmarkQueue100(b *testing.B) { benchmarkQueue(b, 100) }

func benchmarkQueue(b *testing.B, maxsize int) {
	inLoop(b, func(ctx context.Context) {
		q := NewQueue[int](maxsize)
		CreateTask(ctx, func(ctx context.Context) (int, error) {
			for range q.All(ctx) {
			}
			return 0, nil
		})
		for b.Loop() {
			_ = q.Put(ctx, 1)
		}
		q.Shutdown(true)
	})
}

func BenchmarkPriorityQueue(b *testing.B) {
	inLoop(b, func(ctx context.Context) {
		q := NewPriorityQueue[int](0)
		for i := range 1000 {
			_ = q.TryPut(i * 7919 % 1000)
		}
		i := 0
		for b.Loop() {
			item, _ := q.TryGet()
			i++
			_ = q.TryPut(item + i%1000)
		}
	})
}

// BenchmarkEvent has two tasks that wake each other.
func BenchmarkEvent(b *testing.B) {
	inLoop(b, func(ctx context.Context) {
		var ping, pong Event
		other := CreateTask(ctx, func(ctx context.Context) (int, error) {
			for ping.Wait(ctx) == nil {
				ping.Clear()
				pong.Set()
			}
			return 0, nil
		})
		for b.Loop() {
			ping.Set()
			_ = pong.Wait(ctx)
			pong.Clear()
		}
		other.Cancel(nil)
	})
}

func BenchmarkSemaphore(b *testing.B) {
	inLoop(b, func(ctx context.Context) {
		s := NewSemaphore(1)
		for b.Loop() {
			_ = s.Acquire(ctx)
			s.Release()
		}
	})
}

// BenchmarkWaitQueue has two tasks that wake each other.
func BenchmarkWaitQueue(b *testing.B) {
	inLoop(b, func(ctx context.Context) {
		var ping, pong WaitQueue
		other := CreateTask(ctx, func(ctx context.Context) (int, error) {
			for ping.Wait(ctx, trace.WaitObject, Words("ping")) == nil {
				pong.WakeOne()
			}
			return 0, nil
		})
		_ = Sleep(ctx, 0)
		for b.Loop() {
			ping.WakeOne()
			_ = pong.Wait(ctx, trace.WaitObject, Words("pong"))
		}
		other.Cancel(nil)
	})
}
