// SPDX-License-Identifier: Apache-2.0

//go:build unix

package cli_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/gocurtain/asyncio/internal/browser"
	"github.com/gocurtain/asyncio/internal/engines"
	"github.com/gocurtain/asyncio/internal/need"
)

// notInShort skips a test of what a browser shows.
func notInShort(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser takes seconds to start")
	}
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

// TestViewShowsSleepers is the way of a new user: trace, view, look. The picture in the README is
// made by it:
//
//	CURTAIN_SCREENSHOT=docs/sleepers.png go test ./internal/cli -run TestViewShowsSleepers
func TestViewShowsSleepers(t *testing.T) {
	notInShort(t)
	tab := browser.Tab(t)
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
		browser.Await(`curtain.ready.then(() => curtain.frame()).then(() => curtain.state())`, &state),
		browser.Await(lastTurn, &shown),
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

// TestViewShowsLevels records the same Python program at each level. The pictures in docs/python.md
// are made by it:
//
//	CURTAIN_SCREENSHOTS=docs go test ./internal/cli -run TestViewShowsLevels
func TestViewShowsLevels(t *testing.T) {
	notInShort(t)
	need.Command(t, need.Python, "python3")
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
			tab := browser.Tab(t)
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
				browser.Await(look, &missing),
				browser.Await(`curtain.arrows`, &arrows),
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

// The engine of chrome://tracing binds every arrow of the examples, and warns of nothing.
func TestChromeTracingShowsExamples(t *testing.T) {
	notInShort(t)
	for _, example := range []string{"hello", "sleepers", "fdwatch"} {
		t.Run(example, func(t *testing.T) {
			want, err := readTrace(traced(t, example))
			if err != nil {
				t.Fatal(err)
			}
			engines.Check(t, want.raw, want.count("f"))
			got := engines.AskCatapult(t, want.raw)
			if n := want.count("f"); n == 0 || got.Arrows != n || len(got.Warnings) > 0 {
				t.Errorf("chrome://tracing says %+v, want %d arrows", got, n)
			}
		})
	}
}
