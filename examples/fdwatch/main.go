// SPDX-License-Identifier: Apache-2.0

//go:build unix

// Fdwatch is the third lesson, one floor below tasks: callbacks for a pipe that can be read or
// written and for a signal, and a future that a task waits for.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"syscall"

	"github.com/gocurtain/asyncio"
)

func run(ctx context.Context) error {
	loop := asyncio.RunningLoop(ctx)
	var p [2]int
	if err := errors.Join(syscall.Pipe(p[:]), syscall.SetNonblock(p[0], true), syscall.SetNonblock(p[1], true)); err != nil {
		return err
	}
	// The loop calls this in each turn that finds room in the pipe: one word a turn.
	words := []string{"one ", "two ", "three"}
	writer := loop.AddWriter(p[1], func() {
		if len(words) > 0 {
			_, _ = syscall.Write(p[1], []byte(words[0])) // There is room, and the reader is open.
			words = words[1:]
			return
		}
		loop.RemoveWriter(p[1]) // first, or the loop would watch the next file that gets this number
		_ = syscall.Close(p[1])
	})
	// The loop calls this when there is something to read, and at the end, which is 0 bytes.
	text, buf := "", make([]byte, 16)
	reader := loop.AddReader(p[0], func() {
		if n, err := syscall.Read(p[0], buf); n > 0 && err == nil {
			text += string(buf[:n])
			return
		}
		loop.RemoveReader(p[0])
		_ = errors.Join(syscall.Close(p[0]), syscall.Kill(syscall.Getpid(), syscall.SIGUSR1))
	})
	// A signal is one more callback: it may use everything that belongs to the loop.
	got := asyncio.NewFuture[syscall.Signal](loop)
	handler := loop.AddSignalHandler(syscall.SIGUSR1, func() { _ = got.SetResult(syscall.SIGUSR1) })
	if err := errors.Join(writer, reader, handler); err != nil {
		return err
	}
	sig, err := got.Await(ctx)
	fmt.Printf("read %q, then got %v\n", text, sig)
	return err
}

func main() {
	if err := asyncio.Run(run); err != nil {
		log.Fatal(err)
	}
}
