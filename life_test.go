// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/selector"
)

var update = flag.Bool("update", false, "rewrite the files in testdata/life")

// TestLife compares the whole life of small programs, as the hooks see it, with
// testdata/life/<name>.txt. Each file is worth reading; go test -run TestLife -update writes them
// anew.
func TestLife(t *testing.T) {
	for _, c := range []struct {
		name string
		main func(t *testing.T, v *virtual) func(ctx context.Context) error
	}{
		{"readiness", readiness},
		{"sleepers", sleepers},
		{"cancellation", cancellation},
		{"outside", outsideCall},
		{"coordination", coordinated},
	} {
		t.Run(c.name, func(t *testing.T) {
			hooks := &logHooks{}
			v := newVirtual(t, func(cfg *asyncio.RunnerConfig) {
				cfg.Loop.Name = c.name
				cfg.Loop.Hooks = hooks
				hooks.clock = cfg.Loop.Clock.(*virtualClock)
			})
			if err := v.run(c.main(t, v)); err != nil {
				t.Error(err)
			}
			v.close(t)
			if problem := hooks.unbalanced(); problem != "" {
				t.Error(problem)
			}
			golden(t, filepath.Join("testdata", "life", c.name+".txt"), strings.Join(hooks.lines, "\n")+"\n")
		})
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for i := range max(len(gotLines), len(wantLines)) {
		line := func(lines []string) string {
			if i < len(lines) {
				return lines[i]
			}
			return "(nothing)"
		}
		if g, w := line(gotLines), line(wantLines); g != w {
			t.Fatalf("%s:%d: got %q, want %q; all of it:\n%s", path, i+1, g, w, got)
		}
	}
}

// readiness: a descriptor is readable, its callback resolves a future, the future wakes a task, the
// task steps.
func readiness(t *testing.T, v *virtual) func(ctx context.Context) error {
	const fd = 5
	v.onForever(func() { v.fake.Push(fd, selector.Readable) })
	return func(ctx context.Context) error {
		f := asyncio.NewFuture[string](v.loop)
		err := v.loop.AddReader(fd, func() {
			v.loop.RemoveReader(fd)
			_ = f.SetResult("data")
		})
		if err != nil {
			return err
		}
		data, err := f.Await(ctx)
		equal(t, "data", data, "data")
		return err
	}
}

// onForever calls fn whenever the loop waits without a limit.
func (v *virtual) onForever(fn func()) {
	old := v.fake.OnWait
	v.fake.OnWait = func(timeout time.Duration) {
		if timeout < 0 {
			fn()
		}
		old(timeout)
	}
}

// sleepers sleep in parallel, for the same time and for different ones.
func sleepers(*testing.T, *virtual) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		var tasks []*asyncio.Task[struct{}]
		for i := range 3 {
			tasks = append(tasks, spawn(ctx, func(ctx context.Context) error {
				return asyncio.Sleep(ctx, time.Second+time.Duration(i/2)*time.Millisecond)
			}))
		}
		_, err := asyncio.Gather(ctx, tasks...)
		return err
	}
}

// cancellation ends a wait, by a timeout and by Cancel.
func cancellation(t *testing.T, _ *virtual) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		task := spawn(ctx, func(ctx context.Context) error {
			inner, cancel := asyncio.WithTimeout(ctx, time.Second)
			defer cancel()
			equal(t, "inner", forever(inner), context.DeadlineExceeded)
			return forever(ctx)
		})
		task.SetName("victim")
		if err := asyncio.Sleep(ctx, 2*time.Second); err != nil {
			return err
		}
		task.Cancel(errors.New("the victim is not wanted"))
		_, err := task.Await(ctx)
		equal(t, "error", err, context.Canceled)
		_, err = spawn(ctx, func(context.Context) error { return asyncio.ErrQueueEmpty }).Await(ctx)
		equal(t, "the other's error", err, asyncio.ErrQueueEmpty)
		return nil
	}
}

// outsideCall: another goroutine resolves what a task waits for.
func outsideCall(t *testing.T, v *virtual) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		f := asyncio.NewFuture[int](v.loop)
		v.onForever(func() {
			go func() { _ = v.loop.CallSoonThreadsafe(func() { _ = f.SetResult(1) }) }()
		})
		_, err := f.Await(ctx)
		return err
	}
}

// coordinated has a task wait for each kind of thing that tasks share.
func coordinated(_ *testing.T, _ *virtual) func(ctx context.Context) error {
	return func(ctx context.Context) error {
		var lock asyncio.Lock
		var ready asyncio.Event
		cond, permits, barrier := asyncio.NewCondition(&lock), asyncio.NewSemaphore(0), asyncio.NewBarrier(2)
		in, out := asyncio.NewQueue[int](1), asyncio.NewQueue[int](1)
		channel := make(chan int)
		steps := []func(ctx context.Context) error{
			ready.Wait, lock.Acquire, cond.Wait, permits.Acquire,
			func(ctx context.Context) error { return second(barrier.Wait(ctx)) },
			func(ctx context.Context) error { return second(in.Get(ctx)) },
			func(ctx context.Context) error { return out.Put(ctx, 2) },
			out.Join,
			func(ctx context.Context) error { _, _, err := asyncio.Recv(ctx, channel); return err },
		}
		task := spawn(ctx, func(ctx context.Context) error {
			for _, step := range steps {
				if err := step(ctx); err != nil {
					return err
				}
			}
			return nil
		})
		if err := errors.Join(lock.Acquire(ctx), out.TryPut(1)); err != nil {
			return err
		}
		for _, help := range []func(){
			ready.Set,
			lock.Release,
			func() { _ = cond.Do(ctx, func(context.Context) error { cond.NotifyAll(); return nil }) },
			permits.Release,
			func() { _, _ = barrier.Wait(ctx) },
			func() { _ = in.TryPut(1) },
			func() { _, _ = out.TryGet() },
			func() { out.TaskDone(); out.TaskDone() },
		} {
			if err := asyncio.Sleep(ctx, time.Millisecond); err != nil {
				return err
			}
			help()
		}
		if err := asyncio.Sleep(ctx, time.Millisecond); err != nil {
			return err
		}
		task.Cancel(nil)
		_, _ = task.Await(ctx)
		return nil
	}
}
