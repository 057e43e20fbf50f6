// SPDX-License-Identifier: Apache-2.0

package model

import (
	"testing"

	"github.com/gocurtain/asyncio/trace"
)

// A number that its program does not know is no name of a task.
func TestNamesOfTasks(t *testing.T) {
	for _, test := range []struct {
		task task
		want string
	}{
		{task{id: 7}, "Task-7"},
		{task{id: 7, calls: "fetch"}, "Task-7 fetch"},
		{task{id: 7, calls: "fetch", given: "orders"}, "orders"},
		{task{id: trace.FirstUnnumberedTask}, "a task"},
		{task{id: trace.FirstUnnumberedTask, calls: "fetch"}, "fetch"},
		{task{id: trace.FirstUnnumberedTask, given: "orders"}, "orders"},
	} {
		if got := test.task.name(); got != test.want {
			t.Errorf("task %d, given %q, of %q: got %q, want %q", test.task.id, test.task.given, test.task.calls, got, test.want)
		}
	}
}
