// SPDX-License-Identifier: Apache-2.0

package viewer_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/gocurtain/asyncio/viewer"
)

var processes = viewer.File("testdata/processes.json")

func TestDetailsShowWhereASliceBelongs(t *testing.T) {
	p := openTab(t, processes, "")
	p.eval(`curtain.select("step"); await curtain.frame()`, nil)
	for selector, want := range map[string]string{
		".track": "main", ".thread": "loop 1 in MainThread", ".task": "main", ".because": "task created", ".queued": "5µs",
		".process": "server, 7", ".command": "python3 server.py --workers 1", ".arg": "1",
		".place .at": "server.py:5", ".place .function": "main",
	} {
		if got := p.text("#details " + selector); got != want {
			t.Errorf("details: %s is %q, want %q", selector, got, want)
		}
	}
	p.eval(`curtain.select("main"); await curtain.frame()`, nil)
	for selector, want := range map[string]string{".task": "main", ".because": "task created", ".place .at": "server.py:5"} {
		if got := p.text("#details " + selector); got != want {
			t.Errorf("a step on the loop's track: %s is %q, want %q", selector, got, want)
		}
	}
	if got := p.selected().Outgoing; !reflect.DeepEqual(got, []string{"timer broken.py:1"}) {
		t.Errorf("a step on the loop's track leads to %q", got)
	}
	p.eval(`curtain.select("turn 1"); await curtain.frame()`, nil)
	if task, place := p.text("#details .task"), p.text("#details .place"); task != "" || place != "" {
		t.Errorf("a turn belongs to task %q and has the place %q", task, place)
	}
	p.checkQuiet()
}

// The lines are those in the trace, as text whatever they hold.
func TestDetailsShowSourceLines(t *testing.T) {
	p := openTab(t, processes, "")
	p.eval(`curtain.select("start process"); await curtain.frame()`, nil)
	if got, want := p.text("#details .here code"), "    pid = os.fork()  # <b>&amp;</b>"; strings.TrimRight(got, "\n") != want {
		t.Errorf("the line is %q, want %q", got, want)
	}
	if got := evalAs[int](p, `document.querySelectorAll("#details .row").length`); got != 8 {
		t.Errorf("%d lines are shown, want 1 to 8", got)
	}
	places := func(name string) []string {
		p.eval(`curtain.select(`+"`"+name+"`"+`); await curtain.frame()`, nil)
		return evalAs[struct{ Places []string }](p, `curtain.selected`).Places
	}
	want := []string{
		"Runs at /src/broken.py:1 [[1]]",
		"Scheduled at /src/server.py:4     pid = os.fork()  # <b>&amp;</b>",
	}
	if got := places("timer broken.py:1"); !reflect.DeepEqual(got, want) {
		t.Errorf("places are %q, want %q", got, want)
	}
	if got := p.text("#details .late"); got != "3µs" {
		t.Errorf("it was %q late", got)
	}
	if got := places("beyond"); len(got) != 0 {
		t.Errorf("a line beyond the end of the file is shown: %q", got)
	}
	p.checkQuiet()
}

func TestKeysFollowArrowsToAnotherProcess(t *testing.T) {
	p := openTab(t, processes, "")
	p.eval(`document.querySelectorAll(".label.process")[1].click(); curtain.select("start process"); await curtain.frame()`, nil)
	for _, step := range []struct{ key, want string }{
		{"]", "timer broken.py:1"}, {"[", "start process"}, {"p", "step"}, {"]", "timer broken.py:1"},
		{kb.Backspace, "step"}, {kb.Backspace, "start process"}, {kb.Backspace, "timer broken.py:1"},
		{kb.Backspace, "start process"}, {kb.Backspace, "start process"},
	} {
		p.keys(step.key)
		if got := p.selected(); got == nil || got.Name != step.want {
			t.Fatalf("after %q the selection is %+v, want %q", step.key, got, step.want)
		}
	}
	p.eval(`document.dispatchEvent(new KeyboardEvent("keydown", { key: "Backspace", shiftKey: true })); await curtain.frame()`, nil)
	if got := p.selected(); got.Name != "timer broken.py:1" {
		t.Errorf("Shift and Backspace go to %q", got.Name)
	}
	p.keys("n" + kb.Escape + kb.Backspace)
	if got := p.selected(); got == nil || got.Name != "start process" {
		t.Errorf("Backspace after Escape selects %+v", got)
	}
	if got := evalAs[string](p, `document.querySelector("#help").textContent`); !strings.Contains(got, "Backspace") || !strings.Contains(got, "another process") {
		t.Errorf("the keys are not explained: %q", got)
	}
	p.checkQuiet()
}
