// SPDX-License-Identifier: Apache-2.0

// Sleepers is the second lesson: ten tasks sleep one second each, and it takes one second, not ten.
// Its trace is the shortest look at how: ten arrows lead from where the timers were set to ten
// steps in one turn of the loop.
package main

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/gocurtain/asyncio"
)

// sleeper returns a task's function that sleeps and then prints its number.
func sleeper(i int) func(ctx context.Context) (int, error) {
	return func(ctx context.Context) (int, error) {
		if err := asyncio.Sleep(ctx, time.Second); err != nil {
			return 0, err
		}
		// All tasks run on one goroutine at a time, so nobody prints in between.
		fmt.Printf("%d…", i)
		return i, nil
	}
}

func run(ctx context.Context) error {
	start := time.Now()
	var tasks []*asyncio.Task[int]
	for i := range 10 {
		tasks = append(tasks, asyncio.CreateTask(ctx, sleeper(i)))
	}
	// Ten timers are due at the same moment, and go off in the order they were set.
	if _, err := asyncio.Gather(ctx, tasks...); err != nil {
		return err
	}
	fmt.Printf("\n%.2f seconds\n", time.Since(start).Seconds())
	return nil
}

func main() {
	if err := asyncio.Run(run); err != nil {
		log.Fatal(err)
	}
}
