// SPDX-License-Identifier: Apache-2.0

package asyncio

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/gocurtain/asyncio/record"
)

// inLoop runs a benchmark's body as the main task of a loop.
func inLoop(b *testing.B, body func(ctx context.Context)) {
	b.Helper()
	b.ReportAllocs()
	// Those that never wait are stalls, and are watched as any other.
	cfg := RunnerConfig{Loop: LoopConfig{StallHandler: func(Stall) {}}}
	runOn(b, cfg, body)
}

func runOn(b *testing.B, cfg RunnerConfig, body func(ctx context.Context)) {
	b.Helper()
	r, err := NewRunner(cfg)
	if err != nil {
		b.Fatal(err)
	}
	err = r.Run(func(ctx context.Context) error { body(ctx); return nil })
	if err := errors.Join(err, r.Close()); err != nil {
		b.Fatal(err)
	}
}

// BenchmarkWatched is what the watchdog and the histograms cost a switch of tasks.
func BenchmarkWatched(b *testing.B) {
	for name, cfg := range map[string]LoopConfig{
		"on":  {},
		"off": {StallThreshold: -1, Clock: monotonic{}},
	} {
		b.Run(name, func(b *testing.B) {
			runOn(b, RunnerConfig{Loop: cfg}, func(ctx context.Context) {
				for b.Loop() {
					_ = Sleep(ctx, 0)
				}
			})
		})
	}
}

// BenchmarkCallSoon is a chain: each callback schedules the next one.
func BenchmarkCallSoon(b *testing.B) {
	inLoop(b, func(ctx context.Context) {
		l, n := RunningLoop(ctx), b.N
		f := NewFuture[int](l)
		var next func()
		next = func() {
			if n--; n <= 0 {
				_ = f.SetResult(1)
				return
			}
			l.CallSoon(next)
		}
		b.ResetTimer()
		l.CallSoon(next)
		_, _ = f.Await(ctx)
	})
}

func BenchmarkSleepZero(b *testing.B) {
	inLoop(b, func(ctx context.Context) {
		for b.Loop() {
			_ = Sleep(ctx, 0)
		}
	})
}

// BenchmarkSleepZeroRecorded is BenchmarkSleepZero with a recording: six records each. The
// difference, divided by six, is the price of an event.
func BenchmarkSleepZeroRecorded(b *testing.B) {
	for _, sites := range []bool{false, true} {
		b.Run(fmt.Sprintf("sites=%v", sites), func(b *testing.B) {
			rec, err := record.Create(b.TempDir(), record.Options{Sites: sites})
			if err != nil {
				b.Fatal(err)
			}
			defer rec.Close()
			r, err := NewRunner(RunnerConfig{Loop: LoopConfig{Hooks: rec}})
			if err != nil {
				b.Fatal(err)
			}
			defer r.Close()
			err = r.Run(func(ctx context.Context) error {
				for b.Loop() {
					_ = Sleep(ctx, 0)
				}
				return nil
			})
			if err != nil {
				b.Fatal(err)
			}
		})
	}
}

func BenchmarkCreateAwait(b *testing.B) {
	inLoop(b, func(ctx context.Context) {
		one := func(context.Context) (int, error) { return 1, nil }
		for b.Loop() {
			_, _ = CreateTask(ctx, one).Await(ctx)
		}
	})
}

func BenchmarkTimerArmCancel(b *testing.B) {
	for _, n := range []int{1000, 1_000_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			inLoop(b, func(ctx context.Context) {
				l := RunningLoop(ctx)
				nop := func() {}
				for range n {
					l.CallLater(time.Hour, nop)
				}
				for b.Loop() {
					l.CallLater(time.Hour, nop).Cancel()
				}
			})
		})
	}
}

func BenchmarkCallSoonThreadsafe(b *testing.B) {
	inLoop(b, func(ctx context.Context) {
		l, n := RunningLoop(ctx), b.N
		f := NewFuture[int](l)
		b.ResetTimer()
		go func() {
			for range n {
				_ = l.CallSoonThreadsafe(func() {
					if n--; n == 0 {
						_ = f.SetResult(1)
					}
				})
			}
		}()
		_, _ = f.Await(ctx)
	})
}

// BenchmarkSleepers is one sleeper of many at once; its bytes are not those of the stacks, which
// bench/ measures from outside.
func BenchmarkSleepers(b *testing.B) {
	inLoop(b, func(ctx context.Context) {
		var tasks []*Task[struct{}]
		b.ResetTimer()
		for range b.N {
			tasks = append(tasks, CreateTask(ctx, func(ctx context.Context) (struct{}, error) {
				return struct{}{}, Sleep(ctx, time.Millisecond)
			}))
		}
		for _, t := range tasks {
			_, _ = t.Await(ctx)
		}
	})
}
