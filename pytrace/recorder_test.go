// SPDX-License-Identifier: Apache-2.0

package pytrace_test

import (
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/internal/interpreter"
	"github.com/gocurtain/asyncio/pytrace"
	"github.com/gocurtain/asyncio/trace"
)

// has reports whether an interpreter loads the recorder.
func hasRecorder(t *testing.T, p python) bool {
	t.Helper()
	installed, err := probe()
	if err != nil {
		t.Fatal(err)
	}
	environ := installed.Environ(bare(), pytrace.Options{Dir: t.TempDir()})
	res := p.Run(t, environ, "-c", `import os, sys
sys.path.insert(0, os.environ["PYTHONPATH"])
import _curtain_probe
c = _curtain_probe.load("compiled")
print(c.recorder is not None, c.problem)`)
	return res.Out == "True None\n"
}

// needsRecorder skips where there is none, and fails where there should be one.
func needsRecorder(t *testing.T, p python) {
	t.Helper()
	if os.Getenv("CURTAIN_PYTHON_COMPILED") == "0" {
		t.Skip("CURTAIN_PYTHON_COMPILED=0 asks for no recorder")
	}
	if runtime.GOOS != "linux" || runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		t.Skipf("no recorder for %s/%s", runtime.GOOS, runtime.GOARCH)
	}
	if !hasRecorder(t, p) {
		t.Error("the recorder is not loaded")
	}
}

// What the compiled recorder writes is what the probe writes without it, record by record, on every
// version and at every level, but for what only the compiled one sees: see TestCancellations.
func TestRecorderWritesTheSame(t *testing.T) {
	interpreter.Each(t, func(t *testing.T, p python) {
		needsRecorder(t, p)
		for _, level := range pytrace.Levels() {
			compiled, plain := usual(t, p, level, "1"), usual(t, p, level, "0")
			if len(plain) < 200 {
				t.Errorf("%s: only %d records", level, len(plain))
			}
			for i := range max(len(plain), len(compiled)) {
				if i >= len(plain) || i >= len(compiled) || plain[i] != compiled[i] {
					t.Errorf("%s: record %d of %d is, compiled, of %d\n%s\nwithout\n%s", level, i, len(plain), len(compiled),
						around(compiled, i), around(plain, i))
					break
				}
			}
		}
	})
}

// usual returns the records of usual.py, as text.
func usual(t *testing.T, p python, level pytrace.Level, compiled string) (lines []string) {
	t.Run(string(level)+" "+compiled, func(t *testing.T) {
		t.Setenv("CURTAIN_PYTHON_COMPILED", compiled)
		// What asyncio itself calls hangs on how many turns it takes.
		o := pytrace.Options{Level: level, Records: 1 << 18, Exclude: []string{"*/lib/python3*"}}
		_, dir := traced(t, p, o, filepath.Join("testdata", "usual.py"))
		lines = told(read(t, dir)[0])
	})
	return lines
}

// Its tables are like Python's, and what it does not expect is an exception.
func TestRecorderTakesNothingOdd(t *testing.T) {
	interpreter.Each(t, func(t *testing.T, p python) {
		needsRecorder(t, p)
		installed, err := probe()
		if err != nil {
			t.Fatal(err)
		}
		environ := installed.Environ(bare(), pytrace.Options{Dir: t.TempDir()})
		res := p.Run(t, environ, filepath.Join("testdata", "numbers.py"))
		if res.Out != "same\n" {
			t.Errorf("%s\n%s", res.Out, res.Errors)
		}
	})
}

// A recorder that cannot be loaded is done without, and the recording says so.
func TestRecorderThatCannotBeLoaded(t *testing.T) {
	interpreter.Each(t, func(t *testing.T, p python) {
		needsRecorder(t, p)
		dir := t.TempDir()
		installed, err := pytrace.Install(dir)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "_curtain_probe", "_recorder.abi3.so"), []byte("\x7fELF"), 0o600); err != nil {
			t.Fatal(err)
		}
		o := pytrace.Options{Dir: t.TempDir(), Records: 1 << 12}
		res := p.Run(t, installed.Environ(bare(), o), filepath.Join("testdata", "sleepers.py"))
		if want := p.Run(t, bare(), filepath.Join("testdata", "sleepers.py")); res != want {
			t.Errorf("got %v, want %v", res, want)
		}
		var marks []string
		for _, src := range follow(t, o.Dir) {
			if err := src.All(func(rec trace.Record) bool {
				if rec.Kind == trace.KindMark {
					marks = append(marks, src.String(uint32(rec.A)))
				}
				return true
			}); err != nil {
				t.Error(err)
			}
		}
		if len(marks) != 1 || !strings.HasPrefix(marks[0], "probe: recording takes longer: its compiled part cannot be loaded: ") {
			t.Errorf("marks: %q", marks)
		}
	})
}

// It is found for the processor that it says, and needs no library: what it calls is in the
// interpreter.
func TestRecorderNeedsNoLibrary(t *testing.T) {
	for processor, machine := range map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64} {
		file, err := elf.Open(filepath.Join("recorder", "linux_"+processor+".so"))
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		libraries, err := file.ImportedLibraries()
		if file.Machine != machine || len(libraries) > 0 || err != nil {
			t.Errorf("%s: %v, needs %v, %v", processor, file.Machine, libraries, err)
		}
		symbols, err := file.ImportedSymbols()
		if err != nil {
			t.Error(err)
		}
		for _, s := range symbols {
			ofPython := strings.HasPrefix(s.Name, "Py") || strings.HasPrefix(s.Name, "_Py")
			if !ofPython && !slices.Contains([]string{"clock_gettime", "memset", "memcmp", "strcmp", "memcpy", "strlen", "strrchr"}, s.Name) {
				t.Errorf("%s: it calls %s", processor, s.Name)
			}
		}
	}
}

func around(lines []string, i int) string {
	return strings.Join(lines[min(max(i-3, 0), len(lines)):min(i+2, len(lines))], "\n")
}

// told returns records as text, without what differs from run to run: the time, when timers are
// due, and how many turns the loop took.
func told(records []record) (lines []string) {
	for _, rec := range records {
		name, b := "", rec.B
		switch rec.Kind {
		case trace.KindTurnBegin, trace.KindTurnEnd, trace.KindPollBegin, trace.KindPollEnd, trace.KindThreadName, trace.KindTaskCancelled, trace.KindTaskCancelText:
			continue
		case trace.KindHandleScheduled:
			b = 0 // when a timer is due
		case trace.KindTaskWaits:
			if rec.Aux == uint16(trace.WaitSleep) {
				b = 0 // for how long, to the nanosecond
			}
		case trace.KindTaskName, trace.KindTaskWaitsIn, trace.KindTaskDone:
			name, b = rec.src.String(uint32(b)), 0
		}
		site := rec.src.Site(rec.Site)
		lines = append(lines, fmt.Sprint(rec.Kind, rec.Flags, rec.Aux, rec.A, b, name, " ", filepath.Base(site.File), ":", site.Line, " ", site.Function))
	}
	return lines
}
