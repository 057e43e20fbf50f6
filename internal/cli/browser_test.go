// SPDX-License-Identifier: Apache-2.0

//go:build unix

package cli_test

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/gocurtain/asyncio/internal/engines"
)

// browser is one chromium for all tests.
var browser struct {
	once sync.Once
	ctx  context.Context
	stop []context.CancelFunc
	err  error
}

func stopBrowser() {
	for i := len(browser.stop) - 1; i >= 0; i-- {
		browser.stop[i]()
	}
}

func startBrowser(path string) {
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path),
		chromedp.NoSandbox, // Tests often run as root in a container, where it cannot work.
		chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true),
		chromedp.WSURLReadTimeout(time.Minute),
	)
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stopBrowser := chromedp.NewContext(allocator)
	browser.stop = []context.CancelFunc{stop, func() { _ = chromedp.Cancel(ctx) }, stopBrowser}
	browser.ctx, browser.err = ctx, chromedp.Run(ctx)
}

// openTab returns a new tab, and skips the test where there is no browser.
func openTab(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser takes seconds to start")
	}
	path := ""
	for _, name := range []string{cmp.Or(os.Getenv("CHROMIUM"), "chromium"), "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = cmp.Or(path, found)
		}
	}
	if path == "" {
		t.Skip("no chromium, chromium-browser or google-chrome in PATH, and CHROMIUM is not set")
	}
	browser.once.Do(func() { startBrowser(path) })
	if browser.err != nil {
		t.Fatalf("%s does not start: %v", path, browser.err)
	}
	ctx, cancel := chromedp.NewContext(browser.ctx)
	t.Cleanup(cancel)
	ctx, cancelTimeout := context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancelTimeout)
	return ctx
}

// await is an action that evaluates an expression, which may be a promise.
func await(js string, result any) chromedp.Action {
	return chromedp.Evaluate(js, result, func(e *runtime.EvaluateParams) *runtime.EvaluateParams {
		return e.WithAwaitPromise(true)
	})
}

// traced returns the trace of an example.
func traced(t *testing.T, example string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), example+".json")
	if out, err := exec.Command("curtain", "trace", "-o", file, example).CombinedOutput(); err != nil {
		t.Fatalf("curtain trace: %v\n%s", err, out)
	}
	return file
}

// view starts curtain view and returns the address that it prints.
func view(t *testing.T, file string) string {
	t.Helper()
	cmd := exec.Command("curtain", "view", file)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("curtain view: %v", err)
		}
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	_, address, ok := strings.Cut(strings.TrimSpace(line), "curtain: ")
	if err != nil || !ok {
		t.Fatalf("curtain view prints %q, %v", line, err)
	}
	return address
}

// TestViewShowsSleepers is the way of a new user: trace, view, look. The picture in
// the README is made by it:
//
//	CURTAIN_SCREENSHOT=docs/sleepers.png go test ./internal/cli -run TestViewShowsSleepers
func TestViewShowsSleepers(t *testing.T) {
	tab := openTab(t)
	file := traced(t, "sleepers")
	want, err := readTrace(file)
	if err != nil {
		t.Fatal(err)
	}
	var state struct {
		Loaded                                         bool
		Error                                          string
		Slices, Arrows, UnboundArrows, UnansweredFlows int
	}
	var shown struct{ Name string }
	var picture []byte
	err = chromedp.Run(tab,
		chromedp.EmulateViewport(1400, 800),
		chromedp.Navigate(view(t, file)),
		await(`curtain.ready.then(() => curtain.frame()).then(() => curtain.state())`, &state),
		await(lastTurn, &shown),
		chromedp.CaptureScreenshot(&picture),
	)
	if err != nil {
		t.Fatal(err)
	}
	if shown.Name != "wake Task-2" {
		t.Errorf("the page has selected %+v", shown)
	}
	if !state.Loaded || state.Error != "" || state.Slices != want.count("X") {
		t.Errorf("the page says %+v, want %d slices", state, want.count("X"))
	}
	// Ten tasks are created, woken by a timer, and wake the one that gathers them.
	if state.Arrows < 20 || state.Arrows != want.count("f") || state.UnboundArrows+state.UnansweredFlows != 0 {
		t.Errorf("the page says %+v, want %d arrows, all bound", state, want.count("f"))
	}
	keep(t, picture, os.Getenv("CURTAIN_SCREENSHOT"))
}

// keep writes a picture to a file, as go test was given it at the root; "" for none.
func keep(t *testing.T, picture []byte, path string) {
	t.Helper()
	switch {
	case path == "":
		path = filepath.Join(t.TempDir(), "picture.png")
	case !filepath.IsAbs(path):
		path = filepath.Join("../..", path)
	}
	if err := os.WriteFile(path, picture, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestViewShowsLevels records the same Python program at each level. The pictures in
// docs/python.md are made by it:
//
//	CURTAIN_SCREENSHOTS=docs go test ./internal/cli -run TestViewShowsLevels
func TestViewShowsLevels(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("no python3 in PATH")
	}
	for _, c := range []struct {
		picture         string // the name of its file
		height          int64
		level, selected string
		around          string   // what is on the screen, in ns from the beginning of what is selected
		has             []string // names of slices
	}{
		{"level-loop", 1000, "loop", "Task-2 sleepy_hello", "-300e3, 6.5e6", []string{"turn 2", "sleep 5ms", "wake Task-2 sleepy_hello"}},
		{"level-coroutines", 1000, "coroutines", "sleepy_hello", "-150e3, 500e3", []string{"main", "sleep"}},
		{"level-functions", 1000, "functions", "sleepy_hello", "-150e3, 700e3", []string{"print", "sleep", "main"}},
		{"level-lines", 1000, "lines", "sleepy_hello", "-150e3, 500e3", []string{"line sleepy_hello.py:7", "line sleepy_hello.py:8", "print"}},
		{"sleepy_hello", 640, "lines", "sleepy_hello", "-600e3, 7.5e6", []string{"timer sleepy_hello.py:8"}},
	} {
		t.Run(c.picture, func(t *testing.T) {
			tab := openTab(t)
			file := filepath.Join(t.TempDir(), c.level+".json")
			cmd := exec.Command("curtain", "trace", "--level", c.level, "-o", file, "python3", "sleepy_hello.py")
			cmd.Dir = filepath.Join("..", "..", "examples")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("curtain trace: %v\n%s", err, out)
			}
			var missing []string
			var arrows int
			var picture []byte
			look := fmt.Sprintf(`(async () => {
  await curtain.ready;
  const missing = %s.filter((name) => !curtain.select(name));
  if (!curtain.select(%q)) missing.push(%q);
  const start = curtain.selected.start;
  const [from, to] = [%s];
  curtain.show(start + from, start + to);
  await curtain.frame();
  return missing;
})()`, asJSON(t, c.has), c.selected, c.selected, c.around)
			err := chromedp.Run(tab,
				chromedp.EmulateViewport(1400, c.height),
				chromedp.Navigate(view(t, file)),
				await(look, &missing),
				await(`curtain.arrows`, &arrows),
				chromedp.CaptureScreenshot(&picture),
			)
			if err != nil {
				t.Fatal(err)
			}
			if len(missing) > 0 || arrows == 0 {
				t.Errorf("%d arrows, and no %q", arrows, missing)
			}
			path := ""
			if dir := os.Getenv("CURTAIN_SCREENSHOTS"); dir != "" {
				path = filepath.Join(dir, c.picture+".png")
			}
			keep(t, picture, path)
		})
	}
}

func asJSON(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// lastTurn selects the first of the ten wake-ups, and shows the moment around them.
const lastTurn = `(async () => {
  curtain.select('wake Task-2');
  const start = curtain.selected.start;
  curtain.show(start - 60e3, start + 600e3);
  await curtain.frame();
  return curtain.selected;
})()`

// catapultPage loads the engine of chrome://tracing.
const catapultPage = `<!doctype html><meta charset="utf-8"><script src="/webcomponents.min.js"></script><script>
const link = document.createElement('link');
link.rel = 'import';
link.href = '/trace_viewer_full.html';
document.head.appendChild(link);
const ready = new Promise(done => window.addEventListener('WebComponentsReady', done));
async function look() {
  await ready;
  const text = await (await fetch('/trace.json')).text();
  const model = new tr.Model(), options = new tr.importer.ImportOptions();
  options.showImportWarnings = false;
  new tr.importer.Import(model, options).importTraces([text]);
  const bound = model.flowEvents.filter(f => f.startSlice && f.endSlice);
  return { arrows: bound.length, warnings: model.importWarnings.map(w => w.type + ': ' + w.message) };
}
</script>`

// The engine of chrome://tracing, which ships with Go, binds every arrow of the
// examples, and warns of nothing.
func TestChromeTracingShowsExamples(t *testing.T) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	static := filepath.Join(strings.TrimSpace(string(root)), "src/internal/trace/traceviewer/static")
	if _, err := os.Stat(static); err != nil {
		t.Skipf("this Go has no trace viewer: %v", err)
	}
	for _, example := range []string{"hello", "sleepers", "fdwatch"} {
		t.Run(example, func(t *testing.T) {
			tab := openTab(t)
			file := traced(t, example)
			want, err := readTrace(file)
			if err != nil {
				t.Fatal(err)
			}
			engines.Check(t, want.raw, want.count("f"))
			mux := http.NewServeMux()
			mux.Handle("GET /", http.FileServer(http.Dir(static)))
			mux.HandleFunc("GET /page", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, catapultPage) })
			mux.HandleFunc("GET /trace.json", func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, file) })
			server := httptest.NewServer(mux)
			defer server.Close()
			var got struct {
				Arrows   int
				Warnings []string
			}
			if err := chromedp.Run(tab, chromedp.Navigate(server.URL+"/page"), await("look()", &got)); err != nil {
				t.Fatal(err)
			}
			if n := want.count("f"); n == 0 || got.Arrows != n || len(got.Warnings) > 0 {
				t.Errorf("chrome://tracing says %+v, want %d arrows", got, n)
			}
		})
	}
}
