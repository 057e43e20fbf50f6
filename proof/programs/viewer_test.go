// SPDX-License-Identifier: Apache-2.0

//go:build unix

package programs

import (
	"bufio"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/gocurtain/asyncio/internal/browser"
)

// shown is what the viewer says of a file that it has loaded.
type shown struct {
	Loaded                                         bool
	Error                                          string
	Slices, Arrows, UnboundArrows, UnansweredFlows int
}

// show opens a file with curtain view in a browser, does something there, and returns what the page
// says. The test is skipped where there is no browser.
func show(t *testing.T, curtain, file string, actions ...chromedp.Action) (state shown) {
	t.Helper()
	tab := browser.Tab(t)
	err := chromedp.Run(tab, append([]chromedp.Action{
		chromedp.EmulateViewport(1500, 950),
		chromedp.Navigate(view(t, curtain, file)),
		browser.Await(`curtain.ready.then(() => curtain.frame()).then(() => curtain.state())`, &state),
	}, actions...)...)
	if err != nil {
		t.Fatal(err)
	}
	if !state.Loaded || state.Error != "" || state.UnboundArrows+state.UnansweredFlows != 0 {
		t.Errorf("the viewer says %+v", state)
	}
	return state
}

// view starts curtain view and returns the address that it prints.
func view(t *testing.T, curtain, file string) string {
	t.Helper()
	cmd := exec.Command(curtain, "view", file)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	_, address, ok := strings.Cut(strings.TrimSpace(line), "curtain: ")
	if err != nil || !ok {
		t.Fatalf("curtain view prints %q, %v", line, err)
	}
	return address
}

var pictures = flag.String("pictures", "", "make pictures of each program in this `directory`")

// picture writes what the viewer shows of the whole, and of the few milliseconds in the middle, for
// somebody to look at.
func (tl *timeline) picture(t *testing.T, curtain, name string) {
	t.Helper()
	if *pictures == "" {
		return
	}
	var whole, middle []byte
	state := show(t, curtain, tl.path,
		chromedp.CaptureScreenshot(&whole),
		browser.Await(`(async () => {
  const { start, end } = curtain.range;
  curtain.show((start + end) / 2, (start + end) / 2 + 10e6);
  await curtain.frame();
})()`, nil),
		chromedp.CaptureScreenshot(&middle),
	)
	if n := len(tl.selected("X", "")); state.Slices != n {
		t.Errorf("the viewer has %d slices, want %d", state.Slices, n)
	}
	for suffix, picture := range map[string][]byte{"": whole, "-middle": middle} {
		path := filepath.Join(*pictures, strings.ReplaceAll(name, " ", "-")+suffix+".png")
		if err := os.WriteFile(path, picture, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
