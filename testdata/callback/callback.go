// SPDX-License-Identifier: Apache-2.0

// Command callback runs a loop before and in a call from C, as programs do whose event loop
// is a toolkit's. It prints what became of each run.
package main

/*
extern void calledFromC(void);
static void callBack(void) { calledFromC(); }
*/
import "C"

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"time"

	"github.com/gocurtain/asyncio"
)

var runner *asyncio.Runner

func waits(ctx context.Context) error { return asyncio.Sleep(ctx, 0) }

// leaves is a main that leaves a task which waits.
func leaves(ctx context.Context) error {
	asyncio.CreateTask(ctx, func(ctx context.Context) (int, error) { return 0, asyncio.Sleep(ctx, time.Hour) })
	return asyncio.Sleep(ctx, 0)
}

//export calledFromC
func calledFromC() { report("in the call", runner.Run(waits)) }

func report(what string, err error) {
	fmt.Println(what, "other thread:", errors.Is(err, asyncio.ErrOtherThread), "ok:", err == nil)
}

func main() {
	runtime.LockOSThread()
	var err error
	if runner, err = asyncio.NewRunner(asyncio.RunnerConfig{IgnoreSignals: true}); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	report("before", runner.Run(waits))
	C.callBack() // no task has been left: it may run there
	report("after", runner.Run(leaves))
	C.callBack()
	report("close", runner.Close())
}
