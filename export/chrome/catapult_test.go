// SPDX-License-Identifier: Apache-2.0

package chrome

import (
	"bytes"
	"maps"
	"os"
	"slices"
	"testing"

	"github.com/gocurtain/asyncio/internal/browser"
	"github.com/gocurtain/asyncio/internal/engines"
	"github.com/gocurtain/asyncio/trace"
)

func TestMain(m *testing.M) { os.Exit(browser.Run(m)) }

// checkCatapult checks that the engine of chrome://tracing finds all arrows, and warns of nothing.
func checkCatapult(t *testing.T, timeline []byte, arrows int) {
	t.Helper()
	engines.Check(t, timeline, arrows)
	if testing.Short() {
		t.Skip("a browser takes seconds to start")
	}
	if got := engines.AskCatapult(t, timeline); got.Arrows != arrows || len(got.Warnings) > 0 {
		t.Errorf("the engine says %+v, want %d arrows and no warning", got, arrows)
	}
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
	checkCatapult(t, buf.Bytes(), checkArrows(t, decode(t, buf.Bytes())))
}

// Nobody else minds what the file holds for our viewer, nor any text.
func TestCatapultReadsOverSources(t *testing.T) {
	var buf bytes.Buffer
	w := NewWriter(&buf)
	drawSomething(w)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	checkCatapult(t, buf.Bytes(), 1)
}
