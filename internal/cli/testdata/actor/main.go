// SPDX-License-Identifier: Apache-2.0

// Actor is an asyncio program that does what a test of curtain wants: actor ROLE
// [ARGUMENT...].
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"syscall"
	"time"

	"github.com/gocurtain/asyncio"
)

var roles = map[string]func(ctx context.Context, args []string) error{
	"echo":  echo,
	"exit":  exit,
	"kill":  kill,
	"panic": func(context.Context, []string) error { panic("on purpose") },
	"spin":  spin,
	"wait":  wait,
}

func main() {
	err := asyncio.Run(func(ctx context.Context) error { return roles[os.Args[1]](ctx, os.Args[2:]) })
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(3)
	}
}

// echo prints its arguments and standard input.
func echo(ctx context.Context, args []string) error {
	fmt.Printf("arguments: %q\n", args)
	_, err := io.Copy(os.Stdout, os.Stdin)
	return errors.Join(err, asyncio.Sleep(ctx, time.Millisecond))
}

// exit ends the process with a status.
func exit(ctx context.Context, args []string) error {
	status, err := strconv.Atoi(args[0])
	if err == nil {
		os.Exit(status)
	}
	return err
}

// kill ends the process in the middle of a task.
func kill(ctx context.Context, _ []string) error {
	if err := asyncio.Sleep(ctx, time.Millisecond); err != nil {
		return err
	}
	_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	select {}
}

// spin yields as often as it is told.
func spin(ctx context.Context, args []string) error {
	n, err := strconv.Atoi(args[0])
	for range n {
		err = errors.Join(err, asyncio.Sleep(ctx, 0))
	}
	return err
}

// wait writes its process id to a file and waits to be cancelled. A clean-up that
// takes a moment, and begins with another file, tells one interrupt from two: the second
// would end it.
func wait(ctx context.Context, args []string) error {
	if err := write(args[0]); err != nil {
		return err
	}
	err := asyncio.Sleep(ctx, time.Hour)
	if err := write(args[0] + ".cleanup"); err != nil {
		return err
	}
	if cleanup := asyncio.Sleep(context.WithoutCancel(ctx), 300*time.Millisecond); cleanup != nil {
		return cleanup
	}
	fmt.Println("cleaned up")
	return err
}

// write writes the process id to a file, which then appears at once.
func write(file string) error {
	pid := []byte(strconv.Itoa(os.Getpid()))
	return errors.Join(os.WriteFile(file+".new", pid, 0o600), os.Rename(file+".new", file))
}
