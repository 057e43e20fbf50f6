// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/waitgraph"
)

// inLimited runs body with a group whose tasks note when they begin.
func inLimited(t *testing.T, ctx context.Context, limit int, body func(g *asyncio.TaskGroup, add func(name string, d time.Duration, err error) *asyncio.Task[struct{}])) (began []string, err error) {
	t.Helper()
	err = asyncio.WithTaskGroup(ctx, func(ctx context.Context, g *asyncio.TaskGroup) error {
		g.SetLimit(limit)
		body(g, func(name string, d time.Duration, err error) *asyncio.Task[struct{}] {
			task := g.Go(func(ctx context.Context) error {
				began = append(began, fmt.Sprintf("%s at %d", name, now(ctx)))
				if cut := asyncio.Sleep(ctx, d); cut != nil {
					return cut
				}
				return err
			})
			task.SetName(name)
			return task
		})
		return nil
	})
	return began, err
}

// Tasks begin in the order in which they were made, as soon as there is a place.
func TestGroupLimit(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		began, err := inLimited(t, ctx, 2, func(g *asyncio.TaskGroup, add func(string, time.Duration, error) *asyncio.Task[struct{}]) {
			add("a", 5, nil)
			add("b", 2, nil)
			add("c", 4, nil)
			add("d", 1, nil)
			add("e", 1, nil)
			equal(t, "Len", g.Len(), 5)
		})
		equal(t, "error", err, nil)
		equal(t, "began", strings.Join(began, ", "), "a at 0, b at 0, c at 2, d at 5, e at 6")
	})
}

func TestGroupLimitIsChanged(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		began, err := inLimited(t, ctx, 1, func(g *asyncio.TaskGroup, add func(string, time.Duration, error) *asyncio.Task[struct{}]) {
			for _, name := range []string{"a", "b", "c", "d", "e"} {
				add(name, 10, nil)
			}
			l := asyncio.RunningLoop(ctx)
			l.CallLater(3, func() { g.SetLimit(3) })
			l.CallLater(4, func() { g.SetLimit(1) })
			l.CallLater(15, func() { g.SetLimit(0) })
		})
		equal(t, "error", err, nil)
		equal(t, "began", strings.Join(began, ", "), "a at 0, b at 3, c at 3, d at 13, e at 15")
	})
}

// A task may be cancelled before it was held, while it is, and when it has begun.
func TestGroupLimitUnderCancellation(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		var held *asyncio.Task[struct{}]
		began, err := inLimited(t, ctx, 1, func(g *asyncio.TaskGroup, add func(string, time.Duration, error) *asyncio.Task[struct{}]) {
			add("a", 10, nil)
			held = add("b", 10, nil)
			add("c", 10, nil)
			l := asyncio.RunningLoop(ctx)
			l.CallLater(5, func() { held.Cancel(nil) })
			l.CallLater(6, func() { equal(t, "ended at once", held.Done(), true) })
		})
		equal(t, "error", err, nil)
		equal(t, "cancelled", held.Cancelled(), true)
		equal(t, "began", strings.Join(began, ", "), "a at 0, c at 10")

		// The whole group, by the failure of one; by Cancel; and by a context that is not ours.
		failed := errors.New("failed")
		_, err = inLimited(t, ctx, 1, func(g *asyncio.TaskGroup, add func(string, time.Duration, error) *asyncio.Task[struct{}]) {
			add("a", 1, failed)
			for range 3 {
				add("b", 10, nil)
			}
		})
		equal(t, "error", errors.Is(err, failed), true)
		began, err = inLimited(t, ctx, 1, func(g *asyncio.TaskGroup, add func(string, time.Duration, error) *asyncio.Task[struct{}]) {
			add("a", 1, nil)
			add("b", 1, nil)
			g.Cancel()
			add("c", 1, nil)
		})
		equal(t, "error", err, nil)
		equal(t, "began", len(began), 0)
		foreign, cancel := context.WithCancel(ctx)
		began, err = inLimited(t, foreign, 1, func(g *asyncio.TaskGroup, add func(string, time.Duration, error) *asyncio.Task[struct{}]) {
			add("a", 10, nil)
			add("b", 10, nil)
			asyncio.RunningLoop(ctx).CallLater(1, cancel)
		})
		equal(t, "error", err, context.Canceled)
		equal(t, "began", len(began), 1)
	})
}

// The graph says what a held task waits for, and finds those that wait for each other.
func TestGroupLimitInGraph(t *testing.T) {
	inVirtual(t, func(ctx context.Context) {
		l := asyncio.RunningLoop(ctx)
		err := asyncio.WithTaskGroup(ctx, func(ctx context.Context, g *asyncio.TaskGroup) error {
			g.SetLimit(1)
			var inner *asyncio.Task[struct{}]
			outer := g.Go(func(ctx context.Context) error {
				inner = g.Go(forever)
				inner.SetName("inner")
				_, err := inner.Await(ctx)
				return err
			})
			outer.SetName("outer")
			yield(t, ctx)
			graph := l.WaitGraph()
			task := graph.Task(inner.ID())
			equal(t, "state", task.State, waitgraph.Waiting)
			equal(t, "what", task.Waits.What, "its turn in a group of 1 at a time")
			equal(t, "waits for", slices.Equal(task.WaitsFor, []uint64{outer.ID()}), true)
			equal(t, "deadlock", errors.Is(graph.Deadlock(), waitgraph.ErrDeadlock), true)
			g.Cancel()
			return nil
		})
		equal(t, "error", err, nil)
	})
}
