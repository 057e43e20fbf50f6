// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/gocurtain/asyncio"
)

// say is a task that takes a while.
func say(text string, d time.Duration) func(ctx context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		if err := asyncio.Sleep(ctx, d); err != nil {
			return "", err
		}
		return text, nil
	}
}

func ExampleCreateTask() {
	err := asyncio.Run(func(ctx context.Context) error {
		task := asyncio.CreateTask(ctx, say("Hello, world", time.Millisecond))
		fmt.Println("waiting")
		greeting, err := task.Await(ctx)
		if err != nil {
			return err
		}
		fmt.Println(greeting)
		return nil
	})
	fmt.Println(err)
	// Output:
	// waiting
	// Hello, world
	// <nil>
}

func ExampleNewFuture() {
	_ = asyncio.Run(func(ctx context.Context) error {
		l := asyncio.RunningLoop(ctx)
		f := asyncio.NewFuture[int](l)
		go func() { // another goroutine
			_ = l.CallSoonThreadsafe(func() { _ = f.SetResult(42) })
		}()
		fmt.Println(f.Await(ctx))
		return nil
	})
	// Output: 42 <nil>
}

func ExampleSleep() {
	_ = asyncio.Run(func(ctx context.Context) error {
		for _, name := range []string{"a", "b"} {
			asyncio.CreateTask(ctx, func(ctx context.Context) (any, error) {
				for i := range 2 {
					fmt.Println(name, i)
					if err := asyncio.Sleep(ctx, 0); err != nil { // the others' turn
						return nil, err
					}
				}
				return nil, nil
			})
		}
		return asyncio.Sleep(ctx, time.Millisecond)
	})
	// Output:
	// a 0
	// b 0
	// a 1
	// b 1
}

func ExampleTask_cancel() {
	_ = asyncio.Run(func(ctx context.Context) error {
		task := asyncio.CreateTask(ctx, func(ctx context.Context) (string, error) {
			err := asyncio.Sleep(ctx, time.Hour)
			// Clean-up that waits does so under a context that is not cancelled.
			_ = asyncio.Sleep(context.WithoutCancel(ctx), time.Millisecond)
			var why *asyncio.CancelError
			if errors.As(context.Cause(ctx), &why) {
				fmt.Println("cancelled by", why.By, "because of:", why.Cause)
			}
			return "", err
		})
		asyncio.CurrentTask(ctx).SetName("main")
		_ = asyncio.Sleep(ctx, 0)
		task.Cancel(errors.New("no longer needed"))
		_, err := task.Await(ctx)
		fmt.Println(err)
		return nil
	})
	// Output:
	// cancelled by main because of: no longer needed
	// context canceled
}

func ExampleFuture_AddDoneCallback() {
	_ = asyncio.Run(func(ctx context.Context) error {
		f := asyncio.NewFuture[string](asyncio.RunningLoop(ctx))
		f.AddDoneCallback(func() { fmt.Println(f) })
		_ = f.SetResult("x")
		fmt.Println("set")
		return asyncio.Sleep(ctx, 0)
	})
	// Output:
	// set
	// Future(finished)
}

func ExampleGather() {
	_ = asyncio.Run(func(ctx context.Context) error {
		texts, err := asyncio.Gather(ctx,
			asyncio.CreateTask(ctx, say("slow", 2*time.Millisecond)),
			asyncio.CreateTask(ctx, say("fast", time.Millisecond)),
		)
		fmt.Println(texts, err)
		return err
	})
	// Output: [slow fast] <nil>
}

func ExampleGatherResults() {
	_ = asyncio.Run(func(ctx context.Context) error {
		fail := func(context.Context) (string, error) { return "", errors.New("no luck") }
		results, err := asyncio.GatherResults(ctx,
			asyncio.CreateTask(ctx, fail),
			asyncio.CreateTask(ctx, say("hello", time.Millisecond)),
		)
		for _, r := range results {
			fmt.Printf("%q %v\n", r.Value, r.Err)
		}
		return err
	})
	// Output:
	// "" no luck
	// "hello" <nil>
}

func ExampleWait() {
	_ = asyncio.Run(func(ctx context.Context) error {
		done, pending, err := asyncio.Wait(ctx, asyncio.FirstCompleted,
			asyncio.CreateTask(ctx, say("slow", time.Hour)),
			asyncio.CreateTask(ctx, say("fast", time.Millisecond)),
		)
		for _, task := range done {
			fmt.Println(task.Result())
		}
		for _, task := range pending {
			task.Cancel(nil)
		}
		return err
	})
	// Output: fast <nil>
}

func ExampleAsCompleted() {
	_ = asyncio.Run(func(ctx context.Context) error {
		a := asyncio.CreateTask(ctx, say("slow", 20*time.Millisecond))
		b := asyncio.CreateTask(ctx, say("fast", time.Millisecond))
		for task, err := range asyncio.AsCompleted(ctx, a, b) {
			if err != nil {
				return err
			}
			fmt.Println(task.Result())
		}
		return nil
	})
	// Output:
	// fast <nil>
	// slow <nil>
}

func ExampleWithTaskGroup() {
	err := asyncio.Run(func(ctx context.Context) error {
		return asyncio.WithTaskGroup(ctx, func(ctx context.Context, g *asyncio.TaskGroup) error {
			g.Go(func(ctx context.Context) error {
				err := asyncio.Sleep(ctx, time.Hour)
				fmt.Println("first:", err)
				return err
			})
			g.Go(func(ctx context.Context) error { return errors.New("second failed") })
			return nil
		})
	})
	fmt.Println(err)
	// Output:
	// first: context canceled
	// second failed
}

func ExampleCreateTaskIn() {
	_ = asyncio.Run(func(ctx context.Context) error {
		var text *asyncio.Task[string]
		err := asyncio.WithTaskGroup(ctx, func(ctx context.Context, g *asyncio.TaskGroup) error {
			text = asyncio.CreateTaskIn(g, say("hello", time.Millisecond))
			return nil
		})
		fmt.Println(text.Result())
		return err
	})
	// Output: hello <nil>
}

func ExampleTaskGroup_Cancel() {
	_ = asyncio.Run(func(ctx context.Context) error {
		err := asyncio.WithTaskGroup(ctx, func(ctx context.Context, g *asyncio.TaskGroup) error {
			for i := range 3 {
				g.Go(func(ctx context.Context) error {
					if err := asyncio.Sleep(ctx, time.Duration(i)*time.Hour); err != nil {
						return err
					}
					fmt.Println("the first one is enough:", i)
					g.Cancel()
					return nil
				})
			}
			return nil
		})
		fmt.Println(err)
		return nil
	})
	// Output:
	// the first one is enough: 0
	// <nil>
}

func ExampleWithTimeout() {
	_ = asyncio.Run(func(ctx context.Context) error {
		scoped, cancel := asyncio.WithTimeout(ctx, time.Millisecond)
		defer cancel()
		fmt.Println(asyncio.Sleep(scoped, time.Hour))
		fmt.Println(asyncio.Sleep(scoped, 0)) // as long as it is this context
		fmt.Println(asyncio.Sleep(ctx, 0))
		return nil
	})
	// Output:
	// context deadline exceeded
	// context deadline exceeded
	// <nil>
}

func ExampleNewTimeout() {
	_ = asyncio.Run(func(ctx context.Context) error {
		scoped, timeout := asyncio.NewTimeout(ctx, time.Millisecond)
		defer timeout.Stop()
		timeout.Reschedule(time.Hour)
		fmt.Println(asyncio.Sleep(scoped, 2*time.Millisecond), timeout.Expired())
		timeout.Reschedule(0)
		fmt.Println(asyncio.Sleep(scoped, time.Minute), timeout.Expired())
		return nil
	})
	// Output:
	// <nil> false
	// context deadline exceeded true
}

func ExampleWaitFor() {
	_ = asyncio.Run(func(ctx context.Context) error {
		_, err := asyncio.WaitFor(ctx, time.Millisecond, say("too late", time.Hour))
		fmt.Println(err)
		return nil
	})
	// Output: context deadline exceeded
}

func ExampleShield() {
	_ = asyncio.Run(func(ctx context.Context) error {
		disk := asyncio.NewFuture[int](asyncio.RunningLoop(ctx))
		_, err := asyncio.WaitFor(ctx, time.Millisecond, func(ctx context.Context) (int, error) {
			return asyncio.Shield(ctx, func(ctx context.Context) (int, error) {
				n, err := disk.Await(ctx)
				fmt.Println("saved", n, err)
				return n, err
			})
		})
		fmt.Println(err)
		_ = disk.SetResult(100)
		return asyncio.Sleep(ctx, 0)
	})
	// Output:
	// context deadline exceeded
	// saved 100 <nil>
}

// stepCounter counts the steps of all tasks.
type stepCounter struct {
	asyncio.NopHooks
	steps int
}

func (c *stepCounter) StepBegin(uint64) { c.steps++ }

// Hooks see what the loop does. NopHooks has all the others, which do nothing.
func ExampleNopHooks() {
	counter := &stepCounter{}
	r, err := asyncio.NewRunner(asyncio.RunnerConfig{Loop: asyncio.LoopConfig{Hooks: counter}})
	if err != nil {
		log.Fatal(err)
	}
	err = r.Run(func(ctx context.Context) error {
		return errors.Join(asyncio.Sleep(ctx, 0), asyncio.Sleep(ctx, time.Millisecond))
	})
	fmt.Println(counter.steps, "steps", errors.Join(err, r.Close()))
	// Output: 3 steps <nil>
}

// Hooks may come and go while the loop runs.
func ExampleLoop_SetHooks() {
	counter := &stepCounter{}
	err := asyncio.Run(func(ctx context.Context) error {
		l := asyncio.RunningLoop(ctx)
		before := asyncio.Sleep(ctx, 0)
		l.SetHooks(counter) // from the next turn on
		counted := errors.Join(asyncio.Sleep(ctx, 0), asyncio.Sleep(ctx, 0))
		l.SetHooks(nil)
		return errors.Join(before, counted, asyncio.Sleep(ctx, 0))
	})
	fmt.Println(counter.steps, "steps", err)
	// Output: 2 steps <nil>
}

// A function that blocks runs on another goroutine, and the loop goes on.
func ExampleToThread() {
	err := asyncio.Run(func(ctx context.Context) error {
		text, err := asyncio.ToThread(ctx, func(context.Context) ([]byte, error) { return os.ReadFile("testdata/greeting") })
		fmt.Println(string(text), errors.Is(err, os.ErrNotExist))
		return nil
	})
	fmt.Println(err)
	// Output:
	//  true
	// <nil>
}

// Another goroutine creates a task on a loop, and waits for its result.
func ExampleCreateTaskThreadsafe() {
	loops, stop := make(chan *asyncio.Loop), asyncio.NewConcurrentFuture[error]()
	go asyncio.Run(func(ctx context.Context) error {
		loops <- asyncio.RunningLoop(ctx)
		_, err := stop.Await(ctx)
		return err
	})
	answer := asyncio.CreateTaskThreadsafe(context.Background(), <-loops, func(ctx context.Context) (int, error) {
		return 42, asyncio.Sleep(ctx, time.Millisecond)
	})
	fmt.Println(answer.Await(context.Background()))
	_ = stop.SetResult(nil)
	// Output: 42 <nil>
}

func ExampleCreateEagerTask() {
	_ = asyncio.Run(func(ctx context.Context) error {
		cached := asyncio.CreateEagerTask(ctx, func(context.Context) (string, error) { return "from the cache", nil })
		fmt.Println(cached.Done())
		return nil
	})
	// Output: true
}
