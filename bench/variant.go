// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// findVariants makes contenders of asyncio for Go itself: with a recording, and built without the
// checks for hooks, to see what hooks cost that nobody uses.
func findVariants(self, dir string) []*contender {
	recorded := &contender{
		Key:  keyRecorded,
		Name: "asyncio for Go, recorded",
		argv: []string{self, childCommand, keyOurs},
		env:  []string{"ASYNCIO_TRACE=" + dir, "ASYNCIO_TRACE_SITES=0"},
	}
	sites := &contender{
		Key:  keySites,
		Name: "asyncio for Go, recorded with sites",
		argv: recorded.argv,
		env:  []string{"ASYNCIO_TRACE=" + dir},
	}
	binary, err := buildWithoutHooks(dir)
	without := &contender{
		Key:  keyNoHooks,
		Name: "asyncio for Go, built without hooks",
		argv: []string{binary, childCommand, keyOurs},
	}
	without.skip(err)
	return []*contender{without, recorded, sites}
}

// hookCheck is how the runtime asks whether there are hooks.
var hookCheck = regexp.MustCompile(`[\w.]+\.hooks((; \w+)? != nil)`)

// buildWithoutHooks builds this program from sources in which the answer is a constant no.
func buildWithoutHooks(dir string) (string, error) {
	sources, err := output("go", "list", "-f", `{{$d := .Dir}}{{range .GoFiles}}{{$d}}/{{.}}{{"\n"}}{{end}}`, "github.com/gocurtain/asyncio")
	if err != nil {
		return "", err
	}
	replace := make(map[string]string)
	for _, path := range strings.Fields(sources) {
		text, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		if hookCheck.Match(text) {
			replace[path] = filepath.Join(dir, filepath.Base(path))
			if err := os.WriteFile(replace[path], hookCheck.ReplaceAll(text, []byte("Hooks(nil)$1")), 0o600); err != nil {
				return "", err
			}
		}
	}
	if len(replace) == 0 {
		return "", errors.New("no check for hooks found in the sources")
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(path, overlay, 0o600); err != nil {
		return "", err
	}
	binary := filepath.Join(dir, "bench-without-hooks")
	progress("building without hooks")
	cmd := exec.Command("go", "build", "-overlay", path, "-o", binary, "github.com/gocurtain/asyncio/bench")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", errors.New(lastLine(string(out)))
	}
	return binary, nil
}
