// SPDX-License-Identifier: Apache-2.0

package examples_test

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

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
