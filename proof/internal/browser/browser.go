// SPDX-License-Identifier: Apache-2.0

// Package browser starts a browser for proofs of what is shown in one.
package browser

import (
	"cmp"
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Tab starts a browser and returns its tab. The test is skipped where there is none.
func Tab(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range []string{cmp.Or(os.Getenv("CHROMIUM"), "chromium"), "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = cmp.Or(path, found)
		}
	}
	if path == "" {
		t.Skip("no chromium, chromium-browser or google-chrome in PATH, and CHROMIUM is not set")
	}
	allocator, stop := chromedp.NewExecAllocator(t.Context(), append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.NoSandbox, // Tests often run as root in a container, where it cannot work.
		chromedp.DisableGPU,
		chromedp.WSURLReadTimeout(time.Minute),
	)...)
	t.Cleanup(stop)
	tab, cancel := chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	tab, cancel = context.WithTimeout(tab, 3*time.Minute)
	t.Cleanup(cancel)
	return tab
}

// Await is an action that evaluates an expression, which may be a promise.
func Await(js string, result any) chromedp.Action {
	return chromedp.Evaluate(js, result, func(e *runtime.EvaluateParams) *runtime.EvaluateParams {
		return e.WithAwaitPromise(true)
	})
}
