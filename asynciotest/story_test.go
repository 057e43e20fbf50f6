// SPDX-License-Identifier: Apache-2.0

package asynciotest

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/gocurtain/asyncio/trace"
)

// placelessStory is one that tells no places: the tests themselves would be those.
func placelessStory() *story {
	s := newStory()
	s.place = func() string { return "" }
	return s
}

// Each deed has its line, the loop's have none; a name that comes at once is told in place of the
// number.
func TestStoryTellsPlaces(t *testing.T) {
	s, line := newStory(), 0
	s.place = func() string { line++; return fmt.Sprintf("main.go:%d", line) }
	s.TaskCreated(1, 0)
	s.StepBegin(1)
	s.TaskCreated(2, 1)
	s.TaskNamed(2, "reader")
	s.TaskCreated(3, 1)
	s.TaskWaits(1, trace.WaitLock, 2, "accounts")
	s.TaskNamed(3, "late")
	const want = "\t  1   main: creates reader (main.go:1), creates task 3 (main.go:2), waits (lock) for accounts (main.go:3), names task 3 late (main.go:4)"
	if got := s.String(); got != want {
		t.Errorf("it is\n%s\nwant\n%s", got, want)
	}
	if got := place(); !regexp.MustCompile(`^story_test\.go:\d+$`).MatchString(got) {
		t.Errorf("the place of this is %q", got)
	}
}

// A name or a text of the program cannot add a line, or steer the terminal.
func TestStoryIsPrintable(t *testing.T) {
	s := placelessStory()
	s.TaskCreated(1, 0)
	s.StepBegin(1)
	s.TaskCreated(2, 1)
	s.TaskNamed(2, "a\n\t  2   b")
	s.TaskWaits(1, trace.WaitObject, 2, "\x1b[2Jit")
	const want = "\t  1   main: creates a\\n\\t  2   b, waits (object) for \\x1b[2Jit"
	if got := s.String(); got != want {
		t.Errorf("it is\n%s\nwant\n%s", got, want)
	}
}

// TestStoryTellsThingsFromTasks: both are numbered from 1, and only the wait says which is meant.
func TestStoryTellsThingsFromTasks(t *testing.T) {
	s := placelessStory()
	s.TaskCreated(1, 0)
	s.StepBegin(1)
	s.TaskCreated(2, 1)
	s.TaskWaits(1, trace.WaitLock, 2, "")
	s.StepBegin(2)
	s.TaskWaits(2, trace.WaitTask, 1, "")
	const want = "\t  1   main: creates task 2, waits (lock) for thing 1\n\t  2   task 2: waits for main"
	if got := s.String(); got != want {
		t.Errorf("it is\n%s\nwant\n%s", got, want)
	}
}

// A task that is cancelled before its first step ends in a line of its own.
func TestStoryTellsTheEndOfATaskThatNeverBegan(t *testing.T) {
	s := placelessStory()
	s.TaskCreated(1, 0)
	s.StepBegin(1)
	s.TaskCreated(2, 1)
	s.TaskDone(2, trace.OutcomeCancelled, nil)
	const want = "\t  1   main: creates task 2\n\t  2   task 2: ends: cancelled"
	if got := s.String(); got != want {
		t.Errorf("it is\n%s\nwant\n%s", got, want)
	}
}

// What others say of a task by its number in the process is told by its name in the run. One that
// the program has named is none of those.
func TestStoryRenamesTasksInTexts(t *testing.T) {
	s := placelessStory()
	s.TaskCreated(71, 0)
	s.TaskCreated(72, 71)
	s.TaskCreated(73, 71)
	s.TaskNamed(73, "writer")
	if got, want := s.rename("Task-71 waits for Task-72, Task-73 and Task-9"), "main waits for task 2, Task-73 and Task-9"; got != want {
		t.Errorf("it says %q, want %q", got, want)
	}
}

// The loop's timer wakes in a line of its own.
func TestStoryTellsTimersFromSteps(t *testing.T) {
	s := placelessStory()
	s.TaskCreated(1, 0)
	s.StepBegin(1)
	s.TaskWaits(1, trace.WaitSleep, 1_000_000_000, "")
	s.TaskWoken(1, trace.WakeTimer, 0)
	const want = "\t  1   main: sleeps 1s\n\t  2   timer: wakes main"
	if got := s.String(); got != want {
		t.Errorf("it is\n%s\nwant\n%s", got, want)
	}
}
