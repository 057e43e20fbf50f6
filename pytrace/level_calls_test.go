// SPDX-License-Identifier: Apache-2.0

package pytrace_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/internal/interpreter"
	"github.com/gocurtain/asyncio/pytrace"
	"github.com/gocurtain/asyncio/trace"
)

// At each level the program does the same as without the probe, and the recordings obey the
// grammar, which asks for nested calls.
func TestDeeperLevels(t *testing.T) {
	programs := []string{"calls.py", "everything.py", "fork.py"}
	interpreter.Each(t, func(t *testing.T, p python) {
		for _, level := range pytrace.Levels()[1:] {
			for _, program := range programs {
				t.Run(string(level)+"/"+program, func(t *testing.T) {
					args := []string{filepath.Join("testdata", program)}
					without := p.Run(t, bare(), args...)
					with, dir := traced(t, p, pytrace.Options{Level: level, Records: 1 << 19}, args...)
					sameText(t, "output", with.Out, without.Out)
					sameText(t, "errors", with.Errors, without.Errors)
					read(t, dir)
				})
			}
		}
	})
}

// The frames of an await chain resume from the outermost to the innermost and suspend the other way
// round, within the step of their task.
func TestAwaitChainIsNested(t *testing.T) {
	interpreter.Each(t, func(t *testing.T, p python) {
		_, dir := traced(t, p, pytrace.Options{Level: pytrace.LevelCoroutines}, filepath.Join("testdata", "calls.py"))
		got := stacks(read(t, dir)[0])
		for _, want := range []string{
			"step main",
			"step main outer",
			"step main outer inner",
			"step main outer inner sleep",
		} {
			if !slices.Contains(got, want) {
				t.Errorf("no %q in %q", want, got)
			}
		}
		if i := slices.IndexFunc(got, func(s string) bool { return strings.Contains(s, "add") }); i >= 0 {
			t.Errorf("%q shows a function that is no coroutine", got[i])
		}
	})
}

// Calls of Python and C functions show, with what they raise and suspend.
func TestFunctions(t *testing.T) {
	interpreter.Each(t, func(t *testing.T, p python) {
		_, dir := traced(t, p, pytrace.Options{Level: pytrace.LevelFunctions, Records: 1 << 18},
			filepath.Join("testdata", "calls.py"))
		all := read(t, dir)[0]
		if got := stacks(all); !slices.ContainsFunc(got, func(s string) bool {
			return strings.HasSuffix(s, "main outer inner add abs")
		}) {
			t.Error("no call of abs within add")
		}
		// What comes before the loop is there, and so is its first step.
		before := slices.IndexFunc(all, func(rec record) bool { return rec.Kind == trace.KindLoopBegin })
		if !slices.ContainsFunc(all[:max(before, 0)], func(rec record) bool {
			site := rec.src.Site(rec.Site)
			return rec.Kind == trace.KindCallBegin && filepath.Base(site.File) == "runners.py" && site.Function == "run"
		}) {
			t.Error("no call of asyncio.run before the loop")
		}
		flags := map[uint8]int{}
		for _, rec := range all {
			if rec.Kind == trace.KindCallEnd {
				flags[rec.Flags]++
			}
		}
		if flags[0] == 0 || flags[trace.CallRaise] == 0 || flags[trace.CallSuspend] == 0 {
			t.Errorf("ends by their flags: %v", flags)
		}
	})
}

// Lines are the user's, unless asyncio or an installed package is asked for.
func TestLines(t *testing.T) {
	interpreter.Each(t, func(t *testing.T, p python) {
		for _, test := range []struct {
			options                    pytrace.Options
			user, asyncio, ofInstalled bool
		}{
			{pytrace.Options{}, true, false, false},
			{pytrace.Options{Include: []string{"asyncio"}}, true, true, false},
			{pytrace.Options{Include: []string{"installed"}}, true, false, true},
			{pytrace.Options{Exclude: []string{"*/testdata/*"}}, false, false, false},
		} {
			test.options.Level, test.options.Records = pytrace.LevelLines, 1<<18
			_, dir := traced(t, p, test.options, filepath.Join("testdata", "lines.py"))
			lines := map[string]int{}
			for _, rec := range read(t, dir)[0] {
				if rec.Kind != trace.KindLine {
					continue
				}
				switch file := rec.src.Site(rec.Site).File; {
				case filepath.Base(file) == "lines.py":
					lines["user"]++
				case strings.Contains(file, "/asyncio/"):
					lines["asyncio"]++
				case filepath.Base(file) == "installed.py":
					lines["installed"]++
				}
			}
			if lines["user"] > 0 != test.user || lines["asyncio"] > 0 != test.asyncio || lines["installed"] > 0 != test.ofInstalled {
				t.Errorf("%+v: lines %v", test.options, lines)
			}
		}
	})
}

// A signal that comes while the main thread waits for one that calls functions is handled when that
// has ended, and nothing hangs, as it does on 3.11 with any other function in the slot of
// sys.setprofile.
func TestSignalWhileAThreadCalls(t *testing.T) {
	interpreter.Each(t, func(t *testing.T, p python) {
		if p.Minor == 11 {
			needsRecorder(t, p)
		}
		for _, level := range []pytrace.Level{pytrace.LevelCoroutines, pytrace.LevelFunctions, pytrace.LevelLines} {
			res, _ := traced(t, p, pytrace.Options{Level: level}, filepath.Join("testdata", "signalled.py"))
			if res.Out != "signal\n" || res.Errors != "" {
				t.Errorf("%s: %s\n%s%s", level, res.Status, res.Out, res.Errors)
			}
		}
	})
}

// stacks returns the names of the open calls and steps at each beginning, the outermost first,
// without the names of enclosing functions.
func stacks(all []record) (got []string) {
	var open []string
	for _, rec := range all {
		switch rec.Kind {
		case trace.KindStepBegin:
			open = append(open, "step")
		case trace.KindCallBegin:
			name := rec.src.Site(rec.Site).Function
			open = append(open, name[strings.LastIndexByte(name, '.')+1:])
		case trace.KindStepEnd, trace.KindCallEnd:
			open = open[:len(open)-1]
			continue
		default:
			continue
		}
		s := strings.Join(open, " ")
		if i := strings.LastIndex(s, "step"); i >= 0 {
			s = s[i:]
		}
		got = append(got, s)
	}
	return got
}

// A profiler written in C that has the slot of sys.setprofile without an object keeps it.
func TestProfilerWithoutObject(t *testing.T) {
	interpreter.Each(t, func(t *testing.T, p python) {
		for _, level := range pytrace.Levels()[1:] {
			for _, when := range []string{"before", "within"} {
				args := []string{filepath.Join("testdata", "profiled_in_c.py"), when}
				without := p.Run(t, bare(), args...)
				with, _ := traced(t, p, pytrace.Options{Level: level, Records: 1 << 18}, args...)
				sameText(t, "output", with.Out, without.Out)
				sameText(t, "errors", with.Errors, without.Errors)
			}
		}
	})
}
