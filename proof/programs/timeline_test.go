// SPDX-License-Identifier: Apache-2.0

//go:build unix

package programs

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/trace/validate"
)

// timeline is a file that curtain trace wrote.
type timeline struct {
	path   string
	raw    []byte
	events []event
}

type event struct {
	Ph, Name, Cat string
	Pid, Tid      int64
	Ts            json.Number
	Args          struct {
		Name string
		What any // a text or a number
	}
}

// place is where on which lane something begins.
type place struct {
	pid, tid int64
	ts       json.Number
}

func (e *event) place() place { return place{e.Pid, e.Tid, e.Ts} }

func readTimeline(t *testing.T, path string) *timeline {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var file struct{ TraceEvents []json.RawMessage }
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	tl := &timeline{path: path, raw: raw, events: make([]event, len(file.TraceEvents))}
	for i, text := range file.TraceEvents {
		// Arguments of other types than wanted are those of other events.
		_ = json.Unmarshal(text, &tl.events[i])
	}
	return tl
}

// select returns the events of a phase and category.
func (tl *timeline) selected(ph, cat string) (found []*event) {
	for i := range tl.events {
		if e := &tl.events[i]; e.Ph == ph && (cat == "" || e.Cat == cat) {
			found = append(found, e)
		}
	}
	return found
}

// names returns the names that are told of processes or lanes; the last one counts.
func (tl *timeline) names(what string) []string {
	names := map[place]string{}
	for _, e := range tl.selected("M", "") {
		if e.Name == what {
			names[e.place()] = e.Args.Name
		}
	}
	return slices.Sorted(maps.Values(names))
}

// String counts what is in it.
func (tl *timeline) String() string {
	return fmt.Sprintf("%d slices, %d arrows, %d runs of callbacks and %d steps, %d lanes, %d bytes", len(tl.selected("X", "")),
		len(tl.selected("f", "")), len(tl.selected("X", "callback")), len(tl.selected("X", "step"))/2,
		len(tl.names("thread_name")), len(tl.raw))
}

// check compares the timeline with what is to be seen of the program.
func (tl *timeline) check(t *testing.T, p program) {
	t.Helper()
	problems, err := validate.Chrome(tl.raw)
	if err != nil || len(problems) > 0 {
		t.Errorf("validator: %v, %v", problems, err)
	}
	want := slices.Sorted(slices.Values(p.processes))
	if got := tl.names("process_name"); !slices.Equal(got, want) {
		t.Errorf("recorded processes are %q, want %q", got, want)
	}
	if n := len(tl.selected("f", "")); n < p.arrows {
		t.Errorf("%d arrows, want at least %d", n, p.arrows)
	}
	lanes := tl.names("thread_name")
	for _, pattern := range p.lanes {
		if !slices.ContainsFunc(lanes, regexp.MustCompile(pattern).MatchString) {
			t.Errorf("no lane is called %s: %q", pattern, lanes)
		}
	}
	tl.checkCauses(t)
	odd := map[string]int{}
	for _, e := range tl.selected("X", "") {
		if strings.HasPrefix(e.Name, "probe: ") || e.Args.What == "Task-0" || e.Name == "records lost" {
			odd[e.Name]++
		}
	}
	if len(odd) > 0 {
		t.Errorf("there should be no slices %v", odd)
	}
}

// checkCauses checks that an arrow leads to each run of a callback and each step.
func (tl *timeline) checkCauses(t *testing.T) {
	t.Helper()
	caused, loops, odd := map[place]bool{}, map[place]bool{}, map[string]int{}
	for _, e := range tl.selected("f", "") {
		caused[e.place()] = true
	}
	for _, e := range tl.selected("X", "turn") {
		loops[place{pid: e.Pid, tid: e.Tid}] = true
	}
	for _, e := range slices.Concat(tl.selected("X", "callback"), tl.selected("X", "step")) {
		// A step is drawn on the lane of its loop, too; the arrow leads to the task's.
		twin := e.Cat == "step" && loops[place{pid: e.Pid, tid: e.Tid}]
		if !twin && !caused[e.place()] {
			odd[e.Name]++
		}
	}
	if len(odd) > 0 {
		t.Errorf("nothing has caused %v", odd)
	}
}
