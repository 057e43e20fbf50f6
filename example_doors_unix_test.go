// SPDX-License-Identifier: Apache-2.0

//go:build unix

package asyncio_test

import (
	"context"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/gocurtain/asyncio"
)

// A service that ends in peace: at the first SIGINT or SIGTERM it takes no more jobs and finishes
// those that it has, for at most ten seconds. A second signal ends it at once.
func ExampleWaitSignal() {
	err := asyncio.Run(func(ctx context.Context) error {
		jobs := asyncio.NewQueue[int](0)
		return asyncio.WithTaskGroup(ctx, func(ctx context.Context, g *asyncio.TaskGroup) error {
			g.Go(func(ctx context.Context) error {
				for job, err := range jobs.All(ctx) {
					if err != nil {
						return err
					}
					if err := asyncio.Sleep(ctx, time.Millisecond); err != nil { // the work
						return err
					}
					fmt.Println("did job", job)
				}
				return nil
			})
			for job := range 3 {
				_ = jobs.TryPut(job)
			}
			asyncio.RunningLoop(ctx).CallSoon(func() { // as somebody outside would
				_ = syscall.Kill(os.Getpid(), syscall.SIGTERM)
			})
			sig, err := asyncio.WaitSignal(ctx, os.Interrupt, syscall.SIGTERM)
			if err != nil {
				return err
			}
			fmt.Println("ending:", sig)
			jobs.Shutdown(false)
			asyncio.RunningLoop(ctx).CallLater(10*time.Second, g.Cancel)
			return nil // the group waits for its tasks
		})
	})
	fmt.Println("ended:", err)
	// Unordered output:
	// ending: terminated
	// did job 0
	// did job 1
	// did job 2
	// ended: <nil>
}

// The task waits, not the loop; then there is something to read.
func ExampleWaitReadable() {
	_ = asyncio.Run(func(ctx context.Context) error {
		var pipe [2]int
		if err := syscall.Pipe(pipe[:]); err != nil {
			return err
		}
		defer syscall.Close(pipe[0])
		asyncio.RunningLoop(ctx).CallLater(time.Millisecond, func() {
			_, _ = syscall.Write(pipe[1], []byte("hello"))
			_ = syscall.Close(pipe[1])
		})
		if err := asyncio.WaitReadable(ctx, pipe[0]); err != nil {
			return err
		}
		buf := make([]byte, 100)
		n, err := syscall.Read(pipe[0], buf)
		fmt.Println(string(buf[:n]), err)
		return nil
	})
	// Output: hello <nil>
}

// A file of package os is watched as it is, without its number.
func ExampleWaitConnReadable() {
	_ = asyncio.Run(func(ctx context.Context) error {
		r, w, err := os.Pipe()
		if err != nil {
			return err
		}
		defer r.Close()
		defer w.Close()
		limited, cancel := asyncio.WithTimeout(ctx, time.Millisecond)
		defer cancel()
		fmt.Println(asyncio.WaitConnReadable(limited, r))
		fmt.Println(asyncio.WaitConnWritable(ctx, w))
		return nil
	})
	// Output:
	// context deadline exceeded
	// <nil>
}
