// SPDX-License-Identifier: Apache-2.0

package chrome

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gocurtain/asyncio/internal/engines"
	"github.com/gocurtain/asyncio/trace"
)

// The page loads a file into the engine of chrome://tracing and posts what it
// makes of it: the number of arrows with both ends bound, and the warnings.
const page = `<!doctype html><meta charset="utf-8"><script src="/webcomponents.min.js"></script><script>
function post(lines) { const x = new XMLHttpRequest(); x.open('POST', '/result'); x.send(lines.join('\n')); }
window.onerror = m => post(['error ' + m]);
const link = document.createElement('link');
link.rel = 'import';
link.href = '/trace_viewer_full.html';
document.head.appendChild(link);
window.addEventListener('WebComponentsReady', async () => {
  const text = await (await fetch('/trace.json')).text();
  try {
    const model = new tr.Model(), options = new tr.importer.ImportOptions();
    options.showImportWarnings = false;
    new tr.importer.Import(model, options).importTraces([text]);
    const bound = model.flowEvents.filter(f => f.startSlice && f.endSlice);
    post(['arrows ' + bound.length].concat(model.importWarnings.map(w => 'warning ' + w.type + ': ' + w.message)));
  } catch (e) { post(['error ' + e]); }
});
</script>`

// viewer returns the directory of the viewer that ships with Go, and a browser.
func viewer(t *testing.T) (static, browser string) {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser takes seconds to start")
	}
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			browser = cmp.Or(browser, path)
		}
	}
	if browser == "" {
		t.Skip("no chromium on PATH")
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Skipf("no go command: %v", err)
	}
	static = filepath.Join(strings.TrimSpace(string(root)), "src/internal/trace/traceviewer/static")
	if _, err := os.Stat(filepath.Join(static, "trace_viewer_full.html")); err != nil {
		t.Skipf("no trace viewer in GOROOT: %v", err)
	}
	return static, browser
}

// opened returns what chrome://tracing makes of a file.
func opened(t *testing.T, file []byte) string {
	t.Helper()
	static, browser := viewer(t)
	result := make(chan string, 1)
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServer(http.Dir(static)))
	mux.HandleFunc("GET /page", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, page) })
	mux.HandleFunc("GET /trace.json", func(w http.ResponseWriter, _ *http.Request) { w.Write(file) })
	mux.HandleFunc("POST /result", func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		select {
		case result <- string(body):
		default:
		}
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	// Not t.TempDir: the browser's children may still write while it is removed.
	profile, err := os.MkdirTemp("", "chrome-test-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(profile)
	cmd := exec.Command(browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync",
		"--user-data-dir="+profile, "--remote-debugging-port=0", server.URL+"/page")
	if err := cmd.Start(); err != nil {
		t.Skipf("chromium does not start: %v", err)
	}
	defer cmd.Wait()
	defer cmd.Process.Kill()
	select {
	case r := <-result:
		return r
	case <-time.After(2 * time.Minute):
		t.Fatal("the viewer gave no answer")
	}
	return ""
}

func TestCatapultBindsEachArrow(t *testing.T) {
	all := stories(t)
	var sources []*trace.Source
	for _, name := range slices.Sorted(maps.Keys(all)) {
		sources = append(sources, all[name])
	}
	var buf bytes.Buffer
	if err := Export(&buf, sources...); err != nil {
		t.Fatal(err)
	}
	want := checkArrows(t, decode(t, buf.Bytes()))
	engines.Check(t, buf.Bytes(), want)
	if got := opened(t, buf.Bytes()); got != fmt.Sprint("arrows ", want) {
		t.Errorf("the viewer says\n%s\nwant %d arrows and no warning", got, want)
	}
}

// Nobody else minds what the file holds for our viewer, nor any text.
func TestCatapultReadsOverSources(t *testing.T) {
	var buf bytes.Buffer
	w := NewWriter(&buf)
	drawSomething(w)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	engines.Check(t, buf.Bytes(), 1)
	if got := opened(t, buf.Bytes()); got != "arrows 1" {
		t.Errorf("the viewer says\n%s\nwant an arrow and no warning", got)
	}
}
