// SPDX-License-Identifier: Apache-2.0

//go:build unix

package programs

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"github.com/gocurtain/asyncio/internal/browser"
	"github.com/gocurtain/asyncio/internal/need"
	"github.com/gocurtain/asyncio/proof/internal/pythons"
)

const axePackage = "axe-core@4.10.2"

// unreachable is what npm says without a network.
var unreachable = regexp.MustCompile(`ENOTFOUND|EAI_AGAIN|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH`)

// axe returns the script of axe-core, and skips the test where npm cannot fetch it.
func axe(t *testing.T) string {
	t.Helper()
	npm := need.Command(t, need.NPM, "npm") // which fetches axe-core
	dir := t.TempDir()
	cmd := exec.Command(npm, "pack", "--silent", axePackage)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); unreachable.Match(out) {
		need.Skip(t, need.Network, "npm's registry cannot be reached: %s", out)
	} else if err != nil {
		t.Fatalf("npm pack %s: %v\n%s", axePackage, err, out)
	}
	packed, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(packed) != 1 {
		t.Fatalf("npm pack left %q, %v", packed, err)
	}
	script, err := exec.Command("tar", "xzOf", packed[0], "package/axe.min.js").Output()
	if err != nil {
		t.Fatalf("unpacking %s: %v", packed[0], err)
	}
	return string(script)
}

// What axe-core looks at: the page at rest, with a slice and its lines, a search, and the keys.
var looks = []struct{ name, js string }{
	{"at rest", ``},
	{"details", `curtain.select(slice);`},
	{"search", `
		const query = document.querySelector("#query");
		query.value = "s";
		query.focus();
		query.dispatchEvent(new Event("input"));
		while (document.querySelector("#found").textContent === "") await curtain.frame();`},
	{"keys", `document.querySelector("#help").showModal();`},
}

const complaints = `
	await curtain.frame();
	// The list of results lies over the labels of tracks, of which it leaves slivers.
	const covered = document.querySelector("#search").contains(document.activeElement);
	const found = await axe.run(covered ? { exclude: ["#labels"] } : document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] });
	return found.violations.map((v) => v.id + ": " + v.help + ": " + v.nodes.map((n) => n.target.join(" ")).join(", "));`

// The page passes the rules that a program can check: contrast, names, roles, focus.
func TestAxeHasNoComplaints(t *testing.T) {
	script := axe(t)
	curtain := pythons.Curtain(t)
	for file, slice := range map[string]string{"loop.json": "sleep 10s", "processes.json": "start process"} {
		for _, scheme := range []string{"light", "dark"} {
			for _, width := range []int64{1280, 320} {
				t.Run(fmt.Sprintf("%s %s %d", file, scheme, width), func(t *testing.T) {
					tab := browser.Tab(t)
					path, err := filepath.Abs(filepath.Join("..", "..", "viewer", "testdata", file))
					if err != nil {
						t.Fatal(err)
					}
					if _, err := os.Stat(path); err != nil {
						t.Fatal(err)
					}
					media := emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}})
					err = chromedp.Run(tab, chromedp.EmulateViewport(width, 800), media,
						chromedp.Navigate(view(t, curtain, path)), browser.Await(`curtain.ready`, nil), chromedp.Evaluate(script+";0", nil))
					if err != nil {
						t.Fatal(err)
					}
					for _, look := range looks {
						js := fmt.Sprintf("(async slice => { %s %s })(%q)", look.js, complaints, slice)
						var got []string
						if err := chromedp.Run(tab, browser.Await(js, &got)); err != nil {
							t.Fatalf("%s: %v", look.name, err)
						}
						for _, complaint := range got {
							t.Errorf("%s: %s", look.name, complaint)
						}
					}
				})
			}
		}
	}
}
