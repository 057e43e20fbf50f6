// SPDX-License-Identifier: Apache-2.0

package asynciotest_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/asynciotest"
)

// stepper is a task of so many steps, which calls visit in each.
func stepper(n int, visit func()) step {
	return func(ctx context.Context) error {
		for i := range n {
			if i > 0 {
				if err := yield(ctx); err != nil {
					return err
				}
			}
			visit()
		}
		return nil
	}
}

// interleavings is a body of three tasks of n steps, and the set of the orders seen.
func interleavings(n int, share func(t *asynciotest.T, who byte)) (asynciotest.Body, map[string]int) {
	seen := map[string]int{}
	return func(ctx context.Context, t *asynciotest.T) {
		var order strings.Builder
		visit := func(who byte) func() {
			return func() {
				order.WriteByte(who)
				share(t, who)
			}
		}
		together(ctx, t, stepper(n, visit('a')), stepper(n, visit('b')), stepper(n, visit('c')))
		seen[order.String()]++
	}, seen
}

// TestExploreAll: three tasks of n steps have (3n)!/n!³ orders, and each is run once.
func TestExploreAll(t *testing.T) {
	for n, want := range []int{1: 6, 2: 90, 3: 1680, 4: 34650} {
		if n == 0 || n == 4 && testing.Short() {
			continue
		}
		body, seen := interleavings(n, func(*asynciotest.T, byte) {})
		done := asynciotest.Explore(t, asynciotest.ExploreConfig{}, body)
		if done.Schedules != want || len(seen) != want || !done.Complete || done.Pruned != 0 {
			t.Errorf("%d steps: %+v, %d different, want %d", n, done, len(seen), want)
		}
	}
}

// TestExploreKeepTurns: only the order within a turn differs, 3! ways in each.
func TestExploreKeepTurns(t *testing.T) {
	for n, want := range []int{1: 6, 2: 36, 3: 216} {
		if n == 0 {
			continue
		}
		body, seen := interleavings(n, func(*asynciotest.T, byte) {})
		done := asynciotest.Explore(t, asynciotest.ExploreConfig{KeepTurns: true}, body)
		if done.Schedules != want || len(seen) != want || !done.Complete {
			t.Errorf("%d steps: %+v, %d different, want %d", n, done, len(seen), want)
		}
	}
}

// TestExploreReduce: tasks that share nothing need few orders, tasks that say that they share
// something need those in which they use it.
func TestExploreReduce(t *testing.T) {
	for _, c := range []struct {
		what  string
		share func(t *asynciotest.T, who byte)
		most  int
	}{
		{"nothing", func(*asynciotest.T, byte) {}, 6},
		{"something each", func(t *asynciotest.T, who byte) { t.Touch(who) }, 36},
		{"everything", func(t *asynciotest.T, _ byte) { t.Touch("all") }, 1680},
	} {
		body, seen := interleavings(3, c.share)
		done := asynciotest.Explore(t, asynciotest.ExploreConfig{Reduce: true}, body)
		if done.Schedules > c.most || !done.Complete {
			t.Errorf("sharing %s: %+v, want at most %d", c.what, done, c.most)
		}
		if c.what == "everything" && len(seen) != c.most {
			t.Errorf("sharing everything: %d of %d orders seen", len(seen), c.most)
		}
	}
}

func TestExploreBounded(t *testing.T) {
	body, _ := interleavings(4, func(*asynciotest.T, byte) {})
	r := record(t, func(tb testing.TB) {
		done := asynciotest.Explore(tb, asynciotest.ExploreConfig{MaxSchedules: 100}, body)
		if done.Schedules != 100 || done.Complete {
			t.Errorf("%+v", done)
		}
	})
	if want := "not complete: 100 schedules run, 0 given up, and there are more"; r.failed || !strings.Contains(r.text(), want) {
		t.Errorf("it does not say %q, but:\n%s", want, r.text())
	}
}

func TestExploreForever(t *testing.T) {
	record(t, func(tb testing.TB) {
		asynciotest.Explore(tb, asynciotest.ExploreConfig{MaxSteps: 100}, func(ctx context.Context, _ *asynciotest.T) {
			for ctx.Err() == nil {
				_ = yield(ctx)
			}
		})
	}).wants(t, "it goes on forever: 100 steps were made", "to see it again")
}

func TestExploreNotTheSame(t *testing.T) {
	runs := 0
	record(t, func(tb testing.TB) {
		asynciotest.Explore(tb, asynciotest.ExploreConfig{}, func(ctx context.Context, t *asynciotest.T) {
			runs++
			together(ctx, t, make([]step, 0, 3)[:0]...)
			var steps []step
			for range 2 + runs%2 {
				steps = append(steps, yield)
			}
			together(ctx, t, steps...)
		})
	}).wants(t, "the body is not the same in each run")
}

// TestExploreShortest: the bug needs two choices out of the usual order, and is found with two.
func TestExploreShortest(t *testing.T) {
	unlucky := func(ctx context.Context, t *asynciotest.T) {
		var order strings.Builder
		visit := func(who byte) func() { return func() { t.Touch(&order); order.WriteByte(who) } }
		together(ctx, t, stepper(3, visit('a')), stepper(3, visit('b')))
		if strings.HasPrefix(order.String(), "bba") {
			t.Error("b was there twice before a")
		}
	}
	const token = "0:1,1:1"
	for _, reduce := range []bool{false, true} {
		r := record(t, func(tb testing.TB) {
			asynciotest.Explore(tb, asynciotest.ExploreConfig{Reduce: reduce}, unlucky)
		})
		r.wants(t, "b was there twice before a", "out of the usual order: 2", "ASYNCIOTEST_SCHEDULE="+token+" go test -run '^TestExploreShortest$'")
	}
	t.Setenv("ASYNCIOTEST_SCHEDULE", token)
	record(t, func(tb testing.TB) {
		asynciotest.Explore(tb, asynciotest.ExploreConfig{}, unlucky)
	}).wants(t, "b was there twice before a", "the steps of schedule 0:1,1:1")
	t.Setenv("ASYNCIOTEST_SCHEDULE", "first")
	record(t, func(tb testing.TB) {
		asynciotest.Explore(tb, asynciotest.ExploreConfig{}, unlucky)
	}).wants(t, `ASYNCIOTEST_SCHEDULE: "first" is not a schedule`)
	t.Setenv("ASYNCIOTEST_SCHEDULE", "0:7")
	record(t, func(tb testing.TB) {
		asynciotest.Explore(tb, asynciotest.ExploreConfig{}, unlucky)
	}).wants(t, "the body is not the same in each run")
}

// TestExploreStory shows what is printed of the schedule that fails.
func TestExploreStory(t *testing.T) {
	r := record(t, func(tb testing.TB) {
		asynciotest.Explore(tb, asynciotest.ExploreConfig{}, func(ctx context.Context, t *asynciotest.T) {
			var m asyncio.Lock
			taken := 0
			take := func(ctx context.Context) error {
				return m.Do(ctx, func(ctx context.Context) error {
					taken++
					return yield(ctx)
				})
			}
			together(ctx, t, take, func(context.Context) error {
				if taken == 0 {
					t.Error("nobody was there")
				}
				return nil
			}, take)
		})
	})
	want := `
	  1   main: creates a, creates b, creates c, waits (group) for thing 1
	  2 > b: ends: result
	  3   a: lets others run
	  4   c: waits (lock) for thing 2
	  5   a: wakes c, ends: result
	  6   c: lets others run
	  7   c: ends: result, wakes main
	  8   main: ends: result, schedules callback 1
	  9   callback 1:`
	r.wants(t, want)
}

// TestExploreStoryOfDeadlock: the tasks have the same names in the report and in the story, a lock
// is no task, and the end of the run is nobody's doing.
func TestExploreStoryOfDeadlock(t *testing.T) {
	r := record(t, func(tb testing.TB) {
		asynciotest.Explore(tb, asynciotest.ExploreConfig{}, func(ctx context.Context, t *asynciotest.T) {
			var locks [2]asyncio.Lock
			both := func(first, second *asyncio.Lock) *asyncio.Task[struct{}] {
				return asyncio.CreateTask(ctx, func(ctx context.Context) (struct{}, error) {
					return struct{}{}, first.Do(ctx, func(ctx context.Context) error {
						_ = yield(ctx)
						return second.Do(ctx, yield)
					})
				})
			}
			left := both(&locks[0], &locks[1])
			both(&locks[1], &locks[0]).SetName("right")
			_, _ = left.Await(ctx)
		})
	})
	r.wants(t, `
	main: waiting for task
	└── task 2: waiting for Lock(locked by right, 1 waiting)
	    └── right: waiting for Lock(locked by task 2, 1 waiting)`, `
	  1   main: creates task 2, creates right, waits for task 2
	  2   task 2: lets others run
	  3   right: lets others run
	  4   task 2: waits (lock) for thing 1
	  5   right: waits (lock) for thing 2
	  6   closing the loop: cancels main,`)
}

// randomTest is a small program of tasks that use locks, events, queues and each other, in an order
// that is part of its result.
type randomTest struct {
	ops [][]int // of each task
}

func newRandomTest(r *rand.Rand) randomTest {
	p := randomTest{ops: make([][]int, 2+r.IntN(2))}
	for i := range p.ops {
		for range 1 + r.IntN(3) {
			p.ops[i] = append(p.ops[i], r.IntN(9))
		}
	}
	return p
}

// body runs the program, and adds what came of it to results.
func (p randomTest) body(results map[string]bool) asynciotest.Body {
	return func(ctx context.Context, t *asynciotest.T) {
		var locks [2]asyncio.Lock
		var event asyncio.Event
		queue := asyncio.NewQueue[string](2)
		future := asyncio.NewFuture[string](t.Loop())
		var tasks []*asyncio.Task[string]
		for i, ops := range p.ops {
			task := asyncio.CreateTask(ctx, func(ctx context.Context) (string, error) {
				me, saw := fmt.Sprint(i), ""
				for _, op := range ops {
					switch op {
					case 0, 1:
						err := locks[op].Do(ctx, yield)
						saw += fmt.Sprint("l", err)
					case 2:
						saw += fmt.Sprint("s", event.IsSet())
						event.Set()
					case 3:
						saw += fmt.Sprint("w", event.IsSet(), yield(ctx))
					case 4:
						saw += fmt.Sprint("p", queue.TryPut(me))
					case 5:
						item, err := queue.TryGet()
						saw += fmt.Sprint("g", item, err)
					case 6:
						saw += fmt.Sprint("f", future.SetResult(me) == nil)
					case 7:
						saw += fmt.Sprint("c", tasks[(i+1)%len(tasks)].Cancel(nil))
					case 8:
						saw += fmt.Sprint("y", yield(ctx))
					}
				}
				return saw, nil
			})
			tasks = append(tasks, task)
		}
		if _, _, err := asyncio.Wait(ctx, asyncio.AllCompleted, tasks...); err != nil {
			return // the run was given up
		}
		result := ""
		for _, task := range tasks {
			saw, err := task.Result()
			result += fmt.Sprint(" ", saw, err)
		}
		for queue.Len() > 0 {
			item, _ := queue.TryGet()
			result += item
		}
		results[result] = true
	}
}

// TestExploreReduceMissesNothing: with Reduce a program comes to the same results as without,
// although it runs fewer orders.
func TestExploreReduceMissesNothing(t *testing.T) {
	programs := 100
	if testing.Short() {
		programs = 20
	}
	all, reduced := 0, 0
	for seed := range uint64(programs) {
		p := newRandomTest(rand.New(rand.NewPCG(seed, 1)))
		full, some := map[string]bool{}, map[string]bool{}
		first := asynciotest.Explore(t, asynciotest.ExploreConfig{}, p.body(full))
		second := asynciotest.Explore(t, asynciotest.ExploreConfig{Reduce: true}, p.body(some))
		if !first.Complete || !second.Complete {
			t.Fatalf("program %d is too long: %+v, %+v", seed, first, second)
		}
		all, reduced = all+first.Schedules, reduced+second.Schedules
		if !maps.Equal(full, some) {
			t.Fatalf("program %d (%v): with Reduce it comes to\n%v, without to\n%v", seed, p.ops,
				slices.Sorted(maps.Keys(some)), slices.Sorted(maps.Keys(full)))
		}
	}
	t.Logf("%d schedules, %d with Reduce", all, reduced)
	if reduced >= all {
		t.Errorf("Reduce leaves out none of %d schedules", all)
	}
}
