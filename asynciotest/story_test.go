// SPDX-License-Identifier: Apache-2.0

package asynciotest

import (
	"testing"

	"github.com/gocurtain/asyncio/trace"
)

// TestStoryTellsThingsFromTasks: both are numbered from 1, and only the wait says which
// is meant.
func TestStoryTellsThingsFromTasks(t *testing.T) {
	s := newStory()
	s.TaskCreated(1, 0)
	s.StepBegin(1)
	s.TaskCreated(2, 1)
	s.TaskWaits(1, trace.WaitLock, 2)
	s.StepBegin(2)
	s.TaskWaits(2, trace.WaitTask, 1)
	const want = "\t  1   main: creates task 2, waits (lock) for thing 1\n\t  2   task 2: waits for main"
	if got := s.String(); got != want {
		t.Errorf("it is\n%s\nwant\n%s", got, want)
	}
}
