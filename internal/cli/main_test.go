// SPDX-License-Identifier: Apache-2.0

//go:build unix

package cli_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/internal/browser"
)

// bin is a directory with curtain, the examples, and the actor of the scripts.
var bin string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	var err error
	if bin, err = os.MkdirTemp("", "curtain-test-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(bin)
	args := []string{"build", "-trimpath", "-o", bin} // the picture in the README shows paths
	if raceEnabled() {
		args = append(args, "-race")
		os.Setenv("GORACE", "atexit_sleep_ms=0") // else each of the programs takes a second to end
	}
	args = append(args, "../../cmd/curtain", "./testdata/actor", "../../examples/hello", "../../examples/sleepers", "../../examples/fdwatch")
	if out, err := exec.Command("go", args...).CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
		return 1
	}
	// What curtain leaves behind, it leaves here.
	tmp := filepath.Join(bin, "tmp")
	if err := os.Mkdir(tmp, 0o700); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	os.Setenv("TMPDIR", tmp)
	os.Setenv("PATH", bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	before := openFiles()
	code := browser.Run(m)
	if leaks := leaked(before, tmp); len(leaks) > 0 && code == 0 {
		fmt.Fprintf(os.Stderr, "leaked: %s\n", strings.Join(leaks, "\n"))
		return 1
	}
	return code
}

// raceEnabled reports whether the tests, and so the programs they run, are built with the race
// detector.
func raceEnabled() bool {
	info, _ := debug.ReadBuildInfo()
	for _, s := range info.Settings {
		if s.Key == "-race" {
			return s.Value == "true"
		}
	}
	return false
}
