// SPDX-License-Identifier: Apache-2.0

package asynciotest

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio"
	"github.com/gocurtain/asyncio/internal/descriptors"
)

// checkLeft fails the run if the body, when it has returned, leaves something behind.
func (t *T) checkLeft(ctx context.Context) {
	if t.Failed() || t.Skipped() {
		return
	}
	me := asyncio.CurrentTask(ctx)
	for task := range t.loop.AllTasks() {
		if task != me {
			t.fault("left behind: %v", task)
		}
	}
	s := t.loop.Stats()
	for _, left := range []struct {
		n    int
		what string
	}{{s.Timers, "timers"}, {s.Watches, "watched descriptors"}, {s.Jobs, "blocking functions"}} {
		if left.n > 0 && !t.Failed() {
			t.fault("left behind: %d %s", left.n, left.what)
		}
	}
}

// Main runs the tests of a package, and exits. It fails if there are more goroutines after the
// tests than before, coroutines included, or more open descriptors (where the system tells, in
// /proc). Call it in TestMain.
func Main(m *testing.M) {
	warmUp()
	goroutines, files := goroutineStacks(), descriptors.Open()
	code := m.Run()
	// A fuzzing process keeps pipes to its workers.
	if code == 0 && flag.Lookup("test.fuzz").Value.String() == "" {
		code = reportLeaks(goroutines, files)
	}
	os.Exit(code)
}

// warmUp makes the Go runtime open its own epoll and eventfd, which it keeps.
func warmUp() {
	if r, w, err := os.Pipe(); err == nil {
		_ = r.Close()
		_ = w.Close()
	}
}

func reportLeaks(goroutines, files map[string]string) (code int) {
	for id, stack := range newGoroutines(goroutines) {
		fmt.Fprintf(os.Stderr, "leaked goroutine %s:\n%s\n\n", id, stack)
		code = 1
	}
	for fd, target := range descriptors.Open() {
		if files[fd] != target {
			fmt.Fprintf(os.Stderr, "leaked descriptor %s: %s\n", fd, target)
			code = 1
		}
	}
	return code
}

// newGoroutines returns the goroutines that are new. It gives those that are about to end time to
// do so.
func newGoroutines(before map[string]string) map[string]string {
	var leaked map[string]string
	for range 200 {
		leaked = goroutineStacks()
		for id := range before {
			delete(leaked, id)
		}
		if len(leaked) == 0 {
			break
		}
		for range 1000 {
			runtime.Gosched()
		}
	}
	return leaked
}

// goroutineStacks returns the stack of each goroutine by id, without those that package os/signal
// keeps for ever.
func goroutineStacks() map[string]string {
	buf := make([]byte, 1<<16)
	for {
		n := runtime.Stack(buf, true)
		if n < len(buf) {
			buf = buf[:n]
			break
		}
		buf = make([]byte, 2*len(buf))
	}
	stacks := map[string]string{}
	for stack := range strings.SplitSeq(string(buf), "\n\n") {
		header, _, _ := strings.Cut(stack, " [")
		if !strings.Contains(stack, "os/signal.") {
			stacks[strings.TrimPrefix(header, "goroutine ")] = stack
		}
	}
	return stacks
}
