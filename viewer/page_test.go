// SPDX-License-Identifier: Apache-2.0

package viewer_test

import (
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/gocurtain/asyncio/viewer"
)

var sample = viewer.File("testdata/sample.json")

func TestPageCounts(t *testing.T) {
	p := openTab(t, sample, "")
	want := state{Loaded: true, Slices: 84, Tracks: 5, Arrows: 15, Counters: 1, Skipped: map[string]int{}}
	if got := p.state(); !reflect.DeepEqual(got, want) {
		t.Errorf("state is %+v, want %+v", got, want)
	}
	if got := p.text("#stats"); got != "84 slices · 5 tracks · 15 arrows · 2.33 ms" {
		t.Errorf("the head says %q", got)
	}
	if got := p.text("#title"); got != "test.json" {
		t.Errorf("the title is %q", got)
	}
	for _, label := range []string{"crawler", "event loop", "Task-3 fetch /news", "ready handles"} {
		if labels := p.text("#labels"); !strings.Contains(labels, label) {
			t.Errorf("no label %q among %q", label, labels)
		}
	}
	if got := p.text("#notice:not([hidden])"); got != "" {
		t.Errorf("the notice says %q, want nothing", got)
	}
	p.checkQuiet()
}

func near(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance }

func TestZoomKeepsTheTimeUnderThePointer(t *testing.T) {
	p := openTab(t, sample, "")
	before, at := p.shown(), p.box("parse html")
	p.wheel(at.Left, at.Top+5, 0, -300)
	after, now := p.shown(), p.box("parse html")
	if after.End-after.Start >= before.End-before.Start {
		t.Errorf("the wheel did not zoom in: %v, then %v", before, after)
	}
	if !near(at.Left, now.Left, 1.5) {
		t.Errorf("the slice under the pointer moved from %v to %v", at.Left, now.Left)
	}
	p.wheel(at.Left, at.Top+5, 0, 300)
	if back := p.shown(); !near(back.Start, before.Start, 100) || !near(back.End, before.End, 100) {
		t.Errorf("zooming back shows %v, want %v", back, before)
	}
	p.checkQuiet()
}

func TestPan(t *testing.T) {
	p := openTab(t, sample, "")
	p.keys("ww")
	before, at := p.shown(), p.box("parse html")
	p.drag(800, 560, 700, 560)
	if now := p.box("parse html"); !near(now.Left, at.Left-100, 1.5) {
		t.Errorf("after a drag by -100 the slice is at %v, before at %v", now.Left, at.Left)
	}
	if p.selected() != nil {
		t.Error("the drag selected something")
	}
	p.keys("d" + kb.ArrowRight)
	if right := p.shown(); right.Start <= before.Start {
		t.Errorf("d and → show %v, want further right than %v", right, before)
	}
	p.keys("a" + kb.ArrowLeft + "s" + "0")
	whole := p.shown()
	if whole.Start > 0 || whole.End < 2330e3 {
		t.Errorf("0 shows %v, want all", whole)
	}
	p.wheel(700, 400, 200, 0)
	if moved := p.shown(); moved.Start <= whole.Start {
		t.Errorf("a wheel to the side shows %v, want further right than %v", moved, whole)
	}
	p.checkQuiet()
}

func TestClickShowsDetails(t *testing.T) {
	p := openTab(t, sample, "")
	at := p.box("fetch: parse")
	p.run(chromedp.MouseClickXY((at.Left+at.Right)/2, (at.Top+at.Bottom)/2))
	for selector, want := range map[string]string{
		".name": "fetch: parse", ".track": "Task-2 fetch /index", ".process": "crawler, 1", ".category": "step",
		".start": "914 µs", ".duration": "164 µs", ".self": "66 µs",
		"ul.incoming": "set_result in fd 7 readable on event loop, after 20 µs",
		"ul.outgoing": "writer: save on Task-4 writer, after 58 µs",
	} {
		if got := p.text("#details " + selector); got != want {
			t.Errorf("details: %s is %q, want %q", selector, got, want)
		}
	}
	if got := p.text("#details"); !strings.Contains(got, "crawler.go") || !strings.Contains(got, "53") {
		t.Errorf("file and line are missing in %q", got)
	}
	p.run(chromedp.Click("#details ul.outgoing a"))
	if got := p.selected(); got == nil || got.Name != "writer: save" {
		t.Errorf("the link selected %+v, want writer: save", got)
	}
	p.keys(kb.Escape)
	if got := p.selected(); got != nil {
		t.Errorf("after Escape %+v is still selected", got)
	}
	p.checkQuiet()
}

func TestFollowArrows(t *testing.T) {
	p := openTab(t, sample, "")
	if !evalAs[bool](p, `curtain.select("main")`) {
		t.Fatal("there is no slice main")
	}
	for _, step := range []struct{ key, want string }{
		{"]", "fetch: dial"}, {"[", "create_task"}, {"]", "fetch: dial"},
		{".", "await connect"}, {",", "fetch: dial"},
	} {
		p.keys(step.key)
		if got := p.selected(); got == nil || got.Name != step.want {
			t.Fatalf("after %q the selection is %+v, want %q", step.key, got, step.want)
		}
	}
	evalAs[bool](p, `curtain.select("queue.put")`)
	p.keys("p")
	if got := p.selected(); got.Name != "fetch: parse" || !reflect.DeepEqual(got.Outgoing, []string{"writer: save"}) {
		t.Errorf("the slice around queue.put is %+v", got)
	}
	p.keys("f")
	if now := p.shown(); now.Start > 914e3 || now.End < 1078e3 || now.End-now.Start > 300e3 {
		t.Errorf("f shows %v, want little more than 914 to 1078 µs", now)
	}
	p.checkQuiet()
}

func TestSearch(t *testing.T) {
	p := openTab(t, sample, "")
	p.slash()
	p.keys("PARSE")
	p.keys(kb.Enter)
	if got := p.text("#found"); got != "1 of 4" {
		t.Errorf("found says %q, want 1 of 4", got)
	}
	first := p.selected()
	p.keys("n")
	second := p.selected()
	if first == nil || second == nil || second.Start <= first.Start || !strings.Contains(second.Name, "parse") {
		t.Errorf("n went from %+v to %+v", first, second)
	}
	p.keys("N")
	if back := p.selected(); !reflect.DeepEqual(back, first) {
		t.Errorf("N went to %+v, want %+v", back, first)
	}
	p.keys(kb.Escape)
	if got := p.text("#found"); got != "" {
		t.Errorf("after Escape found says %q", got)
	}
	p.slash()
	p.keys("<nothing like it>" + kb.Enter)
	if got := p.text("#found"); got != "none" {
		t.Errorf("found says %q, want none", got)
	}
	p.checkQuiet()
}

func TestCollapse(t *testing.T) {
	p := openTab(t, sample, "")
	button := `document.querySelector(".label.process")`
	high := evalAs[float64](p, `document.querySelector("#spacer").offsetHeight`)
	p.eval(button+`.focus()`, nil)
	p.keys(kb.Enter)
	low := evalAs[float64](p, `document.querySelector("#spacer").offsetHeight`)
	if low >= high || evalAs[string](p, button+`.getAttribute("aria-expanded")`) != "false" {
		t.Errorf("collapsed height is %v, before %v", low, high)
	}
	p.eval(`curtain.select("parse html"); await curtain.frame()`, nil)
	if evalAs[string](p, button+`.getAttribute("aria-expanded")`) != "true" {
		t.Error("going to a slice did not expand its process")
	}
	p.checkQuiet()
}

func TestFragmentRestoresTheView(t *testing.T) {
	p := openTab(t, sample, "")
	p.eval(`curtain.select("fetch: parse"); curtain.show(800e3, 1200e3); await curtain.frame()`, nil)
	want := p.selected()
	p.eval(`for (let i = 0; i < 100 && !location.hash.includes("slice"); i++) await curtain.frame()`, nil)
	hash := evalAs[string](p, `location.hash`)
	q := openTab(t, sample, hash)
	if got := q.shown(); got != (span{800e3, 1200e3}) {
		t.Errorf("%s shows %v", hash, got)
	}
	if got := q.selected(); !reflect.DeepEqual(got, want) {
		t.Errorf("%s selects %+v, want %+v", hash, got, want)
	}
	q.checkQuiet()
	for _, bad := range []string{"#start=x&end=&slice=1", "#slice=%25:::", "#start=1e400&end=-1e400", "#slice=1:1:NaN:-1", "#slice=1:1:0:0.5"} {
		r := openTab(t, sample, bad)
		if !r.state().Loaded || r.selected() != nil {
			t.Errorf("%s: %+v, selected %+v", bad, r.state(), r.selected())
		}
		r.checkQuiet()
	}
}

func TestHelp(t *testing.T) {
	p := openTab(t, sample, "")
	const open = `document.querySelector("#help").open`
	p.run(chromedp.Click("#keys"))
	before := p.shown()
	p.keys("w")
	if !evalAs[bool](p, open) || p.shown() != before {
		t.Error("the keys are not shown, or work behind the dialog")
	}
	p.run(chromedp.Click("#help button"))
	if evalAs[bool](p, open) {
		t.Error("Close does not close")
	}
	p.keys("?")
	p.keys(kb.Escape)
	if evalAs[bool](p, open) {
		t.Error("Escape does not close")
	}
	p.checkQuiet()
}
