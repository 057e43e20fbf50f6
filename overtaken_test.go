// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"testing"

	"github.com/gocurtain/asyncio"
)

// When a panic leaves a group or Gather, what else has failed there cannot come along, and is
// reported: each error once, and none that somebody has got.
func TestOvertakenByPanic(t *testing.T) {
	errA, errB := errors.New("a"), errors.New("b")
	panics := func(ctx context.Context) error {
		_ = asyncio.Sleep(context.WithoutCancel(ctx), 5)
		panic("first")
	}
	panicsToo := func(ctx context.Context) error {
		_ = asyncio.Sleep(context.WithoutCancel(ctx), 7)
		panic("second")
	}
	for _, c := range []struct {
		name string
		main func(ctx context.Context) error
		want []string // what is reported
	}{
		{"group, a task", inGroup(func(_ context.Context, g group) error {
			g.Go(child(3, errA))
			g.Go(panics)
			g.Go(stubborn(9, errB))
			return nil
		}), []string{"a", "b"}},
		{"group, two panics", inGroup(func(_ context.Context, g group) error {
			g.Go(panics)
			g.Go(panicsToo)
			return nil
		}), []string{"panic: second"}},
		{"group, a task, and the body fails", inGroup(func(ctx context.Context, g group) error {
			g.Go(panics)
			_ = asyncio.Sleep(ctx, 1)
			return errA
		}), []string{"a"}},
		{"group, a task, and the body passes on an error", inGroup(func(ctx context.Context, g group) error {
			g.Go(panics)
			_, err := g.Go(child(1, errA)).Await(ctx)
			return fmt.Errorf("body: %w", err)
		}), nil},
		{"group, the body", inGroup(func(ctx context.Context, g group) error {
			g.Go(child(3, errA))
			_ = asyncio.Sleep(ctx, 4)
			panic("body")
		}), []string{"a"}},
		{"group, the body, by the panic of a task", inGroup(func(ctx context.Context, g group) error {
			g.Go(stubborn(9, errA))
			_, err := g.Go(panics).Await(context.WithoutCancel(ctx))
			return err
		}), []string{"a"}},
		{"group, the body exits", inGroup(func(ctx context.Context, g group) error {
			g.Go(panics)
			g.Go(stubborn(9, errA))
			_ = asyncio.Sleep(ctx, 20)
			runtime.Goexit()
			return nil
		}), []string{"a", "panic: first"}},
		{"group, nobody waited to the end", inGroup(func(ctx context.Context, g group) error {
			failing := g.Go(child(3, errA))
			brief, cancel := asyncio.WithTimeout(ctx, 1)
			defer cancel()
			_, _ = failing.Await(brief)
			g.Go(panics)
			return nil
		}), []string{"a"}},
		{"gather", func(ctx context.Context) error {
			_, err := asyncio.Gather(ctx, create(ctx, child(3, errA)), create(ctx, panics), create(ctx, stubborn(9, errB)), create(ctx, panicsToo))
			return err
		}, []string{"a", "panic: second", "b"}},
		{"gather, results", func(ctx context.Context) error {
			_, err := asyncio.GatherResults(ctx, create(ctx, panics), create(ctx, child(3, errA)))
			return err
		}, []string{"a"}},
		{"gather, cancelled", func(ctx context.Context) error {
			brief, cancel := asyncio.WithTimeout(ctx, 1)
			defer cancel()
			_, err := asyncio.GatherResults(brief, create(ctx, panics), create(ctx, stubborn(9, errA)))
			return err
		}, []string{"a"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := reportsAfter(t, c.main)
			slices.Sort(got)
			slices.Sort(c.want)
			equalAll(t, "reported", got, c.want)
		})
	}
}

// An error that a group returns is no longer reported, although who watched the task has gone.
func TestGroupAnswersForItsTasks(t *testing.T) {
	errA := errors.New("a")
	got := reportsAfter(t, func(ctx context.Context) error {
		err := inGroup(func(ctx context.Context, g group) error {
			failing := g.Go(child(3, errA))
			_, _, err := asyncio.Wait(context.WithoutCancel(ctx), asyncio.AllCompleted, failing)
			return err
		})(ctx)
		if !errors.Is(err, errA) {
			t.Errorf("the group returned %v, want a", err)
		}
		return nil
	})
	equalAll(t, "reported", got, nil)
}

func inGroup(body func(ctx context.Context, g group) error) func(ctx context.Context) error {
	return func(ctx context.Context) error { return asyncio.WithTaskGroup(ctx, body) }
}

func create(ctx context.Context, fn func(ctx context.Context) error) *asyncio.Task[int] {
	return asyncio.CreateTask(ctx, func(ctx context.Context) (int, error) { return 0, fn(ctx) })
}

// reportsAfter runs main as a task whose panic is somebody's, in virtual time, and returns the
// errors that were reported until the loop was closed.
func reportsAfter(t *testing.T, main func(ctx context.Context) error) (reports []string) {
	t.Helper()
	v := newVirtual(t)
	if err := v.run(func(ctx context.Context) error {
		defer func() { _ = recover() }()
		_, _ = create(ctx, main).Await(ctx)
		return nil
	}); err != nil {
		t.Error(err)
	}
	v.close(t)
	for _, r := range v.reports {
		reports = append(reports, r.Err.Error())
	}
	return reports
}
