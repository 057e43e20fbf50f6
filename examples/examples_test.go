// SPDX-License-Identifier: Apache-2.0

package examples_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/internal/need"
)

// TestWithoutSelector runs the programs that watch nothing on a system that has no selector:
// JavaScript's event loop, by Node.
func TestWithoutSelector(t *testing.T) {
	if testing.Short() {
		t.Skip("it builds the standard library for another system")
	}
	need.Command(t, need.Node, "node")
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	run := filepath.Join(strings.TrimSpace(string(root)), "lib", "wasm", "go_js_wasm_exec")
	for _, name := range []string{"hello", "sleepers"} {
		cmd := exec.Command("go", "run", "-exec", run, "./"+name)
		cmd.Env = append(os.Environ(), "GOOS=js", "GOARCH=wasm")
		out, err := cmd.CombinedOutput()
		if err != nil || !regexp.MustCompile(expected[name]).Match(out) {
			t.Errorf("%s: %v, printed %q, want %s", name, err, out, expected[name])
		}
	}
}

// TestExamples runs each program as a reader would and compares all that it prints.
func TestExamples(t *testing.T) {
	dir := t.TempDir()
	if out, err := exec.Command("go", "build", "-o", dir, "./...").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	for name, want := range expected {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(filepath.Join(dir, name))
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v\n%s", err, &stderr)
			}
			if !regexp.MustCompile(want).Match(out) {
				t.Errorf("printed %q, want %s", out, want)
			}
			if stderr.Len() > 0 {
				t.Errorf("printed %q to standard error", &stderr)
			}
		})
	}
}
