// SPDX-License-Identifier: Apache-2.0

package asynciotest

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gocurtain/asyncio"
)

// T is what a test body reports to instead of a [testing.T], since a body may run many times and a
// failure belongs to one run. Its methods do what the methods of testing.TB do. Any task of the run
// may call FailNow, and so Fatal and the Require functions of test libraries: it ends that task and
// cancels the main task.
type T struct {
	testing.TB // for what does not belong to one run, such as Name and TempDir
	loop       *asyncio.Loop
	cancel     context.CancelCauseFunc
	order      asyncio.Order  // nil for the usual one
	touched    map[any]uint64 // the ids that Touch has given

	mu       sync.Mutex
	failed   bool
	skipped  bool
	output   []string
	cleanups []func()
}

// Loop returns the loop of this run.
func (t *T) Loop() *asyncio.Loop { return t.loop }

// Elapsed is the virtual time since the loop was made.
func (t *T) Elapsed() time.Duration { return t.loop.Time() }

// touchedIDs is where the ids that Touch gives begin, beyond those of the runtime.
const touchedIDs = 1 << 63

// Touch tells [Explore] with Reduce that the current step reads or writes something that tasks
// share; name is any comparable value that stands for it, such as a pointer to it. Without Reduce
// it does nothing. Only the loop's goroutine may call it.
func (t *T) Touch(name any) {
	if t.order == nil {
		return
	}
	id, ok := t.touched[name]
	if !ok {
		if t.touched == nil {
			t.touched = make(map[any]uint64)
		}
		id = touchedIDs + uint64(len(t.touched))
		t.touched[name] = id
	}
	t.order.Uses(id)
}

// Helper does nothing: output names the place where a method of T is called.
func (t *T) Helper() {}

// Log notes its arguments; they are printed if the run fails, or if tests are verbose and there is
// only one run.
func (t *T) Log(args ...any) { t.note(fmt.Sprintln(args...)) }

// Logf is Log with a format.
func (t *T) Logf(format string, args ...any) { t.note(fmt.Sprintf(format, args...)) }

// Fail makes the run fail.
func (t *T) Fail() {
	t.mu.Lock()
	t.failed = true
	t.mu.Unlock()
}

// FailNow makes the run fail, and ends it.
func (t *T) FailNow() {
	t.Fail()
	t.leave()
}

// Failed reports whether the run has failed so far.
func (t *T) Failed() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.failed
}

// Error is Log and Fail.
func (t *T) Error(args ...any) { t.note(fmt.Sprintln(args...)); t.Fail() }

// Errorf is Logf and Fail.
func (t *T) Errorf(format string, args ...any) { t.note(fmt.Sprintf(format, args...)); t.Fail() }

// Fatal is Log and FailNow.
func (t *T) Fatal(args ...any) { t.note(fmt.Sprintln(args...)); t.FailNow() }

// Fatalf is Logf and FailNow.
func (t *T) Fatalf(format string, args ...any) { t.note(fmt.Sprintf(format, args...)); t.FailNow() }

// SkipNow ends the run; further runs are not made.
func (t *T) SkipNow() {
	t.mu.Lock()
	t.skipped = true
	t.mu.Unlock()
	t.leave()
}

// Skip is Log and SkipNow.
func (t *T) Skip(args ...any) { t.note(fmt.Sprintln(args...)); t.SkipNow() }

// Skipf is Logf and SkipNow.
func (t *T) Skipf(format string, args ...any) { t.note(fmt.Sprintf(format, args...)); t.SkipNow() }

// Skipped reports whether the run was skipped.
func (t *T) Skipped() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.skipped
}

// Cleanup calls f when this run is over and its loop closed; the last f comes first.
func (t *T) Cleanup(f func()) {
	t.mu.Lock()
	t.cleanups = append(t.cleanups, f)
	t.mu.Unlock()
}

// errLeft is the cause of the main task's cancellation by FailNow or SkipNow.
var errLeft = fmt.Errorf("the test was ended by FailNow or SkipNow")

// leave ends the run: this task, and the main one.
func (t *T) leave() {
	t.cancel(errLeft)
	runtime.Goexit()
}

// note keeps a line of output, with the place it comes from, as testing does.
func (t *T) note(text string) {
	if _, file, line, ok := runtime.Caller(2); ok {
		text = fmt.Sprintf("%s:%d: %s", file[strings.LastIndexByte(file, '/')+1:], line, text)
	}
	t.say(text)
}

func (t *T) say(text string) {
	t.mu.Lock()
	t.output = append(t.output, strings.TrimRight(text, "\n"))
	t.mu.Unlock()
}

// fault is Errorf for what this package, not the body, finds wrong with the run.
func (t *T) fault(format string, args ...any) { t.say(fmt.Sprintf(format, args...)); t.Fail() }

// cleanUp calls the functions given to Cleanup.
func (t *T) cleanUp() {
	for _, f := range slices.Backward(t.cleanups) {
		f()
	}
}

// outcome is how a run has ended.
type outcome struct {
	failed, skipped bool
	output          []string
}

func (t *T) outcome() outcome {
	t.mu.Lock()
	defer t.mu.Unlock()
	return outcome{failed: t.failed, skipped: t.skipped, output: t.output}
}

// fail makes the outcome a failure, and says why.
func (o *outcome) fail(format string, args ...any) {
	o.failed = true
	o.output = append(o.output, fmt.Sprintf(format, args...))
}

// text is the output, indented below a heading.
func (o outcome) text() string {
	return "\t" + strings.ReplaceAll(strings.Join(o.output, "\n"), "\n", "\n\t")
}
