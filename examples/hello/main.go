// SPDX-License-Identifier: Apache-2.0

// Hello is the first lesson: start a task, wait for it, print what it returns.
package main

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/gocurtain/asyncio"
)

// greet is what a task runs. It can suspend, so it takes a ctx first: the ctx says which task
// waits, and tells the task when to give up.
func greet(ctx context.Context) (string, error) {
	// Only this task stands still for a second; the loop is free for others.
	if err := asyncio.Sleep(ctx, time.Second); err != nil {
		return "", err
	}
	return "Hello, world", nil
}

func run(ctx context.Context) error {
	// The task does not run yet: it gets its turn when this one waits.
	task := asyncio.CreateTask(ctx, greet)
	greeting, err := task.Await(ctx)
	if err != nil {
		return err
	}
	fmt.Println(greeting)
	return nil
}

func main() {
	// Run makes a loop, runs one task on it, and returns that task's error. Press Ctrl-C within the
	// second: then Sleep returns an error, and so do its callers.
	if err := asyncio.Run(run); err != nil {
		log.Fatal(err)
	}
}
