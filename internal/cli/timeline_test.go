// SPDX-License-Identifier: Apache-2.0

//go:build unix

package cli_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/gocurtain/asyncio/trace/validate"
)

// timeline is a file of curtain trace, unpacked.
type timeline struct {
	raw    []byte
	events []timelineEvent
}

type timelineEvent struct {
	Ph, Name string
	Pid, Tid int
	Args     map[string]any
}

func readTrace(path string) (*timeline, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	if strings.HasSuffix(path, ".gz") {
		zip, err := gzip.NewReader(bytes.NewReader(raw))
		if err != nil {
			return nil, err
		}
		if raw, err = io.ReadAll(zip); err != nil {
			return nil, err
		}
	}
	var file struct{ TraceEvents []timelineEvent }
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &timeline{raw, file.TraceEvents}, nil
}

// label is what the viewer shows.
func (e timelineEvent) label() string {
	if what, ok := e.Args["what"]; ok {
		return fmt.Sprint(e.Name, " ", what)
	}
	return e.Name
}

func (t *timeline) count(ph string) (n int) {
	for _, e := range t.events {
		if e.Ph == ph {
			n++
		}
	}
	return n
}

// check validates the timeline and describes it: its arrows, processes, lanes and the labels of its
// slices.
func (t *timeline) check() (string, error) {
	problems, err := validate.Chrome(t.raw)
	errs := []error{err}
	for _, p := range problems {
		errs = append(errs, errors.New(p.String()))
	}
	pids, names := map[int]bool{}, map[string]int{}
	for _, e := range t.events {
		pids[e.Pid] = true
		switch {
		case e.Ph == "X":
			names["slice "+e.label()]++
		case e.Ph == "M" && strings.HasSuffix(e.Name, "_name"):
			names[fmt.Sprintf("%s %v", strings.TrimSuffix(e.Name, "_name"), e.Args["name"])]++
		}
	}
	var out strings.Builder
	fmt.Fprintf(&out, "slices: %d\narrows: %d\nprocesses: %d\n", t.count("X"), t.count("f"), len(pids))
	for _, name := range slices.Sorted(maps.Keys(names)) {
		fmt.Fprintf(&out, "%s x%d\n", name, names[name])
	}
	return out.String(), errors.Join(errs...)
}
