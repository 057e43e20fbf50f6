// SPDX-License-Identifier: Apache-2.0

package viewer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

func TestLegendCountsWhatItLeavesOut(t *testing.T) {
	var b strings.Builder
	for i := range 1030 {
		fmt.Fprintf(&b, `{"ph":"X","name":"a","cat":"c%d","ts":%d,"dur":1,"pid":1,"tid":1},`, i, i)
	}
	p := openTab(t, text("["+b.String()+"]"), "")
	got := evalAs[[]string](p, `[...document.querySelectorAll(".legend li")].map((e) => e.textContent)`)
	if len(got) != 25 || got[0] != "c0" || got[23] != "c23" || got[24] != "and 1,006 more" {
		t.Errorf("of 1,030 categories the legend has %q", got)
	}
	p.checkQuiet()
}

func TestCountersSayBetweenWhichValuesTheyLie(t *testing.T) {
	p := openTab(t, text(`[
		{"ph":"C","name":"none","ts":1,"pid":1,"args":{"":0}},{"ph":"C","name":"none","ts":9,"pid":1,"args":{"":0}},
		{"ph":"C","name":"below","ts":1,"pid":1,"args":{"":-9}},{"ph":"C","name":"below","ts":9,"pid":1,"args":{"":-2.5}},
		{"ph":"C","name":"both","ts":1,"pid":1,"args":{"":-1}},{"ph":"C","name":"both","ts":9,"pid":1,"args":{"":3}},
		{"ph":"C","name":"above","ts":1,"pid":1,"args":{"":4}}
	]`), "")
	p.eval(`await curtain.frame()`, nil)
	got := evalAs[[]string](p, `[...document.querySelectorAll(".label:not(.process) .extra")].map((e) => e.textContent)`)
	if want := []string{"up to 0", "-9 to 0", "-1 to 3", "up to 4"}; !slices.Equal(got, want) {
		t.Errorf("the counters say %q, want %q", got, want)
	}
	p.checkQuiet()
}

// What stands above the labels is read to its end on a narrow page, too.
func TestNarrowPageSaysHowManyArrowsAreHidden(t *testing.T) {
	p := openTab(t, sample, "")
	p.run(chromedp.EmulateViewport(320, 568))
	p.eval(`await curtain.frame();
		document.querySelector("#shown").textContent = "123.4 ms shown";
		document.querySelector("#hidden").textContent = "over 10,000 arrows hidden"`, nil)
	const room = `(({ scrollWidth, clientWidth, scrollHeight, clientHeight }) => [scrollWidth, clientWidth, scrollHeight, clientHeight])(document.querySelector("#span"))`
	if got := evalAs[[]int](p, room); got[0] > got[1] || got[2] > got[3] {
		t.Errorf("a text of %d x %d px has only %d x %d", got[0], got[2], got[1], got[3])
	}
	p.checkQuiet()
}

// A mark in a name that turns the direction does not turn what the page says behind it.
func TestNamesDoNotTurnTheirNeighbours(t *testing.T) {
	p := openTab(t, text(`[
		{"ph":"X","name":"from","ts":0,"dur":5,"pid":1,"tid":1},{"ph":"X","name":"to \u202ey","ts":6,"dur":5,"pid":1,"tid":2},
		{"ph":"s","name":"f","id":1,"ts":1,"pid":1,"tid":1},{"ph":"f","bp":"e","name":"f","id":1,"ts":7,"pid":1,"tid":2},
		{"ph":"M","name":"thread_name","pid":1,"tid":2,"args":{"name":"\u202ethread two"}}
	]`), "")
	p.eval(`curtain.select("from"); await curtain.frame()`, nil)
	if got, want := p.text("#details .outgoing li"), `to \u202ey on \u202ethread two, after 6 µs`; got != want {
		t.Errorf("the arrow leads to %q, want %q", got, want)
	}
	p.checkQuiet()
}
