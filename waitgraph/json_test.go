// SPDX-License-Identifier: Apache-2.0

package waitgraph

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
)

// full is a graph in which everything is known, beside tasks of which nothing is.
func full() *Graph {
	return &Graph{PID: 42, Runtime: "cpython 3.14.0", Loops: []Loop{
		{
			ID: 1, Name: "main", Thread: Thread{42, "MainThread"}, Running: 1, Since: 1500 * time.Microsecond,
			Ready: 2, Timers: 1, NextTimer: -3 * time.Second,
			Tasks: []Task{
				{ID: 1, Name: "a", State: Running, Woken: Wake{Kind: KindTimer}},
				{
					ID: 2, Name: "b", State: Waiting, Function: Frame{"fetch", "fetch.py", 7}, Parent: 1,
					Stack:    []Frame{{"fetch", "fetch.py", 9}, {"get", "lib.py", 3}},
					Origin:   []Frame{{"main", "main.py", 1}, {"start", "main.py", 5}},
					Waits:    Wait{KindLock, "Lock(locked by c)", 17, time.Hour},
					WaitsFor: []uint64{3}, Woken: Wake{KindObject, 3}, Cancelled: "by c: enough",
				},
			},
		},
		{ID: 2, Tasks: []Task{{ID: 3, State: Ready}, {ID: 4, State: Done}}},
		{ID: 3},
	}}
}

func TestJSON(t *testing.T) {
	text, err := json.Marshal(full())
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"version":1,"pid":42,"runtime":"cpython 3.14.0","loops":[` +
		`{"id":1,"name":"main","thread":{"id":42,"name":"MainThread"},"running":1,"since_ms":1.5,"ready":2,"timers":1,"next_timer_ms":-3000,"tasks":[` +
		`{"id":1,"name":"a","state":"running","function":null,"stack":[],"created_at":null,"origin":[],"parent":null,"waits":null,"awaited_by":[],` +
		`"woken":{"kind":"timer","by":null},"cancelled":null},` +
		`{"id":2,"name":"b","state":"waiting","function":{"function":"fetch","file":"fetch.py","line":7},` +
		`"stack":[{"function":"fetch","file":"fetch.py","line":9},{"function":"get","file":"lib.py","line":3}],` +
		`"created_at":{"file":"main.py","line":5},"origin":[{"function":"main","file":"main.py","line":1},{"function":"start","file":"main.py","line":5}],` +
		`"parent":1,"waits":{"kind":"lock","what":"Lock(locked by c)","id":17,"for_ms":3600000},"awaited_by":[],` +
		`"woken":{"kind":"object","by":3},"cancelled":"by c: enough"}]},` +
		`{"id":2,"name":"","thread":null,"running":null,"since_ms":null,"ready":0,"timers":0,"next_timer_ms":null,"tasks":[` +
		`{"id":3,"name":"","state":"ready","function":null,"stack":[],"created_at":null,"origin":[],"parent":null,"waits":null,"awaited_by":[2],"woken":null,"cancelled":null},` +
		`{"id":4,"name":"","state":"done","function":null,"stack":[],"created_at":null,"origin":[],"parent":null,"waits":null,"awaited_by":[],"woken":null,"cancelled":null}]},` +
		`{"id":3,"name":"","thread":null,"running":null,"since_ms":null,"ready":0,"timers":0,"next_timer_ms":null,"tasks":[]}]}`
	if string(text) != want {
		t.Errorf("got\n%s\nwant\n%s", text, want)
	}
	var back Graph
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(&back, full()) {
		t.Errorf("it came back as\n%+v\nwant\n%+v", &back, full())
	}
}

// What another producer, or a later version, leaves out or adds does no harm.
func TestJSONOfOthers(t *testing.T) {
	var g Graph
	err := json.Unmarshal([]byte(`{"version":1, "new":[{}], "loops":[{"tasks":[
		{"id":1, "state":"waiting", "created_at":{"file":"a.py","line":3}, "waits":{"kind":"moonlight"}, "awaited_by":[1,1]}]}]}`), &g)
	want := Graph{Loops: []Loop{{Tasks: []Task{{
		ID: 1, State: Waiting, Origin: []Frame{{File: "a.py", Line: 3}}, Waits: Wait{Kind: "moonlight"}, WaitsFor: []uint64{1},
	}}}}}
	if err != nil || !reflect.DeepEqual(g, want) {
		t.Errorf("%+v, %v, want %+v", g, err, want)
	}
}

func TestJSONIsRefused(t *testing.T) {
	long := strings.Repeat("9", 10_000)
	for text, want := range map[string]string{
		``:                                 "unexpected end of JSON input",
		`[]`:                               "cannot unmarshal array",
		`{}`:                               "version 0, and only version 1 is known",
		`{"version":2}`:                    "version 2",
		`{"version":1,"pid":` + long + `}`: "cannot unmarshal number 999",
		`{"version":1,"loops":[{"since_ms":1e999}]}`:                                       "cannot unmarshal number 1e999",
		`{"version":1,"loops":[{"id":-1}]}`:                                                "cannot unmarshal number -1",
		`{"version":1,"loops":[{"tasks":[{"name":"a\nb","state":"ready"}]}]}`:              `task "a\\nb" has the number 0`,
		`{"version":1,"loops":[{"tasks":[{"id":1,"state":"\u001b["}]}]}`:                   `unknown state "\\x1b["`,
		`{"version":1,"loops":[{"tasks":[{"id":1,"state":"ready","awaited_by":[2]}]}]}`:    "awaited by task 2, which is not there",
		`{"version":1,"loops":[{"tasks":[{"id":1,"state":"done"}]},{"tasks":[{"id":1}]}]}`: "two tasks have the number 1",
		strings.Repeat("[", 100_000):                                                       "exceeded max depth",
	} {
		g := Graph{PID: 7}
		err := g.UnmarshalJSON([]byte(text))
		if err == nil || !strings.Contains(err.Error(), strings.ReplaceAll(want, `\\`, `\`)) {
			t.Errorf("%.100s: the error is %v, want %s", text, err, want)
			continue
		}
		if line := err.Error(); len(line) > 300 || strings.ContainsAny(line, "\n\x1b") {
			t.Errorf("%.100s: the error is %q", text, line)
		}
		if g.PID != 7 {
			t.Errorf("%.100s: the graph was changed", text)
		}
	}
	if _, err := parse(make([]byte, maxJSON+1)); err == nil {
		t.Error("a text of any length is read")
	}
}

func TestMilliseconds(t *testing.T) {
	for _, d := range []time.Duration{0, time.Microsecond, -time.Microsecond, 1234567 * time.Microsecond, 100 * 365 * 24 * time.Hour} {
		if got := inMilliseconds(d).duration(); got != d {
			t.Errorf("%v came back as %v", d, got)
		}
	}
	for _, d := range []time.Duration{math.MinInt64, math.MaxInt64} {
		if got := inMilliseconds(d).duration(); (got - d).Abs() > 7*365*24*time.Hour {
			t.Errorf("%v came back as %v", d, got)
		}
	}
}

// Whatever is read can be written, shown and searched; reading that again changes nothing.
func FuzzJSON(f *testing.F) {
	text, err := json.Marshal(full())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add([]byte(`{"version":1,"loops":[{"since_ms":1e300,"next_timer_ms":-0.0004,"timers":1}]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var g, again Graph
		if err := g.UnmarshalJSON(text); err != nil {
			if strings.ContainsFunc(err.Error(), func(r rune) bool { return r < ' ' }) {
				t.Errorf("the error is %q", err)
			}
			return
		}
		first, err := json.Marshal(&g)
		if err != nil {
			t.Fatal(err)
		}
		if err := again.UnmarshalJSON(first); err != nil {
			t.Fatalf("%v: %s", err, first)
		}
		if second, err := json.Marshal(&again); err != nil || !bytes.Equal(first, second) {
			t.Errorf("%v: written as\n%s\nand then\n%s", err, first, second)
		}
		for line := range strings.SplitSeq(again.String(), "\n") {
			if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' }) {
				t.Errorf("a line is %q", line)
			}
		}
	})
}
