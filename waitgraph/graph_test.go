// SPDX-License-Identifier: Apache-2.0

package waitgraph

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// tasks returns a loop's tasks from lines such as "1 a: 2 3", task 1, called a, which waits for 2
// and 3.
func tasks(t testing.TB, lines ...string) (tasks []Task) {
	t.Helper()
	for _, line := range lines {
		head, waitsFor, _ := strings.Cut(line, ":")
		var task Task
		if _, err := fmt.Sscan(head, &task.ID, &task.Name); err != nil {
			t.Fatal(err)
		}
		task.State = Running
		for _, field := range strings.Fields(waitsFor) {
			var id uint64
			if _, err := fmt.Sscan(field, &id); err != nil {
				t.Fatal(err)
			}
			task.State, task.Waits = Waiting, Wait{Kind: KindTask, What: "task"}
			task.WaitsFor = append(task.WaitsFor, id)
		}
		tasks = append(tasks, task)
	}
	return tasks
}

func graphOf(t testing.TB, lines ...string) *Graph {
	return &Graph{Loops: []Loop{{ID: 1, Name: "loop", Tasks: tasks(t, lines...)}}}
}

func TestTask(t *testing.T) {
	g := graphOf(t, "1 a", "2 b")
	g.Loops = append(g.Loops, Loop{ID: 2, Tasks: tasks(t, "3 c")})
	for id, want := range map[uint64]string{1: "a", 2: "b", 3: "c"} {
		if got := g.Task(id); got == nil || got.Name != want {
			t.Errorf("task %d is %+v, want %s", id, got, want)
		}
	}
	if got := g.Task(4); got != nil {
		t.Errorf("task 4 is %+v", got)
	}
	for task := range g.Tasks() {
		if task.ID == 2 {
			break
		}
	}
}

func TestCycles(t *testing.T) {
	for _, c := range []struct {
		name  string
		lines []string
		want  string
	}{
		{"none", []string{"1 a: 2", "2 b: 3", "3 c"}, ""},
		{"of two", []string{"1 a: 2", "2 b: 1"}, "ab"},
		{"of one", []string{"1 a: 1"}, "a"},
		{"from the least on", []string{"3 c: 1", "1 a: 2", "2 b: 3"}, "abc"},
		{"somebody waits for it", []string{"1 a: 2", "2 b: 3", "3 c: 2"}, "bc"},
		{"two", []string{"1 a: 2", "2 b: 1", "3 c: 4", "4 d: 3"}, "ab cd"},
		{"two with a common task", []string{"1 a: 2 3", "2 b: 1", "3 c: 1"}, "ab ac"},
		{"a diamond is none", []string{"1 a: 2 3", "2 b: 4", "3 c: 4", "4 d"}, ""},
		{"what is not there", []string{"1 a: 9"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := graphOf(t, c.lines...)
			var found []string
			for _, cycle := range g.Cycles() {
				name := ""
				for _, task := range cycle {
					name += task.Name
				}
				found = append(found, name)
			}
			if got := strings.Join(found, " "); got != c.want {
				t.Errorf("the circles are %q, want %q", got, c.want)
			}
			if err := g.Deadlock(); (err != nil) != (c.want != "") || err != nil && !errors.Is(err, ErrDeadlock) {
				t.Errorf("the error is %v", err)
			}
		})
	}
}

// Tasks of two loops may wait for each other.
func TestCycleOfTwoLoops(t *testing.T) {
	g := &Graph{Loops: []Loop{{ID: 1, Tasks: tasks(t, "1 a: 2")}, {ID: 2, Tasks: tasks(t, "2 b: 1")}}}
	const want = "tasks wait for each other in a circle: a waits for task; b waits for task"
	if err := g.Deadlock(); err == nil || err.Error() != want {
		t.Errorf("the error is %v, want %s", err, want)
	}
}

// A graph may be as large, and as tangled, as whoever made it likes.
func TestHugeGraphs(t *testing.T) {
	const n = 20_000
	chain := make([]Task, n)
	for i := range chain {
		chain[i] = Task{ID: uint64(i + 1), State: Waiting, WaitsFor: []uint64{uint64(i + 2), 1}}
	}
	tangle := make([]Task, 300)
	for i := range tangle {
		tangle[i] = Task{ID: uint64(i + 1), State: Waiting}
		for j := range tangle {
			tangle[i].WaitsFor = append(tangle[i].WaitsFor, uint64(j+1))
		}
	}
	for name, all := range map[string][]Task{"chain": chain, "tangle": tangle} {
		g := &Graph{Loops: []Loop{{ID: 1, Tasks: all}}}
		if found := len(g.Cycles()); found != maxCycles {
			t.Errorf("%s: %d circles, want %d", name, found, maxCycles)
		}
		text := g.String()
		if size := len(text); size > 500*n {
			t.Errorf("%s: %d bytes of text", name, size)
		}
		for _, task := range []string{"task 1: ", fmt.Sprintf("task %d: ", len(all))} {
			if !strings.Contains(text, task) {
				t.Errorf("%s: %q is not shown", name, task)
			}
		}
	}
}
