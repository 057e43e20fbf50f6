// SPDX-License-Identifier: Apache-2.0

package asyncio_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// A call from C locks the goroutine to its thread once more: a loop that has begun outside
// of it goes on there only if no task has been left, and gets an error if one has.
func TestRunInCallFromC(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a program with cgo")
	}
	if _, err := exec.LookPath("cc"); err != nil {
		t.Skip("there is no C compiler: ", err)
	}
	program := filepath.Join(t.TempDir(), "callback")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./testdata/callback")
	build.Env = append(os.Environ(), "CGO_ENABLED=1")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building it: %v\n%s", err, out)
	}
	out, err := exec.CommandContext(t.Context(), program).CombinedOutput()
	equal(t, "error", err, nil)
	equal(t, "it printed", string(out), `before other thread: false ok: true
in the call other thread: false ok: true
after other thread: false ok: true
in the call other thread: true ok: false
close other thread: false ok: true
`)
}
