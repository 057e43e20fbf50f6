// SPDX-License-Identifier: Apache-2.0

// Package browser gives tests the tabs of a Chromium.
//
// The tests of a package share one, which the first of them starts and [Run] stops. It reaches this
// machine alone: no test depends on the network, or tells somebody of itself.
package browser

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/gocurtain/asyncio/internal/need"
)

// patience is how long a test may use its tab.
const patience = 3 * time.Minute

// options are those of a browser without a window, that keeps to itself.
var options = append(chromedp.DefaultExecAllocatorOptions[:],
	chromedp.NoSandbox, // Tests often run as root in a container, where it cannot work.
	chromedp.DisableGPU,
	chromedp.Flag("disable-component-update", true),
	chromedp.Flag("disable-domain-reliability", true),
	chromedp.Flag("disable-quic", true),
	chromedp.Flag("no-pings", true),
	// Names lead nowhere, and neither do addresses but that of this machine.
	chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"),
	chromedp.WindowSize(1400, 800),
	chromedp.WSURLReadTimeout(time.Minute),
)

// shared is the browser of this process.
var shared struct {
	running bool // within Run
	once    sync.Once
	ctx     context.Context
	stop    context.CancelFunc
	err     error
}

// Run runs the tests of a package and stops the browser, if one was started. It is for TestMain,
// and returns the exit code.
func Run(m *testing.M) int {
	shared.running = true
	code := m.Run()
	if shared.ctx != nil {
		// Asked to close, the browser takes its children along and leaves nothing in its directory.
		// An error means that it has gone already.
		_ = chromedp.Cancel(shared.ctx)
		shared.stop()
	}
	return code
}

// Tab returns a new tab, which is closed when the test ends. Without a browser the test is skipped,
// as [need.Skip] says.
func Tab(tb testing.TB) context.Context {
	tb.Helper()
	if !shared.running {
		tb.Fatal("TestMain does not call browser.Run, so nobody would stop the browser")
	}
	path := need.Command(tb, need.Chromium, names()...)
	shared.once.Do(func() { start(path) })
	if shared.err != nil {
		tb.Fatalf("%s does not start: %v", path, shared.err)
	}
	tab, closeTab := chromedp.NewContext(shared.ctx)
	tb.Cleanup(closeTab)
	tab, cancel := context.WithTimeout(tab, patience)
	tb.Cleanup(cancel)
	return tab
}

// names returns what a browser may be called: as CHROMIUM says, or as systems call it.
func names() []string {
	names := []string{"chromium", "chromium-browser", "google-chrome"}
	if name := os.Getenv("CHROMIUM"); name != "" {
		names = append([]string{name}, names...)
	}
	return names
}

func start(path string) {
	// Without a directory of its own, each browser gets a temporary one, removed at its end.
	allocator, stop := chromedp.NewExecAllocator(context.Background(), append(options, chromedp.ExecPath(path))...)
	// A newer browser sends events that chromedp does not know; it says so at length.
	quiet := chromedp.WithErrorf(func(string, ...any) {})
	shared.ctx, _ = chromedp.NewContext(allocator, quiet)
	shared.stop = stop
	shared.err = chromedp.Run(shared.ctx)
}

// Await is an action that evaluates an expression, which may be a promise.
func Await(js string, result any) chromedp.Action {
	return chromedp.Evaluate(js, result, func(e *runtime.EvaluateParams) *runtime.EvaluateParams {
		return e.WithAwaitPromise(true)
	})
}
