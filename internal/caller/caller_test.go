// SPDX-License-Identifier: Apache-2.0

package caller

import "testing"

func TestIsProgram(t *testing.T) {
	for _, test := range []struct {
		function, file string
		want           bool
	}{
		{"github.com/gocurtain/asyncio.Sleep", "sleep.go", false},
		{"github.com/gocurtain/asyncio.CreateTask[...].func1", "task.go", false},
		{"github.com/gocurtain/asyncio/internal/coro.(*Coro).Resume", "coro.go", false},
		{"github.com/gocurtain/asyncio/stream.(*Conn).Read", "conn.go", false},
		{"github.com/gocurtain/asyncio.TestSleep.func1", "sleep_test.go", true},
		{"github.com/gocurtain/asyncio_test.TestSleep", "external_test.go", true},
		{"github.com/gocurtain/asyncio/waitgraph.(*Graph).String", "tree.go", false},
		{"github.com/gocurtain/asyncio/parity.run", "run.go", true},
		{"github.com/gocurtain/asyncio/examples/hello.main", "main.go", true},
		{"github.com/gocurtain/asynciotools.Run", "run.go", true},
		{"main.main", "main.go", true},
		{"runtime.goexit", "asm.s", false},
		{"context.(*cancelCtx).cancel", "context.go", false},
		{"", "", false},
	} {
		if got := IsProgram(test.function, test.file); got != test.want {
			t.Errorf("IsProgram(%q, %q) is %v", test.function, test.file, got)
		}
	}
}
