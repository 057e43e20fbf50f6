// SPDX-License-Identifier: Apache-2.0

package engines

import (
	_ "embed"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/gocurtain/asyncio/internal/browser"
)

// catapultPage loads the engine of chrome://tracing.
//
//go:embed catapult.html
var catapultPage []byte

// Catapult is what the engine of chrome://tracing makes of a timeline.
type Catapult struct {
	Arrows   int // with a slice at both ends
	Warnings []string
}

// AskCatapult loads a timeline into the engine, in a browser. TestMain must call [browser.Run].
func AskCatapult(t testing.TB, timeline []byte) (says Catapult) {
	t.Helper()
	tab := browser.Tab(t)
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServer(http.Dir(catapultFiles(t))))
	mux.HandleFunc("GET /page", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(catapultPage) })
	mux.HandleFunc("GET /trace.json", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(timeline) })
	server := httptest.NewServer(mux)
	defer server.Close()
	if err := chromedp.Run(tab, chromedp.Navigate(server.URL+"/page"), browser.Await("look()", &says)); err != nil {
		t.Fatal(err)
	}
	return says
}

// catapultFiles returns the directory of the engine, which ships with Go.
func catapultFiles(t testing.TB) string {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	files := filepath.Join(strings.TrimSpace(string(root)), "src/internal/trace/traceviewer/static")
	if _, err := os.Stat(filepath.Join(files, "trace_viewer_full.html")); err != nil {
		t.Skipf("this Go has no trace viewer: %v", err)
	}
	return files
}
