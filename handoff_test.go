// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"testing"

	"github.com/gocurtain/asyncio"
)

// A task whose next step may be made on the stack of another one is told in what order
// things happen, with hooks, which turn that off, and without. Both must be the same.
func inBothWays(t *testing.T, want []string, main func(ctx context.Context, say func(string)) error) {
	t.Helper()
	for name, hooks := range map[string]asyncio.Hooks{"handed over": nil, "by the loop": asyncio.NopHooks{}} {
		t.Run(name, func(t *testing.T) {
			var said []string
			v := newVirtual(t, func(cfg *asyncio.RunnerConfig) { cfg.Loop.Hooks = hooks })
			err := v.run(func(ctx context.Context) error {
				return main(ctx, func(what string) { said = append(said, what) })
			})
			equal(t, "error", err, nil)
			equalAll(t, "order", said, want)
		})
	}
}

// The awaiter is cancelled by the task it has lent its stack to, which then awaits it.
func TestHandOffToTaskThatLendsItsStack(t *testing.T) {
	want := []string{"child begins", "main: context canceled", "child got main's result"}
	inBothWays(t, want, func(ctx context.Context, say func(string)) error {
		main := spawn(ctx, func(ctx context.Context) error {
			self := asyncio.CurrentTask(ctx).(*asyncio.Task[struct{}])
			child := spawn(context.WithoutCancel(ctx), func(ctx context.Context) error {
				say("child begins")
				self.Cancel(nil)
				_, err := self.Await(ctx)
				say("child got main's result")
				return err
			})
			_, err := child.Await(ctx)
			say("main: " + err.Error())
			return nil
		})
		_, err := main.Await(ctx)
		yield(t, ctx)
		yield(t, ctx)
		return err
	})
}

// What is ready comes after the step in which an eager task was created.
func TestEagerTaskHandsNothingOver(t *testing.T) {
	inBothWays(t, []string{"eager", "creator", "child"}, func(ctx context.Context, say func(string)) error {
		child := spawn(ctx, func(context.Context) error {
			say("child")
			return nil
		})
		eager := asyncio.CreateEagerTask(ctx, func(ctx context.Context) (struct{}, error) {
			say("eager")
			return child.Await(ctx)
		})
		say("creator")
		_, err := eager.Await(ctx)
		return err
	})
}

// A chain of tasks, each of which gives the next one what it waits for, unwinds.
func TestHandOffChain(t *testing.T) {
	const tasks, rounds = 100, 20
	inVirtual(t, func(ctx context.Context) {
		events := make([]asyncio.Event, tasks)
		steps := 0
		for i := range events {
			spawn(ctx, func(ctx context.Context) error {
				for range rounds {
					if err := events[i].Wait(ctx); err != nil {
						return err
					}
					events[i].Clear()
					steps++
					events[(i+1)%tasks].Set()
				}
				return nil
			})
		}
		events[0].Set()
		equal(t, "error", asyncio.Sleep(ctx, 1), nil)
		equal(t, "steps", steps, tasks*rounds)
	})
}
