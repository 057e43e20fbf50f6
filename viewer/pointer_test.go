// SPDX-License-Identifier: Apache-2.0

package viewer_test

import (
	"strings"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/chromedp"
)

func TestTooltipSaysWhatIsPointedAt(t *testing.T) {
	p := openTab(t, sample, "")
	at := p.box("fetch: parse")
	p.run(chromedp.MouseEvent(input.MouseMoved, (at.Left+at.Right)/2, at.Top+5))
	if got, want := p.text("#tooltip:not([hidden])"), "fetch: parse\n164 µs on Task-2 fetch /index"; got != want {
		t.Errorf("the tooltip says %q, want %q", got, want)
	}
	p.run(chromedp.MouseEvent(input.MouseMoved, at.Left, at.Top+5))
	p.wheel(at.Left, at.Top+5, 0, 100)
	if got := p.text("#tooltip:not([hidden])"); got != "" {
		t.Errorf("after the wheel the tooltip says %q", got)
	}
	p.checkQuiet()
}

func TestDoubleClickFitsTheSlice(t *testing.T) {
	p := openTab(t, sample, "")
	at := p.box("fetch: parse")
	x, y := (at.Left+at.Right)/2, at.Top+5
	p.run(chromedp.MouseClickXY(x, y, chromedp.ClickCount(1)), chromedp.MouseClickXY(x, y, chromedp.ClickCount(2)))
	p.eval(`await curtain.frame()`, nil)
	if got := p.shown(); got.Start > 914e3 || got.End < 1078e3 || got.End-got.Start > 300e3 {
		t.Errorf("a double click shows %v, want little more than 914 to 1078 µs", got)
	}
	p.checkQuiet()
}

func TestStripMovesWhatIsShown(t *testing.T) {
	p := openTab(t, sample, "")
	p.eval(`curtain.show(0, 100e3); await curtain.frame()`, nil)
	strip := evalAs[box](p, `(({ left, right, top, bottom }) => ({ left, right, top, bottom }))(document.querySelector("#axis").getBoundingClientRect())`)
	duration := 2.33e6
	middle := func() float64 { s := p.shown(); return (s.Start + s.End) / 2 }
	y := strip.Top + 10
	p.run(chromedp.MouseClickXY((strip.Left+strip.Right)/2, y))
	p.eval(`await curtain.frame()`, nil)
	if got := middle(); !near(got, duration/2, duration/100) {
		t.Errorf("a click in the middle of the strip shows the time around %v, want %v", got, duration/2)
	}
	p.drag((strip.Left+strip.Right)/2, y, strip.Left+(strip.Right-strip.Left)/4, y)
	if got := p.shown(); !near(middle(), duration/4, duration/100) || !near(got.End-got.Start, 100e3, 1) {
		t.Errorf("dragged to a quarter the strip shows %v", got)
	}
	p.checkQuiet()
}

func TestPageScrolls(t *testing.T) {
	p := openTab(t, sample, "")
	p.run(chromedp.EmulateViewport(1400, 400))
	p.eval(`await curtain.frame()`, nil)
	top := func() float64 { return evalAs[float64](p, `document.querySelector("#scroller").scrollTop`) }
	press := func(key string) {
		p.eval(`document.dispatchEvent(new KeyboardEvent("keydown", { key: "`+key+`" })); await curtain.frame()`, nil)
	}
	press("PageDown")
	down := top()
	press("PageUp")
	if up := top(); down == 0 || up != 0 {
		t.Errorf("PgDn scrolls to %v, PgUp then to %v", down, up)
	}
	p.run(input.DispatchMouseEvent(input.MouseWheel, 700, 150).WithDeltaY(40).WithModifiers(input.ModifierShift))
	p.eval(`await curtain.frame()`, nil)
	if got := top(); got == 0 {
		t.Error("Shift and the wheel do not scroll")
	}
	p.checkQuiet()
}

func TestDarkPage(t *testing.T) {
	p := openTab(t, sample, "")
	const corner = `[...document.querySelector("#chart").getContext("2d").getImageData(1, 1, 1, 1).data].slice(0, 3)`
	p.eval(`curtain.select("main"); await curtain.frame()`, nil)
	light, chip := evalAs[[]int](p, corner), evalAs[string](p, `document.querySelector("#details .chip").style.background`)
	p.run(emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}))
	p.eval(`await curtain.frame()`, nil)
	if dark := evalAs[[]int](p, corner); dark[0] >= light[0] {
		t.Errorf("the canvas is %v on a dark page, %v on a light one", dark, light)
	}
	if got := evalAs[string](p, `document.querySelector("#details .chip").style.background`); got == chip {
		t.Errorf("the details keep the colour %s", got)
	}
	p.checkQuiet()
}

func TestAddressIsObeyedWhenItChanges(t *testing.T) {
	p := openTab(t, sample, "")
	p.eval(`location.hash = "#start=800000&end=1200000"; await curtain.frame()`, nil)
	if got := p.shown(); got != (span{800e3, 1200e3}) {
		t.Errorf("the address shows %v", got)
	}
	p.eval(`curtain.select("fetch: parse"); await curtain.frame()`, nil)
	link := evalAs[string](p, `document.querySelector("#details ul.outgoing a").href`)
	q := openTab(t, sample, link[strings.IndexByte(link, '#'):])
	if got := q.selected(); got == nil || got.Name != "writer: save" {
		t.Errorf("the link's address selects %+v", got)
	}
	p.checkQuiet()
}

func TestReloadKeepsTheSearch(t *testing.T) {
	p := openTab(t, sample, "")
	p.slash()
	p.keys("PARSE\r")
	p.eval(`await curtain.reload()`, nil)
	if got := evalAs[int](p, `curtain.matches`); got != 4 || evalAs[string](p, `document.querySelector("#query").value`) != "PARSE" {
		t.Errorf("after reading again %d match, want 4", got)
	}
	p.keys("n")
	if got := p.selected(); got == nil || !strings.Contains(got.Name, "parse") {
		t.Errorf("n goes to %+v", got)
	}
	p.checkQuiet()
}
