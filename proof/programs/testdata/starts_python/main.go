// SPDX-License-Identifier: Apache-2.0

// Starts_python is a program on our runtime that starts another one, and goes on meanwhile.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"time"

	"github.com/gocurtain/asyncio"
)

func run(ctx context.Context) error {
	loop := asyncio.RunningLoop(ctx)
	output := asyncio.NewFuture[string](loop)
	go func() {
		out, err := exec.Command(os.Args[1], os.Args[2:]...).Output()
		err = errors.Join(err, loop.CallSoonThreadsafe(func() { _ = output.SetResult(string(out)) }))
		if err != nil {
			log.Fatal(err)
		}
	}()
	ticks := asyncio.CreateTask(ctx, func(ctx context.Context) (int, error) {
		for range 5 {
			if err := asyncio.Sleep(ctx, 10*time.Millisecond); err != nil {
				return 0, err
			}
		}
		return 5, nil
	})
	ticks.SetName("ticks")
	text, err := output.Await(ctx)
	if err != nil {
		return err
	}
	n, err := ticks.Await(ctx)
	fmt.Printf("%s%d ticks\n", text, n)
	return err
}

func main() {
	if err := asyncio.Run(run); err != nil {
		log.Fatal(err)
	}
}
