// SPDX-License-Identifier: Apache-2.0

package pytrace_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/internal/interpreter"
	"github.com/gocurtain/asyncio/pytrace"
)

// No frame of the probe shows in a stack, nor in what remembers one.
func TestNoFrameOfTheProbeShows(t *testing.T) {
	interpreter.Each(t, func(t *testing.T, p python) {
		program := filepath.Join("testdata", "stacks.py")
		without := p.Run(t, bare(), program)
		with, dir := traced(t, p, pytrace.Options{}, program)
		sameText(t, "output", with.Out, without.Out)
		sameText(t, "errors", with.Errors, without.Errors)
		if with.Status != "exit status 0" || without.Status != with.Status {
			t.Errorf("%s with the probe, %s without", with.Status, without.Status)
		}
		if len(read(t, dir)) == 0 {
			t.Error("nothing was recorded")
		}
	})
}

// compileAll puts the compiled modules of asyncio, without their sources, into a directory. They
// believe to be where the sources are.
const compileAll = `
import asyncio, os, py_compile, sys
for name in os.listdir(os.path.dirname(asyncio.__file__)):
    if name.endswith(".py"):
        source = os.path.join(os.path.dirname(asyncio.__file__), name)
        py_compile.compile(source, os.path.join(sys.argv[1], "asyncio", name + "c"), dfile=source, doraise=True)
`

// Where asyncio's source is not at hand, as in a frozen program, there is as much to see.
func TestAsyncioWithoutItsSource(t *testing.T) {
	interpreter.Each(t, func(t *testing.T, p python) {
		own := t.TempDir()
		if r := p.Run(t, bare(), "-c", compileAll, own); r.Status != "exit status 0" {
			t.Fatal(r.Errors)
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
			without := p.Run(t, environ, program)
			dir := t.TempDir()
			with := p.Run(t, installed.Environ(environ, pytrace.Options{Dir: dir, Records: 1 << 16}), program)
			sameText(t, program+": output", with.Out, without.Out)
			sameText(t, program+": errors", with.Errors, without.Errors)
			if with.Status != without.Status {
				t.Errorf("%s: %s with the probe, %s without", program, with.Status, without.Status)
			}
			recordings := read(t, dir)
			if len(recordings) == 0 {
				t.Fatalf("%s: nothing was recorded", program)
			}
			if strings.HasSuffix(program, "everything.py") {
				checkCauses(t, recordings, with.Out)
			}
		}
	})
}
