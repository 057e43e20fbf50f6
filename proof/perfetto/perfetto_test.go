// SPDX-License-Identifier: Apache-2.0

// Package perfetto proves that Perfetto's engine takes in all that is in a timeline.
package perfetto

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gocurtain/asyncio/export/chrome"
	"github.com/gocurtain/asyncio/internal/browser"
	"github.com/gocurtain/asyncio/proof/internal/perfetto"
	"github.com/gocurtain/asyncio/proof/internal/pythons"
	"github.com/gocurtain/asyncio/trace/timeline"
)

func TestMain(m *testing.M) { os.Exit(browser.Run(m)) }

// A text may be anything: names and sources are the traced program's.
func TestTexts(t *testing.T) {
	texts := []string{`\`, `a \`, `a \\`, `\"`, `"\`, `a\b`, `\u0041\`, "tab\tand\nlines\r\n\\", "\x00\x1b[0m\u0085\u2028", "<script>", "é😀\\", "\xff\\", "{}[],:"}
	var file bytes.Buffer
	w := chrome.NewWriter(&file)
	for i, text := range texts {
		at := uint64(1000 * i)
		w.Process(timeline.Process{PID: 7, Name: text, Command: text})
		w.Lane(timeline.Lane{ID: 1, PID: 7, Name: text})
		w.Slice(timeline.Slice{Lane: 1, Start: at, End: at, Name: text, Category: text, Args: []timeline.Arg{
			{Key: text, Text: text, IsText: true}, {Key: "number", Number: -1},
		}})
		w.Slice(timeline.Slice{Lane: 1, Start: at + 10, End: at + 20, Name: text, Category: text})
		w.Arrow(timeline.Arrow{From: timeline.Point{Lane: 1, Time: at}, To: timeline.Point{Lane: 1, Time: at + 10}, Label: text})
		w.Source(7, text, "first "+text+"\n"+text+"\nlast")
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	perfetto.Check(t, file.Bytes())
}

// So is what curtain records of a program, with its sources, in which lines end in a backslash.
func TestRecordings(t *testing.T) {
	curtain := pythons.Curtain(t)
	for _, python := range pythons.Some(t) {
		for _, level := range []string{"loop", "functions", "lines"} {
			t.Run(python.Version+"/"+level, func(t *testing.T) {
				file := filepath.Join(t.TempDir(), "trace.json")
				cmd := exec.Command(curtain, "trace", "-o", file, "--level", level, "--", python.Path, filepath.Join("testdata", "continued.py"))
				cmd.Env = pythons.Environ()
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
				timeline, err := os.ReadFile(file)
				if err != nil {
					t.Fatal(err)
				}
				perfetto.Check(t, timeline)
			})
		}
	}
}
