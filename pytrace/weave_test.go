// SPDX-License-Identifier: Apache-2.0

package pytrace_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/pytrace"
)

// No frame of the probe shows in a stack, nor in what remembers one.
func TestNoFrameOfTheProbeShows(t *testing.T) {
	onEach(t, func(t *testing.T, p python) {
		program := filepath.Join("testdata", "stacks.py")
		without := run(t, p, bare(), program)
		with, dir := traced(t, p, pytrace.Options{}, program)
		sameText(t, "output", with.out, without.out)
		sameText(t, "errors", with.errors, without.errors)
		if with.status != "exit status 0" || without.status != with.status {
			t.Errorf("%s with the probe, %s without", with.status, without.status)
		}
		if len(read(t, dir)) == 0 {
			t.Error("nothing was recorded")
		}
	})
}

// compileAll puts the compiled modules of asyncio, without their sources, into a
// directory. They believe to be where the sources are.
const compileAll = `
import asyncio, os, py_compile, sys
for name in os.listdir(os.path.dirname(asyncio.__file__)):
    if name.endswith(".py"):
        source = os.path.join(os.path.dirname(asyncio.__file__), name)
        py_compile.compile(source, os.path.join(sys.argv[1], "asyncio", name + "c"), dfile=source, doraise=True)
`

// Where asyncio's source is not at hand, as in a frozen program, there is as much
// to see.
func TestAsyncioWithoutItsSource(t *testing.T) {
	onEach(t, func(t *testing.T, p python) {
		own := t.TempDir()
		if r := run(t, p, bare(), "-c", compileAll, own); r.status != "exit status 0" {
			t.Fatal(r.errors)
		}
		environ := append(bare(), "PYTHONPATH="+own)
		installed, err := probe()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(filepath.Join(own, "asyncio", "events.pyc")); err != nil {
			t.Fatal(err)
		}
		for _, program := range []string{"everything.py", "fork.py", "odd.py", "loops.py"} {
			program := filepath.Join("testdata", program)
			without := run(t, p, environ, program)
			dir := t.TempDir()
			with := run(t, p, installed.Environ(environ, pytrace.Options{Dir: dir, Records: 1 << 16}), program)
			sameText(t, program+": output", with.out, without.out)
			sameText(t, program+": errors", with.errors, without.errors)
			if with.status != without.status {
				t.Errorf("%s: %s with the probe, %s without", program, with.status, without.status)
			}
			recordings := read(t, dir)
			if len(recordings) == 0 {
				t.Fatalf("%s: nothing was recorded", program)
			}
			if strings.HasSuffix(program, "everything.py") {
				checkCauses(t, recordings, with.out)
			}
		}
	})
}
