// SPDX-License-Identifier: Apache-2.0

package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Go programs name the paths of their files, unless they are built with -trimpath.
func TestSourcesOfGoPrograms(t *testing.T) {
	dir := t.TempDir()
	hello, file := filepath.Join(dir, "hello"), filepath.Join(dir, "t.json")
	if out, err := exec.Command("go", "build", "-o", hello, "../../examples/hello").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if out, err := exec.Command("curtain", "trace", "-o", file, hello).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	trace, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if want := `/examples/hello/main.go","lines":["// SPDX-License-Identifier`; !strings.Contains(string(trace), want) {
		t.Errorf("there is no %s in\n%s", want, trace)
	}
}
