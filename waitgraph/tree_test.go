// SPDX-License-Identifier: Apache-2.0

package waitgraph

import (
	"strings"
	"testing"
)

func TestString(t *testing.T) {
	g := graphOf(t, "1 main", "2 a: 3 4", "3 b: 4", "4 c", "5 x: 6", "6 y: 5", "7 alone: 99")
	g.Loops[0].Tasks[0].Cancelled = "enough"
	g.Loops[0].Tasks[3].State = Waiting // for what nobody knows
	g.Loops = append(g.Loops,
		Loop{ID: 2, Thread: Thread{ID: 7, Name: "worker"}, Tasks: []Task{{ID: 8, State: Waiting, Waits: Wait{Kind: KindSocket}}}},
		Loop{ID: 3})
	const want = `loop: 7 tasks
main: running, cancelled: enough
a: waiting for task
├── b: waiting for task
│   └── c: waiting for something
└── c (see above)
alone: waiting for task
x: waiting for task
└── y: waiting for task
    └── x (see above)
loop in worker: 1 tasks
task 8: waiting for socket
loop 3: 0 tasks
tasks wait for each other in a circle: x waits for task; y waits for task
`
	if got := g.String(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// What a program calls its tasks does not move the cursor of who looks, nor fills the screen.
func TestStringOfHostileNames(t *testing.T) {
	for name, want := range map[string]string{
		"naïve 名前":                "naïve 名前",
		"\x1b[2J":                 `\x1b[2J`,
		"two\nlines\r":            `two\nlines\r`,
		"bell\a, null\x00":        `bell\a, null\x00`,
		"\u202edesrever":          `\u202edesrever`,
		"zero\u200bwidth":         `zero\u200bwidth`,
		"bad \xff":                "bad \ufffd",
		strings.Repeat("é", 1000): strings.Repeat("é", 200) + "…",
	} {
		all := []Task{{ID: 1, Name: name, State: Waiting, Waits: Wait{What: name}, Cancelled: name}}
		g := &Graph{Loops: []Loop{{Name: name, Tasks: all}}}
		got, line := g.String(), want+": 1 tasks\n"+want+": waiting for "+want+", cancelled: "+want+"\n"
		if got != line {
			t.Errorf("%q is shown as %q, want %q", name, got, line)
		}
	}
}

// A long chain is drawn in pieces: each line would be longer than the one before.
func TestStringOfLongChain(t *testing.T) {
	var all []Task
	for id := uint64(1); id <= 120; id++ {
		all = append(all, Task{ID: id, State: Waiting, WaitsFor: []uint64{id + 1}})
	}
	got := (&Graph{Loops: []Loop{{Tasks: all}}}).String()
	for _, want := range []string{"└── task 52 (see below)\n", "\ntask 52: waiting", "\ntask 103: waiting", "── task 120: waiting"} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no %q in\n%s", want, got)
		}
	}
}

// One that waits for very many shows some of them; all have their line.
func TestStringOfManyBelow(t *testing.T) {
	all := []Task{{ID: 1, State: Waiting}}
	for id := uint64(2); id <= 150; id++ {
		all[0].WaitsFor = append(all[0].WaitsFor, id)
		all = append(all, Task{ID: id, State: Ready})
	}
	got := (&Graph{Loops: []Loop{{Tasks: all}}}).String()
	for _, want := range []string{"\n└── and 49 more\n", "\ntask 150: ready\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("there is no %q in\n%s", want, got)
		}
	}
}
