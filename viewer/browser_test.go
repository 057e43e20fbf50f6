// SPDX-License-Identifier: Apache-2.0

package viewer_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/gocurtain/asyncio/internal/browser"
	"github.com/gocurtain/asyncio/viewer"
)

func TestMain(m *testing.M) { os.Exit(browser.Run(m)) }

// tab is a page of the viewer in the browser.
type tab struct {
	t       testing.TB
	ctx     context.Context
	address string

	mu       sync.Mutex
	problems []string // what went to the console as an error
	requests []string
}

// openTab shows the trace in a new tab and waits for the page to be ready.
func openTab(t testing.TB, open viewer.Opener, fragment string) *tab {
	t.Helper()
	ctx := browser.Tab(t)
	p := &tab{t: t, ctx: ctx, address: serve(t, open, viewer.Options{Title: "test.json"})}
	chromedp.ListenTarget(ctx, p.listen)
	p.run(network.Enable(), chromedp.EmulateViewport(1400, 800), chromedp.Navigate(p.address+fragment))
	p.eval(`await curtain.ready`, nil)
	return p
}

func (p *tab) listen(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		p.problems = append(p.problems, e.ExceptionDetails.Error())
	case *runtime.EventConsoleAPICalled:
		for _, arg := range e.Args {
			p.problems = append(p.problems, fmt.Sprint(e.Type, ": ", string(arg.Value), arg.Description))
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.LevelError {
			p.problems = append(p.problems, e.Entry.Text)
		}
	case *network.EventRequestWillBeSent:
		p.requests = append(p.requests, e.Request.URL)
	}
}

// checkQuiet fails the test if anything went wrong in the page, or if it asked another origin for
// anything.
func (p *tab) checkQuiet() {
	p.t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.problems) > 0 {
		p.t.Errorf("the console shows: %s", strings.Join(p.problems, "\n"))
	}
	for _, url := range p.requests {
		if !strings.HasPrefix(url, p.address) {
			p.t.Errorf("the page asked for %s, which is not its own", url)
		}
	}
	if len(p.requests) == 0 {
		p.t.Error("no request was seen")
	}
}

func (p *tab) run(actions ...chromedp.Action) {
	p.t.Helper()
	if err := chromedp.Run(p.ctx, actions...); err != nil {
		p.t.Fatal(err)
	}
}

// eval runs the body of an asynchronous function in the page. An expression is returned if result
// is not nil.
func (p *tab) eval(js string, result any) {
	p.t.Helper()
	if result != nil {
		js = "return (" + js + ")"
	}
	var text string
	wrapped := "(async () => JSON.stringify((await (async () => { " + js + "\n})()) ?? null))()"
	p.run(browser.Await(wrapped, &text))
	if result == nil {
		return
	}
	if err := json.Unmarshal([]byte(text), result); err != nil {
		p.t.Fatalf("%s: %v in %s", js, err, text)
	}
}

func evalAs[T any](p *tab, js string) T {
	p.t.Helper()
	var result T
	p.eval(js, &result)
	return result
}

// keys presses keys in the page, one after the other, and waits for the picture.
func (p *tab) keys(keys string) {
	p.t.Helper()
	p.run(chromedp.KeyEvent(keys))
	p.eval(`await curtain.frame()`, nil)
}

// slash presses the key that begins a search. KeyEvent would send its character apart from the key,
// so that it arrives in the field although the page refused it.
func (p *tab) slash() {
	p.t.Helper()
	p.run(
		input.DispatchKeyEvent(input.KeyDown).WithKey("/").WithText("/"),
		input.DispatchKeyEvent(input.KeyUp).WithKey("/"),
	)
}

func (p *tab) wheel(x, y, dx, dy float64) {
	p.t.Helper()
	p.run(input.DispatchMouseEvent(input.MouseWheel, x, y).WithDeltaX(dx).WithDeltaY(dy))
	p.eval(`await curtain.frame()`, nil)
}

func (p *tab) drag(x1, y1, x2, y2 float64) {
	p.t.Helper()
	p.run(
		input.DispatchMouseEvent(input.MousePressed, x1, y1).WithButton(input.Left).WithButtons(1).WithClickCount(1),
		input.DispatchMouseEvent(input.MouseMoved, (x1+x2)/2, (y1+y2)/2).WithButton(input.Left).WithButtons(1),
		input.DispatchMouseEvent(input.MouseMoved, x2, y2).WithButton(input.Left).WithButtons(1),
		input.DispatchMouseEvent(input.MouseReleased, x2, y2).WithButton(input.Left).WithClickCount(1),
	)
	p.eval(`await curtain.frame()`, nil)
}

// state is what curtain.state() tells.
type state struct {
	Loaded                         bool
	Error                          string
	Slices, Tracks, Arrows         int
	UnboundArrows, UnansweredFlows int
	Counters                       int
	Skipped                        map[string]int
}

func (p *tab) state() state { p.t.Helper(); return evalAs[state](p, `curtain.state()`) }

type span struct{ Start, End float64 }

func (p *tab) shown() span { p.t.Helper(); return evalAs[span](p, `curtain.range`) }

// selection is what curtain.selected tells.
type selection struct {
	Name, Track        string
	Start, Duration    float64
	Self               float64
	Args               map[string]any
	Incoming, Outgoing []string
}

func (p *tab) selected() *selection { p.t.Helper(); return evalAs[*selection](p, `curtain.selected`) }

type box struct{ Left, Right, Top, Bottom float64 }

func (p *tab) box(name string) box {
	p.t.Helper()
	return evalAs[box](p, fmt.Sprintf(`curtain.box(%q)`, name))
}

// text returns the text of the first element that a CSS selector finds.
func (p *tab) text(selector string) string {
	p.t.Helper()
	return evalAs[string](p, fmt.Sprintf(`document.querySelector(%q)?.innerText ?? ''`, selector))
}
