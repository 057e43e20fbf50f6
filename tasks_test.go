// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"slices"
	"testing"

	"github.com/gocurtain/asyncio"
)

func TestCurrentTask(t *testing.T) {
	equal(t, "without a loop", asyncio.CurrentTask(context.Background()), nil)
	v := newVirtual(t)
	equal(t, "outside of a run", asyncio.CurrentTask(v.loop.Context()), nil)
	err := v.run(func(ctx context.Context) error {
		main := asyncio.CurrentTask(ctx)
		inCallback := asyncio.AnyTask(nil)
		v.loop.CallSoon(func() { inCallback = asyncio.CurrentTask(ctx) })
		var task *asyncio.Task[struct{}]
		task = spawn(ctx, func(inner context.Context) error {
			for _, c := range []context.Context{inner, ctx, v.loop.Context()} { // whichever context of the loop
				equal(t, "in the task", asyncio.CurrentTask(c), asyncio.AnyTask(task))
			}
			yield(t, inner)
			equal(t, "in its second step", asyncio.CurrentTask(inner), asyncio.AnyTask(task))
			return nil
		})
		_, err := task.Await(ctx)
		equal(t, "in main", asyncio.CurrentTask(ctx), main)
		equal(t, "in a callback", inCallback, nil)
		return err
	})
	equal(t, "error", err, nil)
	equal(t, "after the run", asyncio.CurrentTask(v.loop.Context()), nil)
}

func names(l *asyncio.Loop) (all []string) {
	for task := range l.AllTasks() {
		all = append(all, task.Name())
	}
	return all
}

// AllTasks are those that have not ended, in order of creation, as of the call.
func TestAllTasks(t *testing.T) {
	v := newVirtual(t)
	l := v.loop
	equal(t, "of an empty loop", len(names(l)), 0)
	err := v.run(func(ctx context.Context) error {
		asyncio.CurrentTask(ctx).SetName("main")
		var tasks []*asyncio.Task[struct{}]
		for _, name := range []string{"a", "b", "c"} {
			task := spawn(ctx, func(ctx context.Context) error { return forever(ctx) })
			task.SetName(name)
			tasks = append(tasks, task)
		}
		equalAll(t, "tasks", names(l), []string{"main", "a", "b", "c"})
		equal(t, "stats", l.Stats().Tasks, 4)
		snapshot := l.AllTasks()
		tasks[1].Cancel(nil)
		yield(t, ctx)
		equalAll(t, "without b", names(l), []string{"main", "a", "c"})
		seen := 0
		for range snapshot {
			if seen++; seen == 2 {
				break
			}
		}
		equal(t, "a range may be left", seen, 2)
		equal(t, "a snapshot is of its moment", len(slices.Collect(snapshot)), 4)
		for task := range l.AllTasks() { // tasks may be made and end meanwhile
			if task.Name() != "main" {
				task.Cancel(nil)
				spawn(ctx, func(context.Context) error { return nil }).SetName("new")
				yield(t, ctx)
			}
		}
		yield(t, ctx)
		equalAll(t, "at the end", names(l), []string{"main"})
		return nil
	})
	equal(t, "error", err, nil)
	equal(t, "after the run", len(names(l)), 0)
}
