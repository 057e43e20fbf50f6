// SPDX-License-Identifier: Apache-2.0

package model

import (
	"testing"

	"github.com/gocurtain/asyncio/trace"
)

// A number that its program does not know is no name of a task.
func TestNamesOfTasks(t *testing.T) {
	for _, test := range []struct {
		task Task
		want string
	}{
		{Task{ID: 7}, "Task-7"},
		{Task{ID: 7, Function: "fetch"}, "Task-7 fetch"},
		{Task{ID: 7, Function: "fetch", Given: "orders"}, "orders"},
		{Task{ID: trace.FirstUnnumberedTask}, "a task"},
		{Task{ID: trace.FirstUnnumberedTask, Function: "fetch"}, "fetch"},
		{Task{ID: trace.FirstUnnumberedTask, Given: "orders"}, "orders"},
	} {
		if got := test.task.Name(); got != test.want {
			t.Errorf("task %d, given %q, of %q: got %q, want %q", test.task.ID, test.task.Given, test.task.Function, got, test.want)
		}
	}
}
