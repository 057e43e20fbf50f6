// SPDX-License-Identifier: Apache-2.0

//go:build unix

// Fdwatch is the third lesson, one floor below tasks: callbacks for a pipe that can
// be read or written and for a signal, and a future that a task waits for.
package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"syscall"

	"github.com/gocurtain/asyncio"
)

func run(ctx context.Context) error {
	loop := asyncio.RunningLoop(ctx)
	var fds [2]int
	if err := errors.Join(syscall.Pipe(fds[:]), syscall.SetNonblock(fds[0], true), syscall.SetNonblock(fds[1], true)); err != nil {
		return err
	}
	in, out := fds[0], fds[1]
	defer syscall.Close(in)

	// The writer is called in every turn that finds room in the pipe: one word each.
	words := []string{"one", "two", "three"}
	writer := loop.AddWriter(out, func() {
		if len(words) > 0 {
			syscall.Write(out, []byte(words[0])) //nolint:errcheck // There is room, and the reader is open.
			words = words[1:]
			return
		}
		loop.RemoveWriter(out) // before closing, as the loop must not watch a descriptor of somebody else
		syscall.Close(out)
	})
	// The reader is called when there is something, and at the end, which is 0 bytes.
	reader := loop.AddReader(in, func() {
		buf := make([]byte, 16)
		if n, _ := syscall.Read(in, buf); n > 0 {
			fmt.Printf("read %q\n", buf[:n])
			return
		}
		loop.RemoveReader(in)
		syscall.Kill(os.Getpid(), syscall.SIGUSR1) //nolint:errcheck // A process may signal itself.
	})
	// The signal is one more callback: it may use everything that belongs to the loop.
	got := asyncio.NewFuture[os.Signal](loop)
	handler := loop.AddSignalHandler(syscall.SIGUSR1, func() { got.SetResult(syscall.SIGUSR1) })
	if err := errors.Join(writer, reader, handler); err != nil {
		return err
	}
	sig, err := got.Await(ctx)
	fmt.Println("got", sig)
	return err
}

func main() {
	if err := asyncio.Run(run); err != nil {
		log.Fatal(err)
	}
}
