// SPDX-License-Identifier: Apache-2.0

package viewer_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/gocurtain/asyncio/viewer"
)

// loop is half a program's imports, and then two turns with lost records between them.
var loop = viewer.File("testdata/loop.json")

func TestFirstPictureIsTheLoops(t *testing.T) {
	p := openTab(t, loop, "")
	if got := p.shown(); got.Start < 4900e3 || got.Start > 5000e3 || got.End < 8000e3 || got.End > 8100e3 {
		t.Errorf("the page shows %v, want little more than the turns, 5 to 8 ms", got)
	}
	p.keys("0")
	if got := p.shown(); got.Start > 0 || got.End < 9000e3 {
		t.Errorf("0 shows %v, want all", got)
	}
	p.eval(`curtain.show(1e6, 2e6); await curtain.reload()`, nil)
	if got := p.shown(); got != (span{1e6, 2e6}) {
		t.Errorf("after reading again the page shows %v", got)
	}
	p.checkQuiet()
}

func TestHiddenArrowsAreCounted(t *testing.T) {
	var b strings.Builder
	b.WriteString("[")
	for i := range 150 {
		fmt.Fprintf(&b, `{"ph":"X","name":"a %d","ts":%d,"dur":2,"pid":1,"tid":1},{"ph":"X","name":"b","ts":%d,"dur":2,"pid":1,"tid":2},`, i, i*10, i*10+5)
		fmt.Fprintf(&b, `{"ph":"s","name":"f","id":%d,"ts":%d,"pid":1,"tid":1},{"ph":"f","bp":"e","name":"f","id":%d,"ts":%d,"pid":1,"tid":2},`, i, i*10, i, i*10+5)
	}
	p := openTab(t, text(b.String()), "")
	hidden := func() string { p.eval(`await curtain.frame()`, nil); return p.text("#hidden") }
	if got := hidden(); got != "150 arrows hidden" {
		t.Errorf("of 150 arrows the page says %q", got)
	}
	p.eval(`curtain.select("a 70")`, nil)
	if got := hidden(); got != "149 arrows hidden" {
		t.Errorf("with one slice selected the page says %q", got)
	}
	p.keys(kb.Escape)
	at := p.box("a 70")
	p.run(chromedp.MouseEvent(input.MouseMoved, (at.Left+at.Right)/2, at.Top+5))
	if got := hidden(); got != "149 arrows hidden" {
		t.Errorf("with the pointer on a slice the page says %q", got)
	}
	p.eval(`curtain.show(0, 500e3)`, nil)
	if got := hidden(); got != "" {
		t.Errorf("with 50 arrows in sight the page says %q", got)
	}
	p.checkQuiet()
}

func TestWaitsShowWhatEndedThem(t *testing.T) {
	p := openTab(t, loop, "")
	p.eval(`curtain.select("sleep 10s"); await curtain.frame()`, nil)
	want := "cancel Task-2 fetch in step on Task-1 main, after 1.71 ms, cancelled"
	if title, got := p.text("#details h3.incoming"), p.text("#details ul.incoming"); title != "Ended by" || got != want {
		t.Errorf("the wait shows %q: %q, want %q", title, got, want)
	}
	p.keys("[")
	if got := p.selected(); got.Name != "cancel Task-2 fetch" {
		t.Errorf("[ goes to %q", got.Name)
	}
	p.checkQuiet()
}

func TestDetailsFold(t *testing.T) {
	p := openTab(t, loop, "")
	height := func() float64 { return evalAs[float64](p, `document.querySelector("#panel").offsetHeight`) }
	p.eval(`curtain.select("sleep 10s"); await curtain.frame()`, nil)
	open := height()
	p.run(chromedp.Click("#fold"))
	folded := height()
	if folded > 40 || open < 200 || evalAs[string](p, `document.querySelector("#fold").getAttribute("aria-expanded")`) != "false" {
		t.Errorf("the panel is %v high, folded %v", open, folded)
	}
	p.keys("i")
	if got := height(); got != open {
		t.Errorf("after i the panel is %v high, want %v", got, open)
	}
	p.keys("i")
	p.eval(`curtain.select("turn 9")`, nil)
	if got := height(); got != folded {
		t.Errorf("a selection unfolds the panel to %v", got)
	}
	p.checkQuiet()
}

func TestLostRecordsStandOut(t *testing.T) {
	p := openTab(t, loop, "")
	if got, want := p.text("#notice:not([hidden]) #lost"), "1,200 records were lost in 1 place: what is hatched is not known."; got != want {
		t.Errorf("the notice says %q, want %q", got, want)
	}
	p.run(chromedp.Click("#gap"))
	if got := p.selected(); got == nil || got.Name != "records lost" {
		t.Errorf("Show selects %+v", got)
	}
	p.keys(kb.Escape + "g")
	if got := p.selected(); got == nil || got.Start != 6100e3 {
		t.Errorf("g selects %+v", got)
	}
	// Its tracks are painted in the gap where no slice is: the last task has none there.
	const painted = `(([from, to]) => {
		const c = document.querySelector("#chart"), box = curtain.box("sleep 10s"), chart = c.getBoundingClientRect();
		const { start, end } = curtain.range, x = (t) => (t - start) / (end - start) * chart.width;
		const data = c.getContext("2d").getImageData(x(from), box.bottom - chart.top + 3, x(to) - x(from), 4).data;
		let n = 0;
		for (let i = 0; i < data.length; i += 4) if (data[i] > data[i + 1] + 60) n++;
		return n;
	})`
	within, before := evalAs[int](p, painted+`([6200e3, 6900e3])`), evalAs[int](p, painted+`([5300e3, 6000e3])`)
	if within < 50 || before > 0 {
		t.Errorf("%d pixels are hatched in the gap, %d before it", within, before)
	}
	p.checkQuiet()
}

func TestSearchListsWhatItFound(t *testing.T) {
	p := openTab(t, loop, "")
	list := func(query string) string {
		p.slash()
		p.keys(query)
		p.eval(`while (curtain.query !== document.querySelector("#query").value) await curtain.frame()`, nil)
		return p.text("#results")
	}
	got := list("cancelled")
	for _, want := range []string{"cancel Task-2 fetch\noutcome: cancelled, at 5.4 ms on Task-1 main", "step\noutcome: cancelled, at 7.11 ms on Task-2 fetch"} {
		if !strings.Contains(got, want) {
			t.Errorf("the list is %q, want in it %q", got, want)
		}
	}
	p.keys(kb.ArrowDown + kb.ArrowDown + kb.Enter)
	if got := p.selected(); got == nil || got.Start != 7110e3 {
		t.Errorf("the second result selects %+v", got)
	}
	if got := p.text("#found"); got != "2 of 2" {
		t.Errorf("found says %q", got)
	}
	if got := evalAs[string](p, `getComputedStyle(document.querySelector("#results")).display`); got != "none" {
		t.Error("the list still covers the timeline")
	}
	p.keys(kb.Escape)
	if got := list("task-2 fetch"); !strings.Contains(got, "Task-2 fetch\ntrack of server.py") {
		t.Errorf("the track is not in %q", got)
	}
	p.run(chromedp.Click("#results li:first-child button"))
	if got := p.selected(); got == nil || got.Track != "Task-2 fetch" {
		t.Errorf("the track's entry selects %+v", got)
	}
	p.keys(kb.Escape)
	if got := list("server.py:12"); !strings.Contains(got, "/src/server.py:12, at 5.1 ms") {
		t.Errorf("the place is not in %q", got)
	}
	p.checkQuiet()
}

func TestKeysChangeTheTrack(t *testing.T) {
	p := openTab(t, loop, "")
	p.eval(`curtain.select("turn 1"); await curtain.frame()`, nil)
	for _, step := range []struct{ key, track, name string }{
		{kb.ArrowDown, "Task-1 main", "step"}, {kb.ArrowDown, "Task-2 fetch", "sleep 10s"}, {kb.ArrowDown, "Task-2 fetch", "sleep 10s"},
		{kb.ArrowUp, "Task-1 main", "step"}, {kb.ArrowUp, "loop 1 in MainThread", "<module>"}, {kb.ArrowUp, "loop 1 in MainThread", "<module>"},
	} {
		p.keys(step.key)
		if got := p.selected(); got == nil || got.Track != step.track || got.Name != step.name {
			t.Fatalf("%q goes to %+v, want %s on %s", step.key, got, step.name, step.track)
		}
	}
	p.keys(kb.Escape + kb.ArrowDown)
	if got := p.selected(); got == nil || got.Track != "loop 1 in MainThread" {
		t.Errorf("without a selection ↓ goes to %+v", got)
	}
	p.checkQuiet()
}

func TestZoomByButtonsAndFingers(t *testing.T) {
	p := openTab(t, loop, "")
	before := p.shown()
	p.run(chromedp.Click("#closer"))
	if got := p.shown(); !near(got.End-got.Start, (before.End-before.Start)/2, 10) {
		t.Errorf("+ shows %v, before it was %v", got, before)
	}
	p.run(chromedp.Click("#farther"))
	if got := p.shown(); !near(got.Start, before.Start, 10) || !near(got.End, before.End, 10) {
		t.Errorf("− shows %v, want %v", got, before)
	}
	touch := func(kind input.TouchType, xs ...float64) {
		var points []*input.TouchPoint
		for i, x := range xs {
			points = append(points, &input.TouchPoint{X: x, Y: 300, ID: float64(i + 1)})
		}
		p.run(input.DispatchTouchEvent(kind, points))
	}
	at := p.box("sleep 10s")
	touch(input.TouchStart, 600)
	touch(input.TouchStart, 600, 700)
	touch(input.TouchMove, 550, 700)
	touch(input.TouchMove, 550, 750)
	touch(input.TouchEnd)
	p.eval(`await curtain.frame()`, nil)
	after := p.shown()
	if !near(after.End-after.Start, (before.End-before.Start)/2, (before.End-before.Start)/50) {
		t.Errorf("two fingers twice as far apart show %v, before it was %v", after, before)
	}
	// The times under the fingers are still there: x was 600, and is 550.
	now := p.box("sleep 10s")
	if want := 550 + (at.Left-600)*2; !near(now.Left, want, 4) {
		t.Errorf("the slice is at %v, want %v", now.Left, want)
	}
	if got := p.selected(); got != nil {
		t.Errorf("the fingers selected %+v", got)
	}
	touch(input.TouchStart, 600)
	touch(input.TouchMove, 500)
	touch(input.TouchEnd)
	p.eval(`await curtain.frame()`, nil)
	if got := p.box("sleep 10s"); !near(got.Left, now.Left-100, 4) {
		t.Errorf("one finger moves the slice from %v to %v, want 100 less", now.Left, got.Left)
	}
	p.checkQuiet()
}

func TestNarrowPage(t *testing.T) {
	p := openTab(t, loop, "")
	p.run(chromedp.EmulateViewport(320, 568))
	p.eval(`curtain.select("sleep 10s"); await curtain.frame()`, nil)
	const outside = `[...document.querySelectorAll("header *, #panel, #details > *, #axis, #chart, .label, #notice *")]
		.filter((e) => e.getClientRects().length > 0 && getComputedStyle(e).clipPath === "none")
		.filter((e) => { const b = e.getBoundingClientRect(); return b.left < -1 || b.right > 321; })
		.map((e) => e.tagName + "#" + e.id)`
	if got := evalAs[[]string](p, outside); len(got) > 0 {
		t.Errorf("beyond 320 px lie %q", got)
	}
	chart := evalAs[box](p, `(({ left, right, top, bottom }) => ({ left, right, top, bottom }))(document.querySelector("#chart").getBoundingClientRect())`)
	if chart.Right-chart.Left < 190 || chart.Bottom-chart.Top < 150 {
		t.Errorf("the timeline has only %+v", chart)
	}
	if at := p.box("sleep 10s"); at.Top < chart.Top || at.Bottom > chart.Bottom {
		t.Errorf("the selected slice is at %+v, the timeline at %+v", at, chart)
	}
	if got := evalAs[bool](p, `document.documentElement.scrollWidth <= 320`); !got {
		t.Error("the page scrolls to the side")
	}
	p.checkQuiet()
}
