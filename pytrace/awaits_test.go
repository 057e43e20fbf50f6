// SPDX-License-Identifier: Apache-2.0

package pytrace_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gocurtain/asyncio/internal/interpreter"
	"github.com/gocurtain/asyncio/pytrace"
	"github.com/gocurtain/asyncio/trace"
)

// A task waits at the innermost line of the user's, whatever lies between: async generators,
// context managers made of them, objects that hand on a coroutine.
func TestWaitsAreAtTheInnermostLine(t *testing.T) {
	program := filepath.Join("testdata", "awaits.py")
	text, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	onBoth(t, func(t *testing.T, p python) {
		res, dir := traced(t, p, pytrace.Options{}, program)
		if res.Errors != "" {
			t.Fatal(res.Errors)
		}
		waits, names := map[string]int{}, map[uint64]string{}
		for _, rec := range read(t, dir)[0] {
			switch name := names[rec.A]; {
			case rec.Kind == trace.KindTaskName && rec.Flags == 0:
				names[rec.A] = rec.src.String(uint32(rec.B))
			case rec.Kind != trace.KindTaskWaits || name == "":
			default:
				waits[name]++
				site := rec.src.Site(rec.Site)
				if site.Line == 0 || !strings.HasSuffix(lines[site.Line-1], "# here") {
					t.Errorf("%s waits in %s, line %d", name, site.Function, site.Line)
				}
			}
		}
		if len(waits) != 12 {
			t.Errorf("tasks that wait: %v", waits)
		}
	})
}

// A task that nobody has named is called after its coroutine, as in asyncio's own texts.
func TestTasksAreCalledAfterTheirCoroutines(t *testing.T) {
	onBoth(t, func(t *testing.T, p python) {
		res, dir := traced(t, p, pytrace.Options{}, filepath.Join("testdata", "names.py"))
		var got []string
		for _, rec := range read(t, dir)[0] {
			if rec.Kind == trace.KindTaskName {
				name := rec.src.String(uint32(rec.B))
				if rec.Flags != trace.NameFunction {
					t.Errorf("a task has the name %q", name)
				}
				if !strings.HasPrefix(name, "BaseEventLoop.shutdown") {
					got = append(got, name)
				}
			}
		}
		want := append([]string{"main"}, strings.Split(strings.TrimSuffix(res.Out, "\n"), "\n")...)
		if res.Errors != "" || !slices.Equal(got, want) {
			t.Errorf("got %q, want %q\n%s", got, want, res.Errors)
		}
	})
}

// onBoth runs a test on every interpreter, with the compiled recorder and without.
func onBoth(t *testing.T, test func(t *testing.T, p python)) {
	t.Helper()
	interpreter.Each(t, func(t *testing.T, p python) {
		t.Run("compiled", func(t *testing.T) {
			needsRecorder(t, p)
			test(t, p)
		})
		t.Run("plain", func(t *testing.T) {
			t.Setenv("CURTAIN_PYTHON_COMPILED", "0")
			test(t, p)
		})
	})
}

// asyncio may be told other numbers of threads than the system's. What a loop's thread does is its
// own all the same.
func TestOtherNumbersOfThreads(t *testing.T) {
	program := filepath.Join("testdata", "idents.py")
	onBoth(t, func(t *testing.T, p python) {
		without := p.Run(t, bare(), program)
		with, dir := traced(t, p, pytrace.Options{}, program)
		if with != without {
			t.Errorf("got %v, want %v", with, without)
		}
		var thread string
		created, later, outside := 0, 0, 0
		for _, rec := range read(t, dir)[0] {
			site := rec.src.Site(rec.Site)
			switch {
			case rec.Kind == trace.KindThreadName:
				thread = rec.src.String(uint32(rec.B))
			case rec.Kind == trace.KindTaskCreated && rec.B != 0:
				if !strings.HasPrefix(site.Function, "main") {
					t.Errorf("a task was created in %s, line %d", site.Function, site.Line)
				}
				created++
			case rec.Kind == trace.KindHandleScheduled && trace.Origin(rec.Aux) == trace.OriginTimer:
				later++
			case rec.Kind == trace.KindOutsideCall:
				outside++
			}
		}
		if thread != "MainThread" || created != 3 || later < 3 || outside != 0 {
			t.Errorf("the thread %q has created %d tasks, armed %d timers and called from outside %d times", thread, created, later, outside)
		}
	})
}
